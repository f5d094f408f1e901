"""The pure steps: from a list to a list, by keys. ``distinct_by("id")(books)`` in plain Python, and JSONata in a state machine.

Each takes any iterable and returns a list; ``over(items)`` is the same lazily. Where a key, a choice or a test is a deployed
function, it is called, with calls that overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from lambent.sdk import keys
from lambent.sdk.keys import Computed, Key, Order, Path, Selector, selector
from lambent.sdk.mapping import applied, check_count, checked, kind_of, local_call, step_of
from lambent.sdk.results import Results
from lambent.sdk.steps import NOTHING, Step

Keep = Literal["first", "last"] | Callable[[Any, Any], Any]
"""Which of the items with the same key is kept. A callable is given the one kept so far and the next, and returns one."""


class ListStep(Step[Iterable[Any], list[Any]]):
    """Subclasses give ``_over`` and ``__repr__``."""

    def __call__(self, value: Iterable[Any]) -> list[Any]:
        return list(self._over(checked(value, self.title), is_local=False))

    def apply_local(self, value: Iterable[Any]) -> list[Any]:
        return list(self._over(checked(value, self.title), is_local=True))

    def over(self, items: Iterable[Any]) -> Results[Any]:
        """The same lazily: nothing is asked for before the first item of the outcome is."""
        return Results(_itself, self._over(checked(items, self.title), is_local=False), title=self.title, progress=False)

    @property
    def title(self) -> str:
        return repr(self)

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[Any]:
        raise NotImplementedError

    def _keyed(self, items: Iterable[Any], key: Selector, *, is_local: bool) -> Iterator[tuple[Any, Any]]:
        if isinstance(key, Computed) and isinstance(key.function, Step):
            listed = list(items)
            return zip(applied(key.function, listed, is_local=is_local), listed, strict=True)
        return keys.keyed(items, key, self.title)


def _itself(item: Any) -> Any:
    return item


def given(step: ListStep, items: Any) -> Any:
    """The step, or what it makes of items."""
    return step if items is NOTHING else step.over(items)


def _check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} is {' or '.join(map(repr, known))}, not {value!r}")


# ---- one for each key --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Extreme:
    """``max_by`` and ``min_by``: of two items the one with the greater or smaller key, of equals the one that came first."""

    key: Selector
    is_max: bool

    def __call__(self, kept: Any, item: Any) -> Any:
        (one, _), (other, _) = keys.keyed((kept, item), self.key, repr(self))
        one, other = keys.rank(one), keys.rank(other)
        return item if (other > one if self.is_max else other < one) else kept

    def __repr__(self) -> str:
        return f"{'max' if self.is_max else 'min'}_by({self.key!r})"


@dataclass(frozen=True, repr=False)
class DistinctBy(ListStep):
    key: Selector
    keep: Any = "first"
    order: Order = "input"

    def __post_init__(self) -> None:
        _check_choice("order", self.order, ("input", "key"))
        if not callable(self.keep):
            _check_choice("keep", self.keep, ("first", "last"))

    def __repr__(self) -> str:
        return f"distinct_by({self.key!r})" if self.key != Path() else "distinct()"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[Any]:
        pairs = self._keyed(items, self.key, is_local=is_local)
        if self.keep == "first" and self.order == "input":
            return _first_of_each(pairs)
        return self._kept(pairs, is_local=is_local)

    def _kept(self, pairs: Iterator[tuple[Any, Any]], *, is_local: bool) -> Iterator[Any]:
        """Items at the place where their key is first seen, since what a callable makes of two has no place of its own."""
        identity, chosen = keys.identity, _choice(self.keep, is_local=is_local)
        seen: dict[Any, Any] = {}
        kept: dict[Any, Any] = {}
        for key, item in list(pairs):  # all keys before any choice, as everywhere
            same = identity(key)
            if same in kept:
                kept[same] = chosen(kept[same], item)
            else:
                seen[same], kept[same] = key, item
        items = list(kept.values())
        if self.order == "input":
            yield from items
        else:
            yield from (items[at] for at in keys.in_order(seen.values()))


def _first_of_each(pairs: Iterator[tuple[Any, Any]]) -> Iterator[Any]:
    seen, identity = set(), keys.identity
    for key, item in pairs:
        same = identity(key)
        if same not in seen:
            seen.add(same)
            yield item


def _choice(keep: Any, *, is_local: bool) -> Callable[[Any, Any], Any]:
    if keep == "first":
        return lambda kept, _: kept
    if keep == "last":
        return lambda _, item: item
    return _two_place(keep, is_local=is_local)


def _two_place(function: Any, *, is_local: bool) -> Callable[[Any, Any], Any]:
    found: Callable[[Any, Any], Any] = local_call(function) if is_local else function
    return found


def distinct_by(key: Key, *, keep: Keep = "first", order: Order = "input") -> DistinctBy:
    """One item for each value of the key. ``order``: where the key is first seen, or sorted by the key."""
    return DistinctBy(selector(key), keep, order)


def distinct() -> DistinctBy:
    """Each value once, where it is first seen."""
    return DistinctBy(Path())


def max_by(key: Key) -> Extreme:
    """For ``keep``: the item whose key is greatest."""
    return Extreme(selector(key), is_max=True)


def min_by(key: Key) -> Extreme:
    """For ``keep``: the item whose key is smallest."""
    return Extreme(selector(key), is_max=False)


# ---- groups and order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class GroupBy(ListStep):
    """``whole`` is the step that it is a part of, in a state machine, and by whose name it goes."""

    key: Selector
    order: Order = "input"
    whole: str = ""

    def __post_init__(self) -> None:
        _check_choice("order", self.order, ("input", "key"))

    def __repr__(self) -> str:
        return self.whole or f"group_by({self.key!r})"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[dict[str, Any]]:
        groups: dict[Any, dict[str, Any]] = {}
        for key, item in self._keyed(items, self.key, is_local=is_local):
            groups.setdefault(keys.identity(key), {"key": key, "items": []})["items"].append(item)
        found = list(groups.values())
        if self.order == "input":
            yield from found
        else:
            yield from (found[at] for at in keys.in_order(group["key"] for group in found))


def group_by(key: Key, *, order: Order = "input") -> GroupBy:
    """``[{"key": …, "items": […]}, …]``, since a key may be anything, which names of JSON objects may not."""
    return GroupBy(selector(key), order)


@dataclass(frozen=True, repr=False)
class SortBy(ListStep):
    key: Selector
    reverse: bool = False

    def __repr__(self) -> str:
        return f"sort_by({self.key!r})"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[Any]:
        pairs = list(self._keyed(items, self.key, is_local=is_local))
        yield from (pairs[at][1] for at in keys.in_order((key for key, _ in pairs), reverse=self.reverse))


def sort_by(key: Key, *, reverse: bool = False) -> SortBy:
    """Sorted by the key; items whose keys are the same stay in the order in which they came, in reverse too."""
    return SortBy(selector(key), reverse)


# ---- other lists -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Batched(ListStep):
    n: int

    def __post_init__(self) -> None:
        check_count("n", self.n)

    def __repr__(self) -> str:
        return f"batched({self.n})"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[list[Any]]:  # noqa: ARG002 - the same everywhere
        waiting = iter(items)
        while batch := list(islice(waiting, self.n)):
            yield batch


def batched(n: int) -> Batched:
    """Lists of ``n`` items; the last may have fewer."""
    return Batched(n)


@dataclass(frozen=True, repr=False)
class Filter(ListStep):
    key: Selector
    concurrency: int | None = None
    expected: int | None = None

    def __repr__(self) -> str:
        return f"filter({self.key!r})"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[Any]:
        return (item for is_kept, item in self._keyed(items, self.key, is_local=is_local) if is_kept)


def filter(key: Key, *, concurrency: int | None = None, expected: int | None = None) -> Filter:  # noqa: A001 - its name
    """The items of which the callable says yes, or whose property is true as Python takes it: not null, 0, "", [] or {}."""
    return Filter(selector(key), concurrency, expected)


@dataclass(frozen=True, repr=False)
class FlatMap(ListStep):
    key: Selector
    concurrency: int | None = None
    expected: int | None = None

    def __repr__(self) -> str:
        return f"flat_map({self.key!r})" if self.key != Path() else "flat_map()"

    def _over(self, items: Iterable[Any], *, is_local: bool) -> Iterator[Any]:
        for index, (found, _) in enumerate(self._keyed(items, self.key, is_local=is_local)):
            if isinstance(found, str | bytes | dict) or not isinstance(found, Iterable):
                raise TypeError(no_list(self.title, index, kind_of(found)))
            yield from found


def no_list(title: str, index: int | str, kind: str) -> str:
    return f"{title}: what item {index} gives is no list but {kind}"


def flat_map(key: Key = Path(), *, concurrency: int | None = None, expected: int | None = None) -> FlatMap:  # noqa: B008 - frozen
    """The lists that the callable makes of the items, or that the property holds, as one. Without a key: a list of lists."""
    return FlatMap(selector(key), concurrency, expected)


@dataclass(frozen=True, repr=False)
class Reduce(Step[Any, Any]):
    function: Any
    initial: Any = NOTHING

    def __repr__(self) -> str:
        return f"reduce({step_of(self.function).title})"

    @property
    def title(self) -> str:
        return repr(self)

    def __call__(self, value: Any) -> Any:
        return self._reduced(value, is_local=False)

    def apply_local(self, value: Any) -> Any:
        return self._reduced(value, is_local=True)

    def _reduced(self, items: Any, *, is_local: bool) -> Any:
        waiting = iter(checked(items, self.title))
        found = self.initial if self.initial is not NOTHING else next(waiting, NOTHING)
        if found is NOTHING:
            raise TypeError(nothing_to_reduce(self.title))
        function = _two_place(self.function, is_local=is_local)
        for item in waiting:
            found = function(found, item)
        return found


def nothing_to_reduce(title: str) -> str:
    return f"{title} of an empty list without an initial value"


def reduce(function: Callable[[Any, Any], Any], initial: Any = NOTHING) -> Reduce:
    """``function(function(a, b), c)``: one call after another."""
    if not callable(function):
        raise TypeError(f"reduce takes a function of two values, not {function!r}")
    return Reduce(function, initial)
