"""The parameters that requests had before there were expressions, said as the same conditions, updates and projections.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions import conditions
from lambent.services.dynamodb.expressions import legacy_errors as refused
from lambent.services.dynamodb.expressions.conditions import Condition
from lambent.services.dynamodb.expressions.key_conditions import KeyCondition, KeyTest
from lambent.services.dynamodb.expressions.nodes import (
    Action,
    Add,
    And,
    Between,
    Call,
    Comparison,
    Delete,
    In,
    Literal,
    Not,
    Or,
    Path,
    Remove,
    Set,
)
from lambent.services.dynamodb.expressions.nodes import Condition as Node
from lambent.services.dynamodb.expressions.projections import Projection, projection_of
from lambent.services.dynamodb.expressions.updates import Update

CONDITIONS_MAX = 2
"""On the keys of one Query."""

_COUNTS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "BETWEEN": (2, 2), "IN": (1, 100)}
_SCALARS = frozenset({"S", "N", "B"})
_TYPES = dict.fromkeys(("LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "IN", "BETWEEN"), _SCALARS) | {
    "BEGINS_WITH": frozenset({"S", "B"})
}
_KEY_OPERATORS = {
    "EQ": "=",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
}


def check_parameters(parameters: Mapping[str, Any], *, legacy: Sequence[str], expressions: Sequence[str]) -> None:
    """Raises ValidationFailed where a request mixes both kinds, or names and values come without expressions.

    ``legacy`` and ``expressions`` are the parameters of each kind that the operation has.
    """
    used = [name for name in expressions if parameters.get(name) is not None]
    old = [name for name in legacy if parameters.get(name) is not None]
    # A Query may still name its keys in the old way while it filters in the new.
    if "KeyConditions" in old and "KeyConditionExpression" not in used:
        old.remove("KeyConditions")
    if used and old:
        raise errors.MixedParameters(legacy=", ".join(old), expressions=", ".join(used))
    if parameters.get("ExpressionAttributeNames") is not None and not used:
        raise errors.NamesWithoutExpressions
    with_values = [name for name in expressions if name != "ProjectionExpression"]
    if parameters.get("ExpressionAttributeValues") is not None and with_values and not set(with_values) & set(used):
        verb = "are" if len(with_values) > 1 else "is"
        raise errors.ValuesWithoutExpressions(missing=f"{' and '.join(with_values)} {verb}")


def projection(attributes_to_get: Sequence[str]) -> Projection:
    """AttributesToGet: whole attributes, whatever their names contain."""
    seen: set[str] = set()
    for name in attributes_to_get:
        if name in seen:
            raise refused.DuplicateAttribute(name=name)
        seen.add(values.checked_name(name))
    return projection_of((name,) for name in attributes_to_get)


# ---- conditions ------------------------------------------------------------------------------------------------------


def condition(expected: Mapping[str, Mapping[str, Any]] | None, operator: str | None) -> Condition:
    """Expected and ConditionalOperator. Raises ValidationFailed."""
    _check_operator(expected, operator)
    return _joined([_expectation(name, given) for name, given in (expected or {}).items()], operator)


def filter(query_filter: Mapping[str, Mapping[str, Any]] | None, operator: str | None) -> Condition:  # noqa: A001 (AWS' word)
    """QueryFilter or ScanFilter, and ConditionalOperator. Raises ValidationFailed."""
    _check_operator(query_filter, operator)
    return _joined([_comparison(name, given) for name, given in (query_filter or {}).items()], operator)


def key_condition(key_conditions: Mapping[str, Mapping[str, Any]]) -> KeyCondition:
    """KeyConditions. Raises ValidationFailed."""
    tests = []
    for name, given in key_conditions.items():
        operator, arguments = given["ComparisonOperator"], _arguments(given)
        _check_arguments(operator, arguments)
        tests.append((name, operator, arguments))
    if not 1 <= len(tests) <= CONDITIONS_MAX:
        raise errors.KeyConditionCount
    if any(operator not in _KEY_OPERATORS for _, operator, _ in tests):
        raise refused.OperatorNotIndexable
    return KeyCondition(tuple(KeyTest(name, _KEY_OPERATORS[operator], arguments) for name, operator, arguments in tests))


def _check_operator(conditions_given: Mapping[str, Any] | None, operator: str | None) -> None:
    if operator is None:
        return
    if not conditions_given:
        raise refused.ConditionalOperatorAlone
    if len(conditions_given) < 2:
        raise refused.ConditionalOperatorOfOne


def _joined(tests: list[Node], operator: str | None) -> Condition:
    if len(tests) == 1:
        return conditions.compiled(tests[0])
    return conditions.compiled(Or(tuple(tests)) if operator == "OR" else And(tuple(tests)))


def _expectation(name: str, given: Mapping[str, Any]) -> Node:
    has_value, has_list = given.get("Value") is not None, given.get("AttributeValueList") is not None
    operator, exists = given.get("ComparisonOperator"), given.get("Exists")
    if has_value and has_list:
        raise refused.OneOfTwoOnly(one="Value", other="AttributeValueList", name=name)
    if operator is not None:
        if exists is not None:
            raise refused.OneOfTwoOnly(one="Exists", other="ComparisonOperator", name=name)
        if operator not in ("NULL", "NOT_NULL") and not has_value and not has_list:
            raise refused.OperatorWithoutValue(operator=operator, name=name)
        return _comparison(name, given)
    if has_list:
        raise refused.ValuesWithoutOperator(name=name)
    if exists is False:
        if has_value:
            raise refused.ExpectedAbsentWithValue(name=name)
        return Call("attribute_not_exists", (Path((name,)),))
    if not has_value:
        raise refused.ExpectedWithoutValue(exists="null" if exists is None else "true", name=name)
    return Comparison("=", Path((name,)), Literal(values.checked(given["Value"])))


def _comparison(name: str, given: Mapping[str, Any]) -> Node:
    operator, arguments = given["ComparisonOperator"], _arguments(given)
    _check_arguments(operator, arguments)
    return _OPERATORS[operator](Path((name,)), *map(Literal, arguments))


def _arguments(given: Mapping[str, Any]) -> tuple[AttributeValue, ...]:
    listed = [given["Value"]] if given.get("Value") is not None else given.get("AttributeValueList") or ()
    return tuple(values.checked(value) for value in listed)


def _check_arguments(operator: str, arguments: tuple[AttributeValue, ...]) -> None:
    least, most = _COUNTS.get(operator, (1, 1))
    if not least <= len(arguments) <= most:
        raise refused.ArgumentCount(operator=operator)
    kinds = [values.kind_of(argument) for argument in arguments]
    if len(set(kinds)) > 1:
        raise refused.ArgumentsOfManyTypes
    for kind in kinds:
        if operator in _TYPES and kind not in _TYPES[operator]:
            raise refused.ArgumentType(operator=operator, type=kind)
    if operator == "BETWEEN":
        low: Any = values.order_of(arguments[0])
        if low > values.order_of(arguments[1]):
            raise refused.ArgumentsOutOfOrder


_OPERATORS: dict[str, Callable[..., Node]] = {
    "EQ": lambda path, value: Comparison("=", path, value),
    "NE": lambda path, value: Comparison("<>", path, value),
    "LE": lambda path, value: Comparison("<=", path, value),
    "LT": lambda path, value: Comparison("<", path, value),
    "GE": lambda path, value: Comparison(">=", path, value),
    "GT": lambda path, value: Comparison(">", path, value),
    "NULL": lambda path: Call("attribute_not_exists", (path,)),
    "NOT_NULL": lambda path: Call("attribute_exists", (path,)),
    "CONTAINS": lambda path, value: Call("contains", (path, value)),
    # Of an attribute that is not there neither CONTAINS nor NOT_CONTAINS holds.
    "NOT_CONTAINS": lambda path, value: And((Call("attribute_exists", (path,)), Not(Call("contains", (path, value))))),
    "BEGINS_WITH": lambda path, value: Call("begins_with", (path, value)),
    "IN": lambda path, *options: In(path, options),
    "BETWEEN": lambda path, low, high: Between(path, low, high),
}


# ---- updates ---------------------------------------------------------------------------------------------------------


def update(attribute_updates: Mapping[str, Mapping[str, Any]]) -> Update:
    """AttributeUpdates. Raises ValidationFailed."""
    actions = tuple(_action(name, given) for name, given in attribute_updates.items())
    return Update(actions, errors.LegacyUpdateTypeMismatch)


def _action(name: str, given: Mapping[str, Any]) -> Action:
    action, path = given.get("Action") or "PUT", Path((values.checked_name(name),))
    if given.get("Value") is None:
        if action != "DELETE":
            raise refused.UpdateWithoutValue
        return Remove(path)
    value = values.checked(given["Value"])
    kind = values.kind_of(value)
    if action == "PUT":
        return Set(path, Literal(value))
    if action == "DELETE":
        if kind not in values.SETS:
            raise refused.LegacyDeleteType(type=kind)
        return Delete(path, Literal(value))
    if kind == "L":
        present = Call("if_not_exists", (path, Literal({"L": []})))
        return Set(path, Call("list_append", (present, Literal(value))))
    if kind != "N" and kind not in values.SETS:
        raise refused.LegacyAddType(type=kind)
    return Add(path, Literal(value))
