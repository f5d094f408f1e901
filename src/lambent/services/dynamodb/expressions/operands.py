"""What operators and functions may be given: how many operands, paths or values, and values of which types."""

from typing import Any

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions import paths
from lambent.services.dynamodb.expressions.nodes import (
    Add,
    Between,
    Call,
    Comparison,
    Delete,
    In,
    Literal,
    Operand,
    Path,
    Sum,
)

OPTIONS_MAX = 100
_COUNTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
_NEED_PATH = frozenset({"attribute_exists", "attribute_not_exists", "if_not_exists"})
_ORDERED = frozenset({"S", "N", "B"})
_TEXTS = frozenset({"S", "B"})
_LISTS = frozenset({"L"})
_NUMBERS = frozenset({"N"})
_SIZED = frozenset(values.TYPES) - {"N", "BOOL", "NULL"}
_SPELT_OUT = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}
_ALL_TYPES = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"


def checked_call(kind: str, call: Call) -> Call:
    """A function whose arguments are as it needs them. Raises errors.InvalidExpression."""
    function, arguments = call.function, call.arguments
    if len(arguments) != _COUNTS[function]:
        raise errors.OperandCount(kind=kind, function=function, count=len(arguments))
    _check_distinct(kind, function, arguments)
    if function in _NEED_PATH and not isinstance(arguments[0], Path):
        raise errors.OperandIsNoPath(kind=kind, function=function)
    if function == "begins_with":
        _check_types(kind, function, arguments, _TEXTS)
    elif function == "size":
        _check_types(kind, function, arguments, _SIZED)
    elif function == "list_append":
        _check_types(kind, function, arguments, _LISTS)
    elif function == "attribute_type":
        _check_type_name(kind, arguments[1])
    return call


def checked_comparison(kind: str, comparison: Comparison) -> Comparison:
    operands = (comparison.left, comparison.right)
    _check_distinct(kind, comparison.operator, operands)
    if comparison.operator not in ("=", "<>"):
        _check_types(kind, comparison.operator, operands, _ORDERED)
    return comparison


def checked_between(kind: str, between: Between) -> Between:
    _check_types(kind, "BETWEEN", (between.operand, between.low, between.high), _ORDERED)
    if isinstance(between.low, Literal) and isinstance(between.high, Literal):
        _check_bounds(kind, between.low.value, between.high.value)
    return between


def checked_in(kind: str, condition: In) -> In:
    if len(condition.options) > OPTIONS_MAX:
        raise errors.TooManyOptions(kind=kind, count=len(condition.options))
    return condition


def checked_sum(kind: str, operand: Sum) -> Sum:
    _check_types(kind, operand.sign, (operand.left, operand.right), _NUMBERS)
    return operand


def checked_clause(kind: str, action: Add | Delete) -> Add | Delete:
    """ADD takes a number or a set, DELETE a set."""
    assert isinstance(action.value, Literal)
    type_name = values.kind_of(action.value.value)
    is_add = isinstance(action, Add)
    if type_name in values.SETS or (is_add and type_name == "N"):
        return action
    raise errors.ClauseOperandType(kind=kind, clause="ADD" if is_add else "DELETE", type=_SPELT_OUT[type_name])


def _check_distinct(kind: str, function: str, operands: tuple[Operand, ...]) -> None:
    if len(operands) == 2 and isinstance(operands[0], Path) and operands[0] == operands[1] and function not in _UPDATING:
        raise errors.OperandsNotDistinct(kind=kind, function=function, operand=paths.written(operands[0].elements))


_UPDATING = frozenset({"if_not_exists", "list_append"})


def _check_types(kind: str, function: str, operands: tuple[Operand, ...], allowed: frozenset[str]) -> None:
    """Checks the operands whose type is known before there is an item."""
    for operand in operands:
        type_name = _type_of(operand)
        if type_name is not None and type_name not in allowed:
            raise errors.OperandType(kind=kind, function=function, type=type_name)


def _type_of(operand: Operand) -> str | None:
    if isinstance(operand, Literal):
        return values.kind_of(operand.value)
    if isinstance(operand, Call):
        return {"size": "N", "list_append": "L"}.get(operand.function)
    return "N" if isinstance(operand, Sum) else None


def _check_type_name(kind: str, operand: Operand) -> None:
    type_name = _type_of(operand)
    if type_name != "S":
        raise errors.OperandType(kind=kind, function="attribute_type", type=type_name or _ALL_TYPES)
    assert isinstance(operand, Literal)
    if operand.value["S"] not in values.TYPES:
        raise errors.UnknownType(kind=kind, type=operand.value["S"])


def _check_bounds(kind: str, low: AttributeValue, high: AttributeValue) -> None:
    facts: dict[str, Any] = {"kind": kind, "low": _shown(low), "high": _shown(high)}
    if values.kind_of(low) != values.kind_of(high):
        raise errors.BoundsOfTwoTypes(**facts)
    least: Any = values.order_of(low)
    if least > values.order_of(high):
        raise errors.BoundsOutOfOrder(**facts)


def _shown(value: AttributeValue) -> str:
    ((kind, content),) = value.items()
    return f"{{{kind}:{content}}}"
