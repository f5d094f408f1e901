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


class Named(Generic[K, V]):
    """What services keep under an account, a region and a name. It is forgotten when a commit that changes it
    signals: ``prefix`` and the three, parted by slashes.

    ``values`` is all that a hot path needs; ``find`` reads what is not known. ``key`` makes a key of the three.
    """

    def __init__(
        self,
        *,
        store: Database,
        count_max: int,
        prefix: str,
        key: Callable[[str, str, str], K],
        account_of: Callable[[K], str],
        look: Callable[[Transaction, K], V],
    ) -> None:
        self._known: Known[K, V] = Known(store=store, count_max=count_max)
        self._prefix = prefix
        self._key = key
        self._account_of = account_of
        self._look = look
        self.values = self._known.values
        store.on_signal(self._hear)

    async def find(self, key: K) -> V:
        """Raises what ``look`` raises."""
        return await self._known.find(key, lambda tx: self._look(tx, key))

    def forget(self, key: K) -> None:
        self._known.forget(key)

    def forget_account(self, account: str | None) -> None:
        """Forgets all of an account, or all."""
        self._known.forget_those(lambda key: account in (None, self._account_of(key)))

    def _hear(self, signal: str) -> None:
        if signal.startswith(self._prefix):
            account, region, name = signal.removeprefix(self._prefix).split("/", 2)
            self.forget(self._key(account, region, name))
