"""Calls that overlap on threads, or not at all. What they come to is fetched one by one. (As futures: ``windows``.)

A ``Work`` is asked by one thread at a time, that of whoever goes through the results. It takes items as there is room for their
results, and never holds a lock while it asks for one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any, Protocol

AHEAD = 2
"""How many times the concurrency may be begun and not fetched yet."""

Outcome = tuple[int, Any, Any, BaseException | None]
"""Which item, the item, its result, and what was raised instead."""


class Work(Protocol):
    def next(self) -> Outcome:
        """Waits for it. Raises StopIteration after the last, CancelledError, and what asking for an item raised."""

    def stop(self) -> None:
        """Nothing more begins."""

    def cancel(self) -> None:
        """The same, and whoever waits gets a CancelledError."""


class Here:
    """One call after another, in the thread that wants its result, and not before."""

    def __init__(self, call: Callable[[Any], Any], items: Iterator[Any]) -> None:
        self._call, self._items = call, items
        self._begun, self._is_cancelled = 0, False

    def next(self) -> Outcome:
        if self._is_cancelled:
            raise CancelledError
        item = next(self._items)
        index, self._begun = self._begun, self._begun + 1
        return _outcome(self._call, index, item)

    def stop(self) -> None:
        pass  # nothing is under way

    def cancel(self) -> None:
        self._is_cancelled = True


def _outcome(call: Callable[[Any], Any], index: int, item: Any) -> Outcome:
    try:
        return index, item, call(item), None
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
        return index, item, None, error


class _Arrivals:
    """What has come and is not fetched yet. ``is_patient``: a failure waits for its turn, as a result does."""

    def __init__(self, *, concurrency: int, is_ordered: bool, is_patient: bool) -> None:
        self.concurrency, self.is_ordered, self.is_patient = concurrency, is_ordered, is_patient
        # Reentrant, since results that nobody holds any more may be collected, and stop this, wherever memory is asked for.
        self.lock = threading.RLock()
        self.ready = threading.Condition(self.lock)
        self.done: dict[int, Outcome] = {}
        self.arrived: deque[int] = deque()
        self.failed: Outcome | None = None
        self.begun = self.fetched = 0
        self.is_exhausted = self.is_stopped = self.is_cancelled = False

    def fetch(self) -> Outcome | None:
        """None where the next is not there yet. With the lock held."""
        if self.is_cancelled:
            raise CancelledError
        if self.failed is not None:
            return self.failed
        index = self.fetched if self.is_ordered else (self.arrived[0] if self.arrived else -1)
        found = self.done.pop(index, None)
        if found is not None:
            self.fetched += 1
            if not self.is_ordered:
                self.arrived.popleft()
        elif self.is_exhausted and self.fetched == self.begun:
            raise StopIteration
        return found

    def put(self, outcome: Outcome) -> None:
        """With the lock held."""
        error = outcome[3]
        if error is not None and self.failed is None and not (self.is_patient and isinstance(error, Exception)):
            self.failed, self.is_stopped = outcome, True
        self.done[outcome[0]] = outcome
        if not self.is_ordered:
            self.arrived.append(outcome[0])
        if self.failed is not None or not self.is_ordered or outcome[0] == self.fetched:
            self.ready.notify()


class Threads(_Arrivals):
    """Each thread takes the next item itself. Threads know this and not the ``Results``, so that lost results stop them."""

    def __init__(self, call: Callable[[Any], Any], items: Iterator[Any], **how: Any) -> None:
        super().__init__(**how)
        self._call, self._items = call, items
        self._room, self._taking = threading.Condition(self.lock), threading.Lock()
        self._workers = 0

    def next(self) -> Outcome:
        with self.lock:
            if not self._workers:
                self._add_worker()
            while (found := self.fetch()) is None:
                self.ready.wait()
            self._room.notify()
            return found

    def stop(self) -> None:
        with self.lock:
            self.is_stopped = True
            self._room.notify_all()

    def cancel(self) -> None:
        with self.lock:
            self.is_cancelled = True
            self.ready.notify()
            self.stop()

    def _add_worker(self) -> None:
        self._workers += 1
        threading.Thread(target=self._work, daemon=True, name=f"lambent-map-{self._workers}").start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            outcome = _outcome(self._call, *taken)
            with self.lock:
                self.put(outcome)
                if self.is_stopped:
                    self._room.notify_all()

    def _take(self) -> tuple[int, Any] | None:
        """The next item, once there is room for its result. One thread asks for items at a time, and keeps no other waiting."""
        with self._taking:
            with self.lock:
                while not self.is_stopped and self.begun - self.fetched >= AHEAD * self.concurrency:
                    self._room.wait()
                if self.is_stopped or self.is_exhausted:
                    return None
            try:
                item = next(self._items)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for results
                self._exhausted(None if isinstance(error, StopIteration) else error)
                return None
            with self.lock:
                index, self.begun = self.begun, self.begun + 1
                if self._workers < self.concurrency and not self.is_stopped:
                    self._add_worker()
            return index, item

    def _exhausted(self, error: BaseException | None) -> None:
        with self.lock:
            self.is_exhausted = True
            if error is not None:
                self.failed, self.is_stopped = (self.begun, None, None, error), True
            self.ready.notify()
