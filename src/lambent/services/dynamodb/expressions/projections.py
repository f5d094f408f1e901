"""Projections: the parts of an item that a request asks for, in the shape in which they stand there.

Of a list the chosen elements close up, in their order; a part that is not there leaves nothing behind.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from msgspec import Struct

from lambent.services.dynamodb.engine.values import AttributeValue, Item
from lambent.services.dynamodb.expressions.nodes import Elements

_Tree: TypeAlias = dict[Any, Any]
"""Steps to further trees; an empty one takes all that is there."""


class Projection(Struct, frozen=True):
    """Which parts of items. ``names`` are the attributes that it reads."""

    names: frozenset[str]
    has_whole_attributes_only: bool
    _tree: _Tree

    def of(self, item: Item) -> Item:
        """The parts of ``item``, which it shares."""
        if self.has_whole_attributes_only:
            return {name: item[name] for name in self._tree if name in item}
        return _part_of_map(item, self._tree)


def projection_of(paths: Iterable[Elements]) -> Projection:
    """The projection to paths, of which none is within another."""
    tree: _Tree = {}
    for path in paths:
        node = tree
        for element in path:
            node = node.setdefault(element, {})
    return Projection(frozenset(tree), not any(tree.values()), tree)


def _part(value: AttributeValue, tree: _Tree) -> AttributeValue | None:
    if not tree:
        return value
    ((kind, content),) = value.items()
    if kind == "M" and type(next(iter(tree))) is str:
        members = _part_of_map(content, tree)
        return {"M": members} if members else None
    if kind == "L" and type(next(iter(tree))) is int:
        chosen = [_part(content[index], tree[index]) for index in sorted(tree) if index < len(content)]
        parts = [part for part in chosen if part is not None]
        return {"L": parts} if parts else None
    return None


def _part_of_map(members: Item, tree: _Tree) -> Item:
    parts: Item = {}
    for name, inner in tree.items():
        value = members.get(name)
        part = _part(value, inner) if value is not None else None
        if part is not None:
            parts[name] = part
    return parts
