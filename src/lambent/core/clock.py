"""Time, asked of one place, so that tests and simulations own it.

``Clock.now`` is the platform's time (every delay that AWS has is measured on it); ``monotonic_s`` and ``wall_s`` are the
machine's, for durations of real work and for log lines of functions, which run in real time whatever the clock says.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

Instant = float
"""Seconds since 1970-01-01 UTC."""

NEVER: Instant = 1e18
"""Later than anything that is due."""

QUIET_TURNS = 64
"""Turns of the event loop without any new work after which a virtual clock takes everything to have settled: more than the
longest chain of tasks that wake one another without touching the store."""


NAP_S_MAX = 60.0
"""How long the real clock sleeps before it looks again: the loop's own time stands still while a laptop is suspended, and
knows nothing of a wall clock that was set."""


def monotonic_s() -> float:
    """Real seconds from an arbitrary start: for measuring how long something took."""
    return time.monotonic()


def wall_s() -> float:
    """The machine's real time of day in seconds since 1970."""
    return time.time()


class Busy:
    """Counts work in flight that the event loop cannot see: a transaction on the writer's thread, a function that runs.

    Only work that ends by itself, without the clock being turned, may be counted: a virtual clock stands still until it has
    ended. Used on the event loop only.
    """

    def __init__(self) -> None:
        self.count = 0
        self.changes = 0  # grows with all that begins or ends: unchanged means that nothing happened
        self._idle_waiters: list[asyncio.Future[None]] = []

    def began(self) -> None:
        self.count += 1
        self.changes += 1

    def ended(self, count: int = 1) -> None:
        self.count -= count
        self.changes += 1
        assert self.count >= 0, "more work ended than began"
        if self.count == 0 and self._idle_waiters:
            waiters, self._idle_waiters = self._idle_waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Counts the block as work in flight."""
        self.began()
        try:
            yield
        finally:
            self.ended()

    async def idle(self) -> None:
        """Returns when nothing is in flight."""
        while self.count:
            waiter = asyncio.get_running_loop().create_future()
            self._idle_waiters.append(waiter)
            await waiter


class Clock(Protocol):
    """What every rule asks for the time."""

    @property
    def busy(self) -> Busy:
        """Where work in flight is counted that ends by itself: a virtual clock waits for it."""
        ...

    def now(self) -> Instant: ...

    async def sleep_until(self, due_at: Instant) -> None: ...

    def of(self, account: str) -> "Clock":
        """The clock that an account lives by: for loops that serve many accounts."""
        ...


class RealClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self.busy = Busy()

    def now(self) -> Instant:
        return time.time()

    async def sleep_until(self, due_at: Instant) -> None:
        while (left_s := due_at - time.time()) > 0:
            await asyncio.sleep(min(left_s, NAP_S_MAX))

    def of(self, account: str) -> Clock:  # noqa: ARG002
        return self


class VirtualClock:
    """A clock that stands still until a test turns it. Safe to use from its own event loop only."""

    def __init__(self, start: Instant = 1_767_225_600.0) -> None:
        self.busy = Busy()
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []
        self._turning: asyncio.Lock | None = None

    def now(self) -> Instant:
        return self._now

    async def sleep_until(self, due_at: Instant) -> None:
        if due_at <= self._now:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due_at, next(self._order), sleeper))
        await sleeper

    def of(self, account: str) -> Clock:  # noqa: ARG002
        return self

    async def advance(self, seconds: float) -> None:
        """Turns the clock: wakes who sleeps until then, in order of time, and lets everything settle after each.

        Who goes to sleep again within the span is woken again. Turns asked for at once happen one after another.
        """
        assert seconds >= 0, "time does not go back"
        if self._turning is None:
            self._turning = asyncio.Lock()
        async with self._turning:
            await self.settle()
            end = self._now + seconds
            while (sleeper := self._next_sleeper(end)) is not None:
                due_at, _, future = sleeper
                self._now = max(self._now, due_at)
                future.set_result(None)
                await self.settle()
            self._now = end
            await self.settle()

    async def settle(self) -> None:
        """Returns when nothing is in flight and the event loop has had nothing new to do for ``QUIET_TURNS`` turns."""
        seen = self.busy.changes
        quiet = 0
        while quiet < QUIET_TURNS:
            await self.busy.idle()
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.busy.changes == seen and self.busy.count == 0 else 0
            seen = self.busy.changes

    def _next_sleeper(self, end: Instant) -> tuple[Instant, int, asyncio.Future[None]] | None:
        while self._sleepers and self._sleepers[0][0] <= end:
            sleeper = heapq.heappop(self._sleepers)
            if not sleeper[2].done():  # who was cancelled has left its place in the heap
                return sleeper
        return None
