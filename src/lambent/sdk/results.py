"""What comes of many calls, lazily: in order or as it comes, with failures raised at once or collected.

Items are asked for only as there is room for their results: a generator without end is no problem.
"""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lambent.sdk.overlap import Here, Threads, Work
from lambent.sdk.progress import Progress, progress
from lambent.sdk.steps import Arrival, Errors

if TYPE_CHECKING:
    from lambent.sdk.collections import Keep
    from lambent.sdk.keys import Key, Order

B = TypeVar("B")


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
        work: Callable[..., Any] | None = None,
    ) -> None:
        """``work``, given the items, makes the calls in a way of its own."""
        if concurrency < 1:
            raise ValueError(f"concurrency is a whole number from 1, not {concurrency}")
        for name, value, known in (("order", order, ("input", "completion")), ("errors", errors, ("raise", "collect"))):
            if value not in known:
                raise ValueError(f"{name} is {' or '.join(map(repr, known))}, not {value!r}")
        self.failures: list[Failure] = []
        self._title, self._is_collecting, self._wants_progress = title, errors == "collect", progress
        self._total = operator.length_hint(items, 0) or None
        self._bar: Progress | None = None
        how: dict[str, Any] = {"is_ordered": order == "input", "is_patient": self._is_collecting}
        self._work: Work
        if work is not None:
            self._work = work(iter(items), **how)
        elif concurrency > 1:
            self._work = Threads(call, iter(items), concurrency=concurrency, **how)
        else:
            self._work = Here(call, iter(items))
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
