"""Document paths: finding their values, how AWS writes them, and which of them get into each other's way."""

from collections.abc import Iterable
from typing import Any

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.values import AttributeValue, Item
from lambent.services.dynamodb.expressions.nodes import Elements


def find(item: Item, elements: Elements) -> AttributeValue | None:
    """The value at a path; None where there is none."""
    value: AttributeValue | None = item.get(elements[0])  # type: ignore[arg-type] # the first is a name
    for element in elements[1:]:
        if value is None:
            return None
        value = step(value, element)
    return value


def step(value: AttributeValue, element: str | int) -> AttributeValue | None:
    """What a map or a list has at one element."""
    inner: AttributeValue | None = None
    if type(element) is int:
        members = value.get("L")
        if members is not None and element < len(members):
            inner = members[element]
    else:
        inner = value.get("M", {}).get(element)
    return inner


def written(elements: Elements) -> str:
    """A path as AWS' messages write it: ``[a, [0], b]``."""
    return "[" + ", ".join(f"[{element}]" if isinstance(element, int) else element for element in elements) + "]"


def check_apart(kind: str, paths: Iterable[Elements]) -> None:
    """Raises errors.OverlappingPaths where one path is within another, ConflictingPaths where they need different types."""
    root: dict[str | int, object] = {}
    conflict: errors.ConflictingPaths | None = None
    for path in paths:
        met = _place(root, path)
        if met is None:
            continue
        other, is_overlap = met
        facts: dict[str, Any] = {"kind": kind, "one": written(other), "two": written(path)}
        if is_overlap:
            raise errors.OverlappingPaths(**facts)
        conflict = conflict or errors.ConflictingPaths(**facts)
    if conflict is not None:
        raise conflict


_LEAF = ""
"""Where a tree of paths keeps the path that ends there; no name is empty."""


def _place(root: dict[str | int, object], path: Elements) -> tuple[Elements, bool] | None:
    """Puts a path into the tree; what it meets there, and whether one is within the other, tells why it does not fit."""
    node = root
    for element in path:
        if node and type(next(iter(node))) is not type(element):
            return _any_path(node), False
        child = node.setdefault(element, {})
        assert isinstance(child, dict)
        if _LEAF in child:
            return child[_LEAF], True
        node = child
    if node:
        return _any_path(node), True
    node[_LEAF] = path
    return None


def _any_path(node: dict[str | int, object]) -> Elements:
    while True:
        key, child = next(iter(node.items()))
        if key == _LEAF:
            assert isinstance(child, tuple)
            return child
        assert isinstance(child, dict)
        node = child
