"""What was read, kept in memory until a commit changes it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from lambent.store.database import Database, Transaction

K = TypeVar("K")
V = TypeVar("V")


class Known(Generic[K, V]):
    """``values`` is all that a hot path needs; ``find`` reads what is not known. Whoever keeps it listens to what changes."""

    def __init__(self, *, store: Database, count_max: int) -> None:
        self._store = store
        self._count_max = count_max
        self._changes = 0
        self.values: dict[K, V] = {}

    async def find(self, key: K, look: Callable[[Transaction], V]) -> V:
        """The value of a key; ``look`` reads it where it is not known. Raises what ``look`` raises, and keeps no failure."""
        if key in self.values:
            return self.values[key]
        changes = self._changes
        found = await self._store.read(look)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if changes == self._changes:
            if len(self.values) >= self._count_max:
                self.values.clear()
            self.values[key] = found
        return found

    def forget(self, key: K) -> None:
        self._changes += 1
        self.values.pop(key, None)

    def forget_those(self, are_meant: Callable[[K], bool]) -> None:
        self._changes += 1
        for key in [key for key in self.values if are_meant(key)]:
            del self.values[key]

    def forget_all(self) -> None:
        self._changes += 1
        self.values.clear()
