"""A step: something that is called with one value, chained with ``>>``, and applied to many values.

Deployed functions (``functions.Function``), the pure steps (``collections``) and pipelines are steps. A step that is given
items runs, lazily; without items it is a step itself: ``double.map([1, 2])`` and ``double.map()([1, 2])``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

if TYPE_CHECKING:
    from lambent.sdk.collections import Keep
    from lambent.sdk.keys import Key, Order
    from lambent.sdk.pipelines import Pipeline
    from lambent.sdk.results import Results

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

Errors = Literal["raise", "collect"]
"""``raise``: the first failure is raised at once and nothing more begins. ``collect``: a ``Failure`` takes its place."""
Arrival = Literal["input", "completion"]
"""Results in the order of their items, or as they come."""


class _Nothing:
    """No items: the marker of a step that is not run yet."""

    def __repr__(self) -> str:
        return "…"


NOTHING: Any = _Nothing()


class Step(Generic[A, B]):
    """From one value to another. Subclasses give ``__call__`` and, where they differ from it, the hooks below."""

    def __call__(self, value: A) -> B:
        """Runs the step, wherever it runs."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")

    @property
    def shown(self) -> str:
        """As one would write it."""
        return self.title

    if not TYPE_CHECKING:  # to type checkers there is only what there is

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(_advice(self, name), name=name, obj=self)

    # ---- hooks -------------------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What people call it, in messages and as the name of its state."""
        return str(getattr(self, "__name__", None) or type(self).__name__)

    def apply(self, value: Any) -> Any:
        """``self(value)``, except that a function of several parameters takes them out of an object, as its payload is one."""
        return self(value)

    def apply_local(self, value: Any) -> Any:
        """The same in plain Python, in this process, whatever is deployed."""
        return self.apply(value)

    @property
    def is_remote(self) -> bool:
        """Whether a call leaves this process, so that calls are worth overlapping."""
        return False

    def work(self, _concurrency: int | None) -> Callable[..., Any] | None:
        """What makes the calls for many items, given them, in another way than by a thread for each that is under way."""
        return None

    # ---- chaining ----------------------------------------------------------------------------------------------------------

    def __rshift__(self, other: Step[B, C] | Callable[[B], C]) -> Pipeline[A, C]:
        """``f >> g`` is first f, then g."""
        from lambent.sdk.pipelines import compose

        return compose(self, other)

    def __rrshift__(self, other: Callable[[Any], A]) -> Pipeline[Any, B]:
        from lambent.sdk.pipelines import compose

        return compose(other, self)

    def group_by(self, key: Key, *, order: Order = "input") -> Pipeline[A, list[Any]]:
        from lambent.sdk import collections

        return self._then(collections.group_by(key, order=order))

    def sort_by(self, key: Key, *, reverse: bool = False) -> Pipeline[A, list[Any]]:
        from lambent.sdk import collections

        return self._then(collections.sort_by(key, reverse=reverse))

    def distinct_by(self, key: Key, *, keep: Keep = "first", order: Order = "input") -> Pipeline[A, list[Any]]:
        from lambent.sdk import collections

        return self._then(collections.distinct_by(key, keep=keep, order=order))

    def distinct(self) -> Pipeline[A, list[Any]]:
        from lambent.sdk import collections

        return self._then(collections.distinct())

    def batched(self, n: int) -> Pipeline[A, list[list[Any]]]:
        from lambent.sdk import collections

        return self._then(collections.batched(n))

    def _then(self, step: Step[Any, Any]) -> Pipeline[A, Any]:
        return self >> step

    # ---- many values -------------------------------------------------------------------------------------------------------

    @overload
    def map(
        self,
        items: Iterable[A],
        *,
        concurrency: int | None = None,
        order: Arrival = "input",
        errors: Errors = "raise",
        progress: bool | None = None,
    ) -> Results[B]: ...

    @overload
    def map(self, *, concurrency: int | None = None, expected: int | None = None) -> Step[Iterable[A], list[B]]: ...

    def map(self, items: Any = NOTHING, **options: Any) -> Any:
        """The step for each item, up to ``concurrency`` at once, lazily.

        ``order`` says whether results come in the order of the items or as they are there, ``errors`` what a failure does,
        ``progress`` whether a bar is shown (unless said: on a terminal). Without items: a step from a list to a list;
        ``expected`` is how many items are to be expected, by which a state machine chooses its kind of Map.
        """
        from lambent.sdk.mapping import mapped

        return mapped(self, items, **options)

    @overload
    def starmap(
        self,
        items: Iterable[Iterable[Any]],
        *,
        concurrency: int | None = None,
        order: Arrival = "input",
        errors: Errors = "raise",
        progress: bool | None = None,
    ) -> Results[B]: ...

    @overload
    def starmap(self, *, concurrency: int | None = None, expected: int | None = None) -> Step[Iterable[Any], list[B]]: ...

    def starmap(self, items: Any = NOTHING, **options: Any) -> Any:
        """As ``map``; each item is a list of arguments."""
        from lambent.sdk.mapping import mapped, starred

        return mapped(starred(self), items, **options)

    @overload
    def filter(self, items: Iterable[A], *, concurrency: int | None = None) -> Results[A]: ...

    @overload
    def filter(self, *, concurrency: int | None = None, expected: int | None = None) -> Step[Iterable[A], list[A]]: ...

    def filter(self, items: Any = NOTHING, **options: Any) -> Any:
        """The items of which the step says yes."""
        from lambent.sdk import collections

        return collections.given(collections.filter(self, **options), items)

    @overload
    def flat_map(self, items: Iterable[A], *, concurrency: int | None = None) -> Results[Any]: ...

    @overload
    def flat_map(self, *, concurrency: int | None = None, expected: int | None = None) -> Step[Iterable[A], list[Any]]: ...

    def flat_map(self, items: Any = NOTHING, **options: Any) -> Any:
        """The lists that the step makes of the items, one after another as one list."""
        from lambent.sdk import collections

        return collections.given(collections.flat_map(self, **options), items)

    @overload
    def reduce(self, items: Iterable[Any], initial: Any = NOTHING) -> Any: ...

    @overload
    def reduce(self, *, initial: Any = NOTHING) -> Step[Iterable[Any], Any]: ...

    def reduce(self, items: Any = NOTHING, initial: Any = NOTHING) -> Any:
        """``step(step(a, b), c)``, from ``initial`` on where it is given; one call after another."""
        from lambent.sdk import collections

        two_place: Any = self  # of which a call takes what is kept and the next item
        step = collections.reduce(two_place, initial)
        return step if items is NOTHING else step(items)


_OF_PIPELINES = frozenset({"at", "definition", "deploy", "run", "start"})


def _advice(step: Step[Any, Any], name: str) -> str:
    """What to write instead of an attribute that the step does not have."""
    if name in _OF_PIPELINES:
        return f"{step.shown} is a step; a pipeline of it alone has it: compose({step.shown}).{name}"
    if name == "undeploy":
        return f"write lambent.undeploy({step.shown})"
    return f"{type(step).__name__!r} object has no attribute {name!r}"
