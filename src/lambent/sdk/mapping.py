"""A step applied to many values: at once, or as a step of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lambent.sdk.results import Results
from lambent.sdk.steps import NOTHING, Step

CONCURRENCY = 64
"""Threads at once, unless something else is asked for, where an item needs more than one call."""


@dataclass(frozen=True, repr=False)
class Plain(Step[Any, Any]):
    """A Python callable as a step. Only Python can run it."""

    function: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        return self.function(value)

    def __repr__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return str(getattr(self.function, "__name__", None) or repr(self.function))


def step_of(thing: Any) -> Step[Any, Any]:
    """Raises TypeError for what cannot be called."""
    if isinstance(thing, Step):
        return thing
    if callable(thing):
        return Plain(thing)
    raise TypeError(f"a step is a function, a pipeline or a callable, not {thing!r}")


def mapped(step: Step[Any, Any], items: Any = NOTHING, *, expected: int | None = None, **options: Any) -> Any:
    """``Step.map``."""
    if items is NOTHING:
        return Map(step, expected=expected, **options)
    if expected is not None:
        raise TypeError("expected is for a step that has no items yet")
    return results(step, items, **options)


def results(step: Step[Any, Any], items: Iterable[Any], *, concurrency: int | None = None, **options: Any) -> Results[Any]:
    """Calls that leave the process overlap; those that do not, only where that is asked for."""
    at_once = concurrency if concurrency is not None else CONCURRENCY if step.is_remote else 1
    return Results(step.apply, items, title=step.title, concurrency=at_once, work=step.work(concurrency), **options)


def applied(step: Step[Any, Any], items: Iterable[Any], *, is_local: bool, concurrency: int | None = None) -> Iterator[Any]:
    """Within a step over many items."""
    return map(step.apply_local, items) if is_local else results(step, items, concurrency=concurrency, progress=False)


def check_count(name: str, count: int | None) -> None:
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise ValueError(f"{name} is a whole number from 1, not {count!r}")


def checked(items: Any, title: str) -> Iterable[Any]:
    """Lists and what can be gone through as one. Text and objects can in Python, and are not meant. Raises TypeError."""
    if isinstance(items, str | bytes | dict) or not isinstance(items, Iterable):
        raise TypeError(f"{title} takes a list, not {kind_of(items)}")
    return items


def kind_of(value: Any) -> str:
    """As JSON calls it, so that it reads the same wherever the step runs."""
    kinds: tuple[tuple[Any, str], ...] = (
        (type(None), "null"),
        (bool, "boolean"),
        ((int, float), "number"),
        (str, "string"),
        ((list, tuple), "array"),
        (dict, "object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), type(value).__name__)


@dataclass(frozen=True, repr=False)
class Map(Step[Any, list[Any]]):
    """From a list to the list of results, in the order of the items."""

    step: Step[Any, Any]
    concurrency: int | None = None
    expected: int | None = None

    def __post_init__(self) -> None:
        check_count("concurrency", self.concurrency)
        check_count("expected", self.expected)

    def __repr__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        if isinstance(self.step, Starred):
            return f"{self.step.shown}.starmap()"
        inner = self.step.shown
        return f"({inner}).map()" if " >> " in inner else f"{inner}.map()"

    @property
    def title(self) -> str:
        return f"map {self.step.title}"

    @property
    def is_remote(self) -> bool:
        return self.step.is_remote

    def __call__(self, value: Any) -> list[Any]:
        return self._all(value, is_local=False)

    def apply_local(self, value: Any) -> list[Any]:
        return self._all(value, is_local=True)

    def _all(self, items: Any, *, is_local: bool) -> list[Any]:
        return list(applied(self.step, checked(items, self.title), is_local=is_local, concurrency=self.concurrency))


@dataclass(frozen=True, repr=False)
class Starred(Step[Any, Any]):
    """A step of one list, whose items are the arguments."""

    step: Step[Any, Any]

    def __repr__(self) -> str:
        return self.shown

    @property
    def title(self) -> str:
        return self.step.title

    @property
    def is_remote(self) -> bool:
        return self.step.is_remote

    def __call__(self, value: Any) -> Any:
        return self.step(*value)

    def apply_local(self, value: Any) -> Any:
        return local_call(self.step)(*value)


def starred(step: Step[Any, Any]) -> Starred:
    return Starred(step)


def local_call(step: Any) -> Callable[..., Any]:
    """What calls the step with any arguments in this process."""
    if isinstance(step, Plain):
        return step.function
    found = getattr(step, "local", None) if isinstance(step, Step) else step
    return found if callable(found) else step.apply_local  # type: ignore[no-any-return]
