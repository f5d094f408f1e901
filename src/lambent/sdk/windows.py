"""Calls of a deployed function for many items, without a thread for each: as many begun as there is room for their results.

The thread that asks for results begins the calls; the thread that reads answers only says that one has come.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from lambent.sdk.futures import Future, failed
from lambent.sdk.gates import Lane

if TYPE_CHECKING:
    from lambent.sdk.functions import Function

Outcome = tuple[int, Any, Any, "BaseException | None"]
"""Which item, the item, its result, and what was raised instead."""

REFILL = 4
"""A window is filled up again when a quarter of it is free: one wake-up for many calls."""


SIZE = 512
"""Calls begun ahead where nobody says how many are to be under way."""
AHEAD = 2
"""Else so many times that number."""
FILL_S_MAX = 0.05
"""That a result which is there waits while items are asked for: they may come from a queue that is slow."""


def window(function: "Function[..., Any]", concurrency: int | None) -> Callable[..., "Window"]:
    """What makes a window, given items. With a ``concurrency`` so many calls are under way, else as many as pays."""
    if concurrency is None:
        return partial(Window, function.submit_value, size=SIZE)
    return partial(Window, partial(function.submit_value, lane=Lane(concurrency)), size=AHEAD * concurrency)


class Window:
    """What ``Results`` asks: ``next``, ``stop``, ``cancel``. ``begin`` begins a call; ``size`` are begun and not fetched."""

    def __init__(
        self, begin: Callable[[Any], Future[Any]], items: Iterator[Any], *, size: int, is_ordered: bool, is_patient: bool
    ) -> None:
        self._begin, self._items, self._size = begin, items, size
        self._is_ordered, self._is_patient = is_ordered, is_patient
        self._begun: dict[int, tuple[Any, Future[Any]]] = {}
        self._arrived: deque[int] = deque()
        self._next_index = self._fetched = 0
        self._awaited = -1
        self._failed: int | None = None
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._is_exhausted = self._is_stopped = self._is_cancelled = False
        self._items_error: BaseException | None = None

    def next(self) -> Outcome:
        """Raises StopIteration after the last, CancelledError after ``cancel``, and what the items raise."""
        self._fill()
        while True:
            if self._is_cancelled:
                raise CancelledError
            if self._failed is not None:
                return self._outcome(self._failed)
            if not self._begun:
                if self._items_error is not None:
                    raise self._items_error
                raise StopIteration
            index = self._first_settled()
            if index is not None:
                self._fetched += 1
                return self._outcome(index)
            self._wake.get()

    def stop(self) -> None:
        """Nothing more begins, and what waits to be sent is not."""
        self._is_stopped = True
        for _, future in list(self._begun.values()):
            future.cancel()

    def cancel(self) -> None:
        self._is_cancelled = True
        self.stop()
        self._wake.put(None)

    def _fill(self) -> None:
        if self._is_exhausted or self._is_stopped or len(self._begun) > self._size - max(1, self._size // REFILL):
            return
        until_s = time.monotonic() + FILL_S_MAX
        while len(self._begun) < self._size and not (self._has_outcome and time.monotonic() >= until_s):
            if not self._begin_next():
                return

    def _begin_next(self) -> bool:
        try:
            item = next(self._items)
        except StopIteration:
            self._is_exhausted = True
            return False
        except BaseException as error:  # noqa: BLE001 - raised once what came before has been fetched
            self._is_exhausted, self._items_error = True, error
            return False
        if self._is_stopped:
            return False
        index, self._next_index = self._next_index, self._next_index + 1
        future = self._call(item)
        self._begun[index] = item, future
        future.add_done_callback(_Settled(self, index))
        return True

    @property
    def _has_outcome(self) -> bool:
        if not self._is_ordered:
            return bool(self._arrived)
        return self._fetched in self._begun and self._begun[self._fetched][1].done()

    def _call(self, item: Any) -> Future[Any]:
        try:
            return self._begin(item)
        except Exception as error:  # noqa: BLE001 - an item that cannot be sent is one that has failed
            return failed(error)

    def _first_settled(self) -> int | None:
        if not self._is_ordered:
            return self._arrived.popleft() if self._arrived else None
        self._awaited = self._fetched  # before it is looked at, so that no settling is missed
        return self._fetched if self._begun[self._fetched][1].done() else None

    def _outcome(self, index: int) -> Outcome:
        item, future = self._begun.pop(index)
        try:
            return index, item, future.result(), None
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asked
            return index, item, None, error

    def settled(self, index: int, future: Future[Any]) -> None:
        """Called where answers are read."""
        if not self._is_patient and not future.cancelled() and future.exception() is not None:
            self._failed = index if self._failed is None else self._failed
            self._wake.put(None)
        elif not self._is_ordered:
            self._arrived.append(index)
            self._wake.put(None)
        elif index == self._awaited:
            self._wake.put(None)


class _Settled:
    """A callback that is smaller and quicker than a closure's."""

    __slots__ = ("_index", "_window")

    def __init__(self, window: Window, index: int) -> None:
        self._window, self._index = window, index

    def __call__(self, future: Any) -> None:
        self._window.settled(self._index, future)
