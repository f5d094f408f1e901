"""What comes of many calls, lazily: in order or as it comes, with failures raised at once or collected.

Calls overlap on threads. Each takes the next item itself, so items are asked for only as there is room for their results: a
generator without end is no problem.
"""

from __future__ import annotations

import asyncio
import operator
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lambent.sdk.progress import Progress, progress
from lambent.sdk.steps import Arrival, Errors

if TYPE_CHECKING:
    from lambent.sdk.collections import Keep
    from lambent.sdk.keys import Key, Order

B = TypeVar("B")

AHEAD = 2
"""How many times the concurrency may be begun and not fetched yet."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Stands where a result would, when failures are collected. It is false, and has the place of its item."""

    index: int
    item: Any
    error: Exception

    def __bool__(self) -> bool:
        return False


class Results(Iterator[B], Generic[B]):
    """An iterator over results. Nothing is called before the first is asked for. To stop early: ``cancel()``, or ``with``."""

    def __init__(
        self,
        call: Callable[[Any], B],
        items: Iterable[Any],
        *,
        title: str = "map",
        concurrency: int = 1,
        order: Arrival = "input",
        errors: Errors = "raise",
        progress: bool | None = None,
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is a whole number from 1, not {concurrency}")
        for name, value, known in (("order", order, ("input", "completion")), ("errors", errors, ("raise", "collect"))):
            if value not in known:
                raise ValueError(f"{name} is {' or '.join(map(repr, known))}, not {value!r}")
        self.failures: list[Failure] = []
        self._title, self._is_collecting, self._wants_progress = title, errors == "collect", progress
        self._total = operator.length_hint(items, 0) or None
        self._bar: Progress | None = None
        self._work = _Work(call, iter(items), concurrency, is_ordered=order == "input", is_patient=errors == "collect")
        self._has_begun = self._is_over = False

    def __iter__(self) -> Results[B]:
        return self

    def __next__(self) -> B:
        if self._is_over:
            raise StopIteration
        if not self._has_begun:
            self._has_begun = True
            self._bar = progress(self._title, self._total, is_wanted=self._wants_progress)
        try:
            index, item, result, error = self._work.next()
        except BaseException:  # whatever it is (StopIteration, Ctrl-C), no call begins after it
            self._end()
            raise
        if self._bar:
            self._bar.advance(failed=error is not None)
        return result if error is None else self._failed(index, item, error)  # type: ignore[no-any-return]

    def _failed(self, index: int, item: Any, error: BaseException) -> Any:
        if not self._is_collecting or not isinstance(error, Exception):
            self._end()
            error.add_note(f"in {self._title}, at item {index}")
            raise error
        failure = Failure(index, item, error)
        self.failures.append(failure)
        return failure

    def _end(self) -> None:
        self._is_over = True
        self._work.stop()
        if self._bar:
            self._bar.end()

    def cancel(self) -> None:
        """Nothing more begins. Calls that are under way end, unheard; who waits for results gets a CancelledError."""
        self._work.cancel()

    def __enter__(self) -> Results[B]:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def __del__(self) -> None:
        work = getattr(self, "_work", None)
        if work is not None:
            work.stop()

    def __aiter__(self) -> AsyncIterator[B]:
        return self._each()

    async def _each(self) -> AsyncIterator[B]:
        ended = object()
        try:
            while (found := await asyncio.to_thread(next, self, ended)) is not ended:
                yield found  # type: ignore[misc]
        except BaseException:
            self._end()
            raise

    # ---- going on with them ------------------------------------------------------------------------------------------------

    def distinct_by(self, key: Key, *, keep: Keep = "first", order: Order = "input") -> Results[B]:
        from lambent.sdk import collections

        return collections.distinct_by(key, keep=keep, order=order).over(self)

    def distinct(self) -> Results[B]:
        from lambent.sdk import collections

        return collections.distinct().over(self)

    def group_by(self, key: Key, *, order: Order = "input") -> Results[Any]:
        from lambent.sdk import collections

        return collections.group_by(key, order=order).over(self)

    def sort_by(self, key: Key, *, reverse: bool = False) -> Results[B]:
        from lambent.sdk import collections

        return collections.sort_by(key, reverse=reverse).over(self)

    def batched(self, n: int) -> Results[list[B]]:
        from lambent.sdk import collections

        return collections.batched(n).over(self)


Outcome = tuple[int, Any, Any, "BaseException | None"]
"""Which item, the item, its result, and what was raised instead."""


class _Work:
    """The calls. Its threads know it and not the ``Results``, so that results that nobody wants any more stop them."""

    def __init__(
        self, call: Callable[[Any], Any], items: Iterator[Any], concurrency: int, *, is_ordered: bool, is_patient: bool
    ) -> None:
        self.call, self.items, self.concurrency = call, items, concurrency
        self.is_ordered, self.is_patient = is_ordered, is_patient
        # Reentrant, since results that nobody holds any more may be collected, and stop this, wherever memory is asked for.
        self.lock, self.taking = threading.RLock(), threading.Lock()
        self.room, self.ready = threading.Condition(self.lock), threading.Condition(self.lock)
        self.done: dict[int, Outcome] = {}
        self.arrived: deque[int] = deque()
        self.failed: Outcome | None = None
        self.begun = self.fetched = self.workers = 0
        self.is_exhausted = self.is_stopped = self.is_cancelled = False
        self.next = self._next_here if concurrency == 1 else self._next_of_threads

    # ---- one at a time, in the caller's own thread -------------------------------------------------------------------------

    def _next_here(self) -> Outcome:
        if self.is_cancelled:
            raise CancelledError
        item = next(self.items)
        index, self.begun = self.begun, self.begun + 1
        return self._outcome(index, item)

    def _outcome(self, index: int, item: Any) -> Outcome:
        try:
            return index, item, self.call(item), None
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
            return index, item, None, error

    # ---- on threads --------------------------------------------------------------------------------------------------------

    def _next_of_threads(self) -> Outcome:
        with self.lock:
            if not self.workers and not self.is_exhausted:
                self._add_worker()
            while True:
                if self.is_cancelled:
                    raise CancelledError
                if self.failed is not None:
                    return self.failed
                found = self._fetch()
                if found is not None:
                    self.room.notify()
                    return found
                if self.is_exhausted and self.fetched == self.begun:
                    raise StopIteration
                self.ready.wait()

    def _fetch(self) -> Outcome | None:
        index = self.fetched if self.is_ordered else (self.arrived[0] if self.arrived else -1)
        found = self.done.pop(index, None)
        if found is not None:
            self.fetched += 1
            if not self.is_ordered:
                self.arrived.popleft()
        return found

    def _add_worker(self) -> None:
        self.workers += 1
        threading.Thread(target=self._work, daemon=True, name=f"lambent-map-{self.workers}").start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            outcome = self._outcome(*taken)
            with self.lock:
                self._put(outcome)

    def _take(self) -> tuple[int, Any] | None:
        """The next item, once there is room for its result. One thread asks for items at a time, and keeps no other waiting."""
        with self.taking:
            with self.lock:
                while not self.is_stopped and self.begun - self.fetched >= AHEAD * self.concurrency:
                    self.room.wait()
                if self.is_stopped or self.is_exhausted:
                    return None
            try:
                item = next(self.items)
            except StopIteration:
                return self._exhausted(None)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for results
                return self._exhausted(error)
            with self.lock:
                index, self.begun = self.begun, self.begun + 1
                if self.workers < self.concurrency and not self.is_stopped:
                    self._add_worker()
            return index, item

    def _exhausted(self, error: BaseException | None) -> None:
        with self.lock:
            self.is_exhausted = True
            if error is not None:
                self.failed, self.is_stopped = (self.begun, None, None, error), True
            self.ready.notify()

    def _put(self, outcome: Outcome) -> None:
        if outcome[3] is not None and self.failed is None and not (self.is_patient and isinstance(outcome[3], Exception)):
            self.failed, self.is_stopped = outcome, True
            self.room.notify_all()
        self.done[outcome[0]] = outcome
        if not self.is_ordered:
            self.arrived.append(outcome[0])
        if self.failed is not None or not self.is_ordered or outcome[0] == self.fetched:
            self.ready.notify()

    def stop(self) -> None:
        with self.lock:
            self.is_stopped = True
            self.room.notify_all()

    def cancel(self) -> None:
        with self.lock:
            self.is_stopped = self.is_cancelled = True
            self.room.notify_all()
            self.ready.notify()
