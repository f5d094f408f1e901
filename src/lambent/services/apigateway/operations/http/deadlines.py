"""Ends of waiting: one timer for all that wait equally long, because nearly all of them have their answer long before.

A timer for each would cost more to make and to throw away than all else that waiting takes.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Generic, TypeVar

from lambent.core.log import Log

W = TypeVar("W")

log = Log("apigateway")


class Deadlines(Generic[W]):
    """Calls ``expire`` for a waiter when its time is over, which is real time. Used on one event loop."""

    def __init__(self, expire: Callable[[W], None]) -> None:
        self._expire = expire
        # By how many seconds they wait: who waits until when, in the order in which they came, so that the first is over first.
        self._lines: dict[float, dict[W, float]] = {}

    def add(self, waiter: W, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        line = self._lines.get(timeout_s)
        if line is None:
            line = self._lines[timeout_s] = {}
            # As nobody's work: it serves whoever comes later.
            loop.call_later(timeout_s, self._look, timeout_s, context=contextvars.Context())
        line[waiter] = loop.time() + timeout_s

    def discard(self, waiter: W, timeout_s: float) -> None:
        """Waits for it no longer. The timer stays, and finds nobody or who has come since."""
        line = self._lines.get(timeout_s)
        if line is not None:
            line.pop(waiter, None)

    def _look(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        line = self._lines[timeout_s]
        now_s = loop.time()
        while line:
            waiter, until_s = next(iter(line.items()))
            if until_s > now_s:
                loop.call_later(until_s - now_s, self._look, timeout_s)
                return
            del line[waiter]
            try:
                self._expire(waiter)
            except Exception as error:  # noqa: BLE001 - the others' time comes all the same
                log.error("deadline.defect", error=error)
        del self._lines[timeout_s]
