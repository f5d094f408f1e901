"""Conditions on keys: one partition and a range within it, as a Query names them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import keys, values
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


class KeyTest(Struct, frozen=True):
    """A condition on one attribute. ``operator`` is =, <, <=, >, >=, BETWEEN or begins_with."""

    name: str
    operator: str
    values: tuple[AttributeValue, ...]


class KeyRange(Struct, frozen=True):
    """A partition, and the sort bytes in it from ``low`` until just before ``high`` (None: to the end)."""

    partition: AttributeValue
    low: bytes
    high: bytes | None


class KeyCondition(Struct, frozen=True):
    """The conditions of a Query, one an attribute."""

    tests: tuple[KeyTest, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(test.name for test in self.tests)

    def for_keys(self, schema: KeySchema) -> KeyRange:
        """What they choose in a table or index with those keys. Raises ValidationFailed where they do not fit it."""
        if len(self.tests) > len(schema.names):
            raise errors.TooManyKeyConditions(count=len(self.tests), count_max=len(schema.names))
        by_name = {test.name: test for test in self.tests}
        partition = by_name.pop(schema.partition.name, None)
        if partition is None:
            raise errors.KeyConditionMissing(name=schema.partition.name)
        if partition.operator != "=":
            raise errors.KeyConditionNotSupported
        sort = by_name.pop(schema.sort.name, None) if schema.sort is not None else None
        if by_name:
            raise errors.KeyConditionMissing(name=schema.sort.name) if schema.sort else errors.KeyConditionNotSupported
        (value,) = _checked(schema.partition, partition, keys.PARTITION_KEY_BYTES_MAX)
        if sort is None or schema.sort is None:
            return KeyRange(value, b"", None)
        encoded = tuple(keys.key_bytes(bound) for bound in _checked(schema.sort, sort, keys.SORT_KEY_BYTES_MAX))
        low, high = _RANGES[sort.operator](*encoded)
        return KeyRange(value, low, high)


_Range: TypeAlias = tuple[bytes, bytes | None]
_RANGES: dict[str, Callable[..., _Range]] = {
    "=": lambda value: (value, keys.just_after(value)),
    "<": lambda value: (b"", value),
    "<=": lambda value: (b"", keys.just_after(value)),
    ">": lambda value: (keys.just_after(value), None),
    ">=": lambda value: (value, None),
    "BETWEEN": lambda low, high: (low, keys.just_after(high)),
    "begins_with": lambda prefix: (prefix, keys.after_prefix(prefix)),
}


def _checked(attribute: KeyAttribute, test: KeyTest, bytes_max: int) -> tuple[AttributeValue, ...]:
    for value in test.values:
        if values.kind_of(value) != attribute.kind:
            raise errors.KeyConditionTypeMismatch
        if not value[attribute.kind] and test.operator != "begins_with":
            raise errors.EmptyKey(kind="string" if attribute.kind == "S" else "binary", name=attribute.name)
        if values.size(value) > bytes_max:
            raise errors.KeyConditionTooLong(bytes_max=bytes_max)
    return test.values


# ---- what an expression may say of keys ------------------------------------------------------------------------------


def key_condition_of(condition: Condition) -> KeyCondition:
    """The tests that a bound condition says. Raises ValidationFailed where it is none of keys."""
    tests: dict[str, KeyTest] = {}
    for part in _parts(condition):
        test = _test(part)
        if test.name in tests:
            raise errors.RepeatedKeyCondition
        tests[test.name] = test
    return KeyCondition(tuple(tests.values()))


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, And):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _test(condition: Condition) -> KeyTest:
    name = _operator_name(condition)
    if isinstance(condition, Comparison):
        return _comparison_test(condition)
    if isinstance(condition, Between):
        operands: tuple[Operand, ...] = (condition.operand, condition.low, condition.high)
    else:
        assert isinstance(condition, Call)
        operands = condition.arguments
    _check_operands(operands)
    if not isinstance(operands[0], Path):
        raise errors.KeyConditionOperandOrder(operator=name)
    return _test_of(name, operands[0], operands[1:])


def _operator_name(condition: Condition) -> str:
    """The operator. Raises errors.OperatorInKeyCondition for those that no key has."""
    if isinstance(condition, Or | Not | In):
        raise errors.OperatorInKeyCondition(operator=type(condition).__name__.upper())
    if isinstance(condition, Call):
        if condition.function != "begins_with":
            raise errors.OperatorInKeyCondition(operator=condition.function)
        return condition.function
    if isinstance(condition, Comparison):
        if condition.operator == "<>":
            raise errors.OperatorInKeyCondition(operator=condition.operator)
        return condition.operator
    return "BETWEEN"


def _comparison_test(comparison: Comparison) -> KeyTest:
    left, right, operator = comparison.left, comparison.right, comparison.operator
    _check_operands((left, right))
    if isinstance(right, Path):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, Path):
        raise errors.NoAttributeInKeyCondition
    return _test_of(operator, left, (right,))


def _check_operands(operands: tuple[Operand, ...]) -> None:
    if any(isinstance(operand, Call) for operand in operands):
        raise errors.NestedKeyCondition
    found = [operand for operand in operands if isinstance(operand, Path)]
    if len(found) > 1:
        raise errors.ManyAttributesInKeyCondition
    if not found:
        raise errors.NoAttributeInKeyCondition
    if len(found[0].elements) > 1:
        raise errors.NestedAttributeInKeyCondition


def _test_of(operator: str, path: Path, operands: tuple[Operand, ...]) -> KeyTest:
    bounds = tuple(operand.value for operand in operands if isinstance(operand, Literal))
    return KeyTest(str(path.elements[0]), operator, bounds)
