"""Ends environments that nobody has asked for in a while."""

import asyncio
import contextvars
from collections.abc import Callable, Iterable

from lambent.core.clock import Clock, Instant
from lambent.environments.environment import Environment
from lambent.environments.plans import Plan


class Reaper:
    """One task an account, for each may have a time of its own; none while it has no idle ones.

    ``idle`` gives those of an account that may be ended, ``end`` ends one.
    """

    def __init__(
        self,
        clock: Clock,
        idle_s_max: float,
        *,
        idle: Callable[[str], Iterable[tuple[Plan, Environment]]],
        end: Callable[[Plan, Environment], None],
    ) -> None:
        self._clock = clock
        self._idle_s_max = idle_s_max
        self._idle = idle
        self._end = end
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def soon(self, account: str) -> None:
        """It has an idle one."""
        if account not in self._tasks:
            # Not as part of the work that has just ended.
            self._tasks[account] = asyncio.get_running_loop().create_task(self._reap(account), context=contextvars.Context())

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reap(self, account: str) -> None:
        clock = self._clock.of(account)
        while True:
            due: Instant | None = min((environment.idle_since for _, environment in self._idle(account)), default=None)
            if due is None:
                break
            await clock.sleep_until(due + self._idle_s_max, is_background=True)
            until = clock.now() - self._idle_s_max
            for plan, environment in list(self._idle(account)):
                if environment.idle_since <= until:
                    self._end(plan, environment)
        del self._tasks[account]
