"""A step: something that is called with one value, chained with ``>>``, and applied to many values.

Deployed functions (``functions.Function``), the pure steps (``collections``) and pipelines are steps. A step that is given items
runs at once, lazily; without items it is a step itself: ``double.map([1, 2])`` and ``double.map()([1, 2])``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

if TYPE_CHECKING:
    from lambent.sdk.keys import Keep, Key, Order
    from lambent.sdk.pipelines import Pipeline
    from lambent.sdk.results import Results

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

Errors = Literal["raise", "collect"]
"""``raise``: the first failure is raised at once and what has not begun is cancelled. ``collect``: a ``Failure`` takes its place."""
Arrival = Literal["input", "completion"]
"""Results in the order of their items, or as they come."""


class _Nothing:
    """No items: the marker of a step that is not run yet."""

    def __repr__(self) -> str:
        return "…"


NOTHING = _Nothing()


class Step(Generic[A, B]):
    """From one value to another. Subclasses give ``__call__`` and, where they differ from it, the hooks below."""

    def __call__(self, value: A) -> B:
        """Runs the step, wherever it runs."""
        raise NotImplementedError(f"{type(self).__name__} says not what it does")

    # ---- hooks -------------------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What people call it, in messages and as the name of its state."""
        return str(getattr(self, "__name__", None) or type(self).__name__)

    def apply(self, value: Any) -> Any:
        """``self(value)``, except that a function of several parameters takes them out of an object, as its payload is one."""
        return self(value)

    def local(self, value: Any) -> Any:
        """The same in plain Python, in this process, whatever is deployed."""
        return self.apply(value)

    @property
    def is_remote(self) -> bool:
        """Whether a call leaves this process, so that calls are worth overlapping."""
        return False

    # ---- chaining ----------------------------------------------------------------------------------------------------------

    def __rshift__(self, other: Step[B, C] | Callable[[B], C]) -> Pipeline[A, C]:
        """``f >> g`` is first f, then g."""
        from lambent.sdk.pipelines import chain

        return chain(self, other)

    def __rrshift__(self, other: Callable[[Any], A]) -> Pipeline[Any, B]:
        from lambent.sdk.pipelines import chain

        return chain(other, self)

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
        ``progress`` whether a bar is shown (unless said: on a terminal). Without items: a step from a list to a list; ``expected``
        is how many items are to be expected, by which a state machine chooses its kind of Map.
        """
        from lambent.sdk.mapping import map_step

        return map_step(self, items, **options)
