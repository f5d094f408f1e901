"""Time, asked of one place, so that tests and simulations own it.

``Clock.now`` is the platform's time (every delay that AWS has is measured on it); ``monotonic_s`` and ``wall_s`` are the
machine's, for durations of real work and for log lines of functions, which run in real time whatever the clock says.
"""

import asyncio
import heapq
import itertools
import time
from typing import Protocol

Instant = float
"""Seconds since 1970-01-01 UTC."""


def monotonic_s() -> float:
    """Real seconds from an arbitrary start: for measuring how long something took."""
    return time.monotonic()


def wall_s() -> float:
    """The machine's real time of day in seconds since 1970."""
    return time.time()


class Clock(Protocol):
    """What every rule asks for the time."""

    def now(self) -> Instant: ...

    async def sleep_until(self, due_at: Instant) -> None: ...


class RealClock:
    """The machine's clock."""

    def now(self) -> Instant:
        return time.time()

    async def sleep_until(self, due_at: Instant) -> None:
        while (left_s := due_at - time.time()) > 0:
            await asyncio.sleep(left_s)


class VirtualClock:
    """A clock that stands still until a test turns it. Safe to use from its own event loop only."""

    def __init__(self, start: Instant = 1_767_225_600.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, due_at: Instant) -> None:
        if due_at <= self._now:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due_at, next(self._order), sleeper))
        await sleeper
