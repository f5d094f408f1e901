"""The memory that all environments may use together: who needs one more waits here for room, in the order of coming."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from lambent.core.ports import Metrics
from lambent.environments.environment import Environment

CHARGE_MB_MIN = 8  # what an environment is taken to use at least


class Memory:
    """``end_idle`` ends the environment that can best be done without, and says whether there was one."""

    def __init__(self, mb_max: int, *, end_idle: Callable[[], bool], metrics: Metrics) -> None:
        self._mb_max = mb_max
        self._end_idle = end_idle
        self._metrics = metrics
        self._charged_mb: dict[Environment, int] = {}
        # One at a time looks for room, and the next one as soon as that one has it or gives up: nobody's wake-up gets lost.
        self._turn = asyncio.Lock()
        self._is_freed = asyncio.Event()
        self._wanting = 0

    @contextlib.asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Entered when one more environment fits; who makes it adds it inside, without waiting for anything."""
        has_waited = self._wanting > 0
        if has_waited:
            self._count()
        self._wanting += 1
        try:
            async with self._turn:
                while not self._has_room():
                    if self._end_idle():
                        continue
                    if not has_waited:
                        has_waited = True
                        self._count()
                    self._is_freed.clear()
                    await self._is_freed.wait()
                yield
        finally:
            self._wanting -= 1

    def add(self, environment: Environment) -> None:
        self._charged_mb[environment] = CHARGE_MB_MIN

    def charge(self, environment: Environment) -> None:
        """What it has turned out to use, now that it has nothing to do."""
        self._charged_mb[environment] = max(CHARGE_MB_MIN, environment.own_mb)
        self.look()

    def remove(self, environment: Environment) -> bool:
        """Whether it was there."""
        was_there = self._charged_mb.pop(environment, None) is not None
        self.look()
        return was_there

    def look(self) -> None:
        """Has who waits look again: less is used, or there are more that can be done without."""
        if self._wanting:
            self._is_freed.set()

    def _has_room(self) -> bool:
        return not self._charged_mb or sum(self._charged_mb.values()) + CHARGE_MB_MIN <= self._mb_max

    def _count(self) -> None:
        self._metrics.add("lambent_environments_waited_for_memory_total")
