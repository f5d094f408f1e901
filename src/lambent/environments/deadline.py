"""The end of waiting for one environment's answers: a timer that stays for the next event.

Nearly all have their answer long before; a timer for each would cost more to make and to throw away than the rest of the wait.
"""

import asyncio
import contextvars
from typing import Any

from lambent.core.clock import monotonic_s


class Deadline:
    """Of one waiter at a time, which gets a TimeoutError when its time, on the machine's clock, has come."""

    def __init__(self) -> None:
        self._waiter: asyncio.Future[Any] | None = None
        self._until_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_until_s = 0.0

    def begin(self, waiter: "asyncio.Future[Any]", until_s: float) -> None:
        self._waiter, self._until_s = waiter, until_s
        if self._timer is None or until_s < self._timer_until_s:
            self._disarm()
            self._arm()

    def end(self) -> None:
        """Of the waiting. The timer stays, and finds nobody or who has come since."""
        self._waiter = None

    def close(self) -> None:
        """Leaves no timer behind but that of somebody who still waits."""
        if self._waiter is None or self._waiter.done():
            self._disarm()

    def _arm(self) -> None:
        self._timer_until_s = self._until_s
        left_s = self._until_s - monotonic_s()
        # As nobody's work: it serves whoever comes later.
        self._timer = asyncio.get_running_loop().call_later(left_s, self._look, context=contextvars.Context())

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if monotonic_s() < self._until_s:
            self._arm()
        else:
            self._waiter.set_exception(TimeoutError())
