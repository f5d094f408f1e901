"""Conditions that are ready to be asked of items: trees turned into closures, of which each knows all it can beforehand.

A missing attribute makes a comparison false, except ``<>``; so does another type.
"""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.values import AttributeValue, Item
from lambent.services.dynamodb.expressions import paths
from lambent.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Elements,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from lambent.services.dynamodb.expressions.nodes import Condition as Node

Test: TypeAlias = Callable[[Item], bool]
Getter: TypeAlias = Callable[[Item], AttributeValue | None]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_COMPARED_AS_IS = frozenset({"S", "N", "B", "BOOL", "NULL"})


class Condition(Struct, frozen=True):
    """A condition or a filter."""

    holds_of: Test
    node: Node

    @property
    def names(self) -> frozenset[str]:
        """The attributes that it reads."""
        return frozenset(_names(self.node))

    def holds(self, item: Item | None) -> bool:
        """Whether it is so of an item; one that does not exist has no attributes."""
        return self.holds_of(item if item is not None else {})


def compiled(node: Node) -> Condition:
    """The condition that a bound tree says."""
    return Condition(_test(node), node)


def _names(node: Node | Operand) -> set[str]:
    if type(node) is Path:
        return {str(node.elements[0])}
    inner = _PARTS.get(type(node))
    return set().union(*map(_names, inner(node))) if inner is not None else set()


_PARTS: dict[type, Callable[[Any], tuple[Node | Operand, ...]]] = {
    And: lambda node: node.parts,
    Or: lambda node: node.parts,
    Not: lambda node: (node.part,),
    Call: lambda node: node.arguments,
    Comparison: lambda node: (node.left, node.right),
    Between: lambda node: (node.operand, node.low, node.high),
    In: lambda node: (node.operand, *node.options),
}


def _test(node: Node) -> Test:
    return _TESTS[type(node)](node)


def _negation(node: Not) -> Test:
    inner = _test(node.part)
    return lambda item: not inner(item)


def _between(node: Between) -> Test:
    return _all_of(
        [
            _comparison(Comparison(">=", node.operand, node.low)),
            _comparison(Comparison("<=", node.operand, node.high)),
        ]
    )


def _membership(node: In) -> Test:
    return _any_of([_comparison(Comparison("=", node.operand, option)) for option in node.options])


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda item: first(item) and second(item)

    def test(item: Item) -> bool:
        return all(part(item) for part in tests)

    return test


def _any_of(tests: list[Test]) -> Test:
    def test(item: Item) -> bool:
        return any(part(item) for part in tests)

    return test


# ---- operands --------------------------------------------------------------------------------------------------------


def getter(operand: Operand) -> Getter:
    """What yields an operand's value of an item."""
    if isinstance(operand, Literal):
        value = operand.value
        return lambda _: value
    if isinstance(operand, Path):
        return _path_getter(operand.elements)
    assert isinstance(operand, Call)
    return _size_getter(operand.arguments[0])


def _path_getter(elements: Elements) -> Getter:
    if len(elements) == 1:
        name = str(elements[0])
        return lambda item: item.get(name)
    return lambda item: paths.find(item, elements)


def _size_getter(operand: Operand) -> Getter:
    get = getter(operand)

    def size(item: Item) -> AttributeValue | None:
        value = get(item)
        if value is None:
            return None
        ((kind, content),) = value.items()
        if kind in ("N", "BOOL", "NULL"):
            return None
        return {"N": str(values.text_size(content) if kind == "S" else len(content))}

    return size


# ---- operators -------------------------------------------------------------------------------------------------------


def _comparison(node: Comparison) -> Test:
    if isinstance(node.left, Literal) and not isinstance(node.right, Literal):
        node = Comparison(_MIRRORED[node.operator], node.right, node.left)
    if node.operator == "<>":
        equal = _equality(node.left, node.right)
        return lambda item: not equal(item)
    if node.operator == "=":
        return _equality(node.left, node.right)
    if isinstance(node.right, Literal):
        return _order_to_literal(node.operator, node.left, node.right.value)
    return _order(node.operator, node.left, node.right)


def _equality(left: Operand, right: Operand) -> Test:
    get = getter(left)
    if isinstance(right, Literal) and values.kind_of(right.value) in _COMPARED_AS_IS:
        wanted = right.value
        return lambda item: get(item) == wanted
    other = getter(right)

    def test(item: Item) -> bool:
        ours, theirs = get(item), other(item)
        return ours is not None and theirs is not None and values.are_equal(ours, theirs)

    return test


def _order_to_literal(sign: str, left: Operand, bound: AttributeValue) -> Test:
    get, holds = getter(left), _ORDERS[sign]
    kind = values.kind_of(bound)
    limit: Any = values.order_of(bound)
    if limit is None:
        return lambda _: False
    is_number = kind == "N"

    def test(item: Item) -> bool:
        value = get(item)
        content = value.get(kind) if value is not None else None
        if content is None:
            return False
        return holds(Decimal(content) if is_number else content, limit)

    return test


def _order(sign: str, left: Operand, right: Operand) -> Test:
    get, other, holds = getter(left), getter(right), _ORDERS[sign]

    def test(item: Item) -> bool:
        ours, theirs = get(item), other(item)
        if ours is None or theirs is None or values.kind_of(ours) != values.kind_of(theirs):
            return False
        least = values.order_of(ours)
        return least is not None and holds(least, values.order_of(theirs))

    return test


# ---- functions -------------------------------------------------------------------------------------------------------


def _attribute_exists(path: Operand) -> Test:
    get = getter(path)
    return lambda item: get(item) is not None


def _attribute_not_exists(path: Operand) -> Test:
    get = getter(path)
    return lambda item: get(item) is None


def _attribute_type(path: Operand, type_name: Operand) -> Test:
    assert isinstance(type_name, Literal)
    get, kind = getter(path), type_name.value["S"]

    def test(item: Item) -> bool:
        value = get(item)
        return value is not None and kind in value

    return test


def _begins_with(operand: Operand, prefix: Operand) -> Test:
    get, get_prefix = getter(operand), getter(prefix)

    def test(item: Item) -> bool:
        value, start = get(item), get_prefix(item)
        if value is None or start is None:
            return False
        ((kind, content),) = value.items()
        is_same_type = kind in ("S", "B") and kind in start
        return is_same_type and bool(content.startswith(start[kind]))

    return test


def _contains(operand: Operand, member: Operand) -> Test:
    get, get_member = getter(operand), getter(member)

    def test(item: Item) -> bool:
        value, wanted = get(item), get_member(item)
        return value is not None and wanted is not None and has_member(value, wanted)

    return test


def has_member(value: AttributeValue, wanted: AttributeValue) -> bool:
    """Whether a text or binary has that part, a set or a list that member."""
    ((kind, content),) = value.items()
    if kind == "L":
        return any(values.are_equal(member, wanted) for member in content)
    part = wanted.get(kind[0]) if kind in ("S", "B", "SS", "NS", "BS") else None
    return part is not None and part in content


_FUNCTIONS: dict[str, Callable[..., Test]] = {
    "attribute_exists": _attribute_exists,
    "attribute_not_exists": _attribute_not_exists,
    "attribute_type": _attribute_type,
    "begins_with": _begins_with,
    "contains": _contains,
}

_TESTS: dict[type, Callable[[Any], Test]] = {
    And: lambda node: _all_of([_test(part) for part in node.parts]),
    Or: lambda node: _any_of([_test(part) for part in node.parts]),
    Not: _negation,
    Comparison: _comparison,
    Between: _between,
    In: _membership,
    Call: lambda node: _FUNCTIONS[node.function](*node.arguments),
}
