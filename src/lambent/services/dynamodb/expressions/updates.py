"""Updates: what becomes of an item. All that is read is the item as it was before.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import numbers, values
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.values import AttributeValue, Item
from lambent.services.dynamodb.expressions import paths
from lambent.services.dynamodb.expressions.nodes import (
    Action,
    Add,
    Call,
    Delete,
    Elements,
    Literal,
    Operand,
    Path,
    Remove,
    Set,
    Sum,
)
from lambent.services.dynamodb.expressions.projections import projection_of


class Updated(Struct, frozen=True):
    """An item after an update; ``before`` is never changed, and they may share what is the same."""

    before: Item
    item: Item
    _paths: tuple[Elements, ...]

    @property
    def updated_old(self) -> Item:
        """What UPDATED_OLD returns: what stood at the paths that the update names."""
        return projection_of(self._paths).of(self.before)

    @property
    def updated_new(self) -> Item:
        """What UPDATED_NEW returns: what stands at the paths that the update names, as AWS takes them, by the letter.

        So ``SET a[9]`` of a shorter list returns nothing, and ``REMOVE a[1]`` the element that moved up.
        """
        return projection_of(self._paths).of(self.item)


class Update(Struct, frozen=True):
    """What to change. ``names`` are the attributes that it changes; ``mismatch`` is said of operands of a wrong type."""

    actions: tuple[Action, ...]
    mismatch: type[errors.ValidationFailed] = errors.UpdateOperandType

    @property
    def names(self) -> frozenset[str]:
        return frozenset(str(action.path.elements[0]) for action in self.actions)

    def check_keys(self, schema: KeySchema) -> None:
        """Raises errors.KeyUpdate where it would change an attribute of the table's key."""
        names = self.names
        for name in schema.names:
            if name in names:
                raise errors.KeyUpdate(name=name)

    def apply(self, item: Item) -> Updated:
        """The item as it becomes. Raises ValidationFailed where the item is not as the update needs it.

        Its size and its keys are the caller's to check.
        """
        work = _Work(item, self.mismatch)
        for action in self.actions:
            _APPLY[type(action)](work, action)
        work.finish()
        return Updated(item, work.after, tuple(action.path.elements for action in self.actions))


class _Work:
    """An item in the course of an update: a copy, whose nested attributes are copied when first written to."""

    def __init__(self, before: Item, mismatch: type[errors.ValidationFailed]) -> None:
        self.before = before
        self.after: Item = dict(before)
        self.mismatch = mismatch
        self._own: set[str] = set()
        self._appended: dict[Elements, list[tuple[int, AttributeValue]]] = {}
        self._removed: dict[Elements, list[int]] = {}

    def value_at(self, elements: Elements) -> AttributeValue | None:
        return paths.find(self.before, elements)

    def put(self, elements: Elements, value: AttributeValue) -> None:
        if len(elements) - 1 + _levels(value) > values.NESTING_LEVELS_MAX:
            raise errors.NestedTooDeep
        members = self._members_around(elements)
        last = elements[-1]
        if isinstance(members, list):
            assert isinstance(last, int)
            if last >= len(members):
                self._appended.setdefault(elements[:-1], []).append((last, value))
                return
        members[last] = value

    def remove(self, elements: Elements) -> None:
        members = self._members_around(elements)
        last = elements[-1]
        if isinstance(members, dict):
            members.pop(last, None)
        elif isinstance(last, int) and last < len(members):
            # Every index of an update is one of the item before, so the list closes up at the end.
            self._removed.setdefault(elements[:-1], []).append(last)

    def finish(self) -> None:
        """Closes up lists where elements were removed, then appends what stands beyond their ends, in order of its indexes."""
        for elements, indexes in self._removed.items():
            members = self._members_of(elements)
            for index in sorted(indexes, reverse=True):
                del members[index]
        for elements, additions in self._appended.items():
            members = self._members_of(elements)
            members.extend(value for _, value in sorted(additions, key=lambda addition: addition[0]))

    def _members_around(self, elements: Elements) -> Any:
        """The list or map, of the copy, that has the last element of a path. Raises errors.PathInvalidForUpdate."""
        if len(elements) == 1:
            return self.after
        members = self._members_of(elements[:-1])
        if not isinstance(members, list if isinstance(elements[-1], int) else dict):
            raise errors.PathInvalidForUpdate
        return members

    def _members_of(self, elements: Elements) -> Any:
        name = str(elements[0])
        if name not in self._own and name in self.after:
            self.after[name] = _copied(self.after[name])
            self._own.add(name)
        value = paths.find(self.after, elements)
        if value is None:
            raise errors.PathInvalidForUpdate
        return value.get("L", value.get("M"))


def _copied(value: AttributeValue) -> AttributeValue:
    ((kind, content),) = value.items()
    if kind == "M":
        return {kind: {name: _copied(member) for name, member in content.items()}}
    if kind == "L":
        return {kind: [_copied(member) for member in content]}
    return value


def _levels(value: AttributeValue) -> int:
    """The levels of a document, of which the value itself is the first."""
    ((kind, content),) = value.items()
    if kind == "L":
        return 1 + max(map(_levels, content), default=0)
    if kind == "M":
        return 1 + max(map(_levels, content.values()), default=0)
    return 1


# ---- actions ---------------------------------------------------------------------------------------------------------


def _set(work: _Work, action: Set) -> None:
    work.put(action.path.elements, _value(work, action.value))


def _remove(work: _Work, action: Remove) -> None:
    work.remove(action.path.elements)


def _add(work: _Work, action: Add) -> None:
    addition = _literal(action.value)
    ((kind, content),) = addition.items()
    present = work.value_at(action.path.elements)
    if present is None:
        result = addition
    elif kind not in present:
        raise work.mismatch
    elif kind == "N":
        result = {"N": numbers.total(present["N"], content)}
    else:
        had = set(present[kind])
        members = present[kind] + [member for member in content if member not in had]
        # AWS keeps texts and binaries in their order; of numbers none was recorded.
        result = {kind: members if kind == "NS" else sorted(members)}
    work.put(action.path.elements, result)


def _delete(work: _Work, action: Delete) -> None:
    ((kind, content),) = _literal(action.value).items()
    present = work.value_at(action.path.elements)
    if present is None:
        return
    if kind not in present:
        raise work.mismatch
    rest = [member for member in present[kind] if member not in content]
    if rest:
        work.put(action.path.elements, {kind: rest})
    else:
        work.remove(action.path.elements)


_APPLY: dict[type[Action], Callable[[_Work, Any], None]] = {Set: _set, Remove: _remove, Add: _add, Delete: _delete}


def _literal(operand: Operand) -> AttributeValue:
    assert isinstance(operand, Literal)
    return operand.value


# ---- values of SET ---------------------------------------------------------------------------------------------------


def _value(work: _Work, operand: Operand) -> AttributeValue:
    if isinstance(operand, Literal):
        return operand.value
    if isinstance(operand, Path):
        present = work.value_at(operand.elements)
        if present is None:
            raise errors.AttributeDoesNotExist
        return present
    if isinstance(operand, Sum):
        compute = numbers.total if operand.sign == "+" else numbers.difference
        return {"N": compute(_content(work, operand.left, "N"), _content(work, operand.right, "N"))}
    assert isinstance(operand, Call)
    first, second = operand.arguments
    if operand.function == "if_not_exists":
        assert isinstance(first, Path)
        present = work.value_at(first.elements)
        return present if present is not None else _value(work, second)
    return {"L": _content(work, first, "L") + _content(work, second, "L")}


def _content(work: _Work, operand: Operand, kind: str) -> Any:
    value = _value(work, operand)
    if kind not in value:
        raise work.mismatch
    return value[kind]
