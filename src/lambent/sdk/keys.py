"""What two values have in common: keys, when they are the same, and in which order they stand.

The one place for these choices; ``jsonata.py`` says the same in JSONata, and tests compare the two.

- Keys are the same when they are as JSON: 1 and 1.0, a tuple and a list, two objects in whatever order they were written; but
  not 1 and True, nor 1 and "1". None is a key as any other. So are lists and objects, which Python cannot hash.
- Order: None, False, True, numbers, text by code points, lists by their items, objects by their sorted properties.
- A key that is not there is never taken for None: it is a ``MissingKey``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any, Literal

Order = Literal["input", "key"]
"""As the keys first appear, or sorted by them."""

_PART = re.compile(r"\[(-?\d+)\]|(?:^|\.)((?:[^.\[\]\\]|\\.)+)")
_ESCAPED = re.compile(r"\\(.)")


class MissingKey(LookupError):
    """An item has no such property. The message names the step, the item's place and the key, never the item."""


class _Absent:
    pass


_ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Path:
    """Where the key stands in an item: names of properties, and indexes, of which -1 is the last. No parts: the item itself."""

    parts: tuple[str | int, ...] = ()

    def __repr__(self) -> str:
        return repr(str(self))

    def __str__(self) -> str:
        text = ""
        for part in self.parts:
            if isinstance(part, int):
                text += f"[{part}]"
            else:
                text += ("." if text else "") + re.sub(r"([.\[\]\\])", r"\\\1", part)
        return text


@dataclass(frozen=True, slots=True)
class Composite:
    """Several keys, which are compared one after another."""

    keys: tuple[Selector, ...]

    def __repr__(self) -> str:
        return f"({', '.join(map(repr, self.keys))}{',' if len(self.keys) == 1 else ''})"


@dataclass(frozen=True, slots=True)
class Computed:
    """What a callable makes of the item."""

    function: Callable[[Any], Any]

    def __repr__(self) -> str:
        return str(getattr(self.function, "title", None) or getattr(self.function, "__name__", None) or repr(self.function))


Selector = Path | Composite | Computed
Key = str | int | Path | Callable[[Any], Any] | Sequence[Any]
"""What stands for a key in calls: a name or a path (``"author.id"``, ``"tags[0]"``, with ``\\.`` for a dot in a name), an
index, a callable or a deployed function, or several of these in a tuple."""


def path(*parts: str | int) -> Path:
    """The place ``parts`` lead to, taken literally: ``path("odd.name", 0)``; ``path()`` is the item itself."""
    return Path(parts)


def selector(key: Key) -> Selector:
    """Raises TypeError or ValueError for what can be no key."""
    if isinstance(key, Path | Composite | Computed):
        return key
    if isinstance(key, str):
        return _parsed(key)
    if isinstance(key, int) and not isinstance(key, bool):
        return Path((key,))
    if isinstance(key, operator.itemgetter | operator.attrgetter):
        return _of_getter(key)
    if callable(key):
        return Computed(key)
    if isinstance(key, tuple | list) and key:
        return Composite(tuple(selector(inner) for inner in key))
    raise TypeError(f"a key is a name, a path, an index, a callable, or several of these in a tuple, not {key!r}")


def _parsed(text: str) -> Path:
    parts: list[str | int] = []
    end = 0
    while end < len(text):
        found = None if text.startswith(".") else _PART.match(text, end)
        if found is None:
            raise ValueError(f"{text!r} is no path: names between dots, indexes in brackets, as in 'author.id' or 'tags[0]'")
        index, name = found.groups()
        parts.append(int(index) if index is not None else _ESCAPED.sub(r"\1", name))
        end = found.end()
    if not parts:
        raise ValueError("an empty name is no path; path() is the item itself")
    return Path(tuple(parts))


def _of_getter(getter: Any) -> Selector:
    """``operator.itemgetter("id")`` and ``attrgetter("author.id")`` say what they get, where they are asked to pickle."""
    asked = getter.__reduce__()[1]
    is_attribute = isinstance(getter, operator.attrgetter)
    found = [Path(tuple(name.split("."))) if is_attribute else Path((name,)) for name in asked]
    if not all(isinstance(part, str | int) for place in found for part in place.parts):
        return Computed(getter)
    return found[0] if len(found) == 1 else Composite(tuple(found))


# ---- taking keys out of items ------------------------------------------------------------------------------------------------


def getter(key: Selector) -> Callable[[Any], Any]:
    """Takes the key out of an item. It raises LookupError where there is none."""
    if isinstance(key, Computed):
        return key.function
    if isinstance(key, Composite):
        inner = [getter(each) for each in key.keys]
        return lambda item: [get(item) for get in inner]
    if len(key.parts) == 1 and isinstance(key.parts[0], str):
        return _property_getter(key.parts[0])
    return lambda item: _walked(item, key.parts)


def _property_getter(name: str) -> Callable[[Any], Any]:
    def get(item: Any) -> Any:
        return item[name] if type(item) is dict else _property(item, name)

    return get


def _walked(item: Any, parts: tuple[str | int, ...]) -> Any:
    for part in parts:
        item = _property(item, part) if isinstance(part, str) else _at(item, part)
    return item


def _property(item: Any, name: str) -> Any:
    if isinstance(item, Mapping):
        return item[name]
    value = _ABSENT if _is_plain(item) else getattr(item, name, _ABSENT)
    if value is _ABSENT:
        raise LookupError(name)
    return value


def _is_plain(item: Any) -> bool:
    """Whether it is JSON, whose properties are not those that Python gives it (``"abc".title``). Named tuples are not."""
    return item is None or type(item) in (str, int, float, bool, list, tuple)


def _at(item: Any, index: int) -> Any:
    if isinstance(item, str | bytes) or not isinstance(item, Sequence):
        raise LookupError(index)
    return item[index]


def keyed(items: Iterable[Any], key: Selector, step: str) -> Iterator[tuple[Any, Any]]:
    """Pairs of key and item. Raises MissingKey; what a callable raises comes as it is."""
    get = getter(key)
    if isinstance(key, Computed):
        yield from ((get(item), item) for item in items)
        return
    for index, item in enumerate(items):
        try:
            found = get(item)
        except LookupError:
            raise MissingKey(missing(step, key, index)) from None
        yield found, item


def missing(step: str, key: Selector, index: int | str) -> str:
    """The words for it, the same wherever the step runs."""
    return f"{step}: item {index} has no {key!r}"


# ---- when keys are the same --------------------------------------------------------------------------------------------------


def identity(key: Any) -> Hashable:
    """Equal for keys that are the same, and only for them."""
    kind = type(key)
    if kind in _THEMSELVES:
        return key  # type: ignore[no-any-return]
    if kind is dict or isinstance(key, Mapping):
        if _THEMSELVES.issuperset(map(type, key.values())):
            return dict, frozenset(key.items())
        return dict, frozenset([(name, identity(value)) for name, value in key.items()])
    if kind is list or kind is tuple:
        return list, tuple(key if _THEMSELVES.issuperset(map(type, key)) else map(identity, key))
    if kind is bool:
        return bool, key
    if kind is float:
        return key if key == key else (float, "nan")  # it differs from itself where it is none
    if isinstance(key, AbstractSet):
        return set, frozenset(map(identity, key))
    return _identity_of_object(key)


_THEMSELVES = frozenset({str, int, type(None)})


def _identity_of_object(key: Any) -> Hashable:
    try:
        hash(key)
    except TypeError:
        if is_dataclass(key) and not isinstance(key, type):
            return type(key), tuple(identity(getattr(key, field.name)) for field in fields(key))
        return _Compared(key)
    return key  # type: ignore[no-any-return]


class _Compared:
    """What cannot be hashed but compared: one by one, so it is slow."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash(type(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Compared) and bool(self.value == other.value)


# ---- in which order they stand -----------------------------------------------------------------------------------------------


def rank(key: Any) -> tuple[Any, ...]:
    """What sorts keys of all kinds. What JSON does not know (dates, say) comes last and is compared as Python does."""
    if key is None:
        return (0,)
    if isinstance(key, bool):
        return (1, key)
    if isinstance(key, int | float | Decimal):
        return (2, key)
    if isinstance(key, str):
        return (3, key)
    if isinstance(key, list | tuple):
        return (4, tuple(map(rank, key)))
    if isinstance(key, Mapping):
        return (5, tuple(sorted((name, rank(value)) for name, value in key.items())))
    return (6, type(key).__name__, key)


def in_order(keys: Iterable[Any], *, reverse: bool = False) -> list[int]:
    """The indexes of keys in the order in which they stand; of those that are the same, in the order given."""
    found = list(keys)
    kinds = {type(key) for key in found}
    is_uniform = kinds in ({str}, {int}, {float}, {int, float})
    sorting: Callable[[int], Any] = (lambda at: found[at]) if is_uniform else (lambda at: rank(found[at]))
    return sorted(range(len(found)), key=sorting, reverse=reverse)
