"""The tests of a Choice in JSONPath: comparison operators, And, Or, Not, compiled to closures.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-choice-state.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lambent.lang import globs
from lambent.lang.intrinsics import Expression, ValueNotFound, compiled_path
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.views import View

Test = Callable[[View], bool]
Comparison = Callable[[Any, Any], bool]
Convert = Callable[[Any], Any]
"""The value as it is compared, or None where it is of another type."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PIECES = re.compile(r"\\[*\\]|\*|[^*\\]+|\\")


class InvalidRule(ValueError):
    """A rule that is none; the message says why."""


def moment(value: Any) -> datetime | None:
    """The instant that a timestamp of RFC 3339 spells."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_ORDERS: Mapping[str, Comparison] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_TYPES: Mapping[str, tuple[Convert, Mapping[str, Comparison]]] = {
    "String": (_string, _ORDERS),
    "Numeric": (_number, _ORDERS),
    "Timestamp": (moment, _ORDERS),
    "Boolean": (_boolean, {"Equals": operator.eq}),
}
_COMPARISONS: Mapping[str, tuple[Convert, Comparison]] = {
    f"{type_name}{order}": (convert, compare)
    for type_name, (convert, orders) in _TYPES.items()
    for order, compare in orders.items()
}
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: moment(value) is not None,
}
OPERATORS = frozenset(
    {*_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), *_KINDS, "StringMatches", "IsPresent", "And", "Or", "Not"}
)
DATA_ONLY = frozenset({"Next", "Comment", "Assign", "Output", "Variable"})


def compile_test(rule: Mapping[str, Any]) -> Test:
    """Raises InvalidRule, InvalidExpression."""
    named = [name for name in rule if name in OPERATORS]
    if len(named) != 1:
        raise InvalidRule(f"a rule has one operator, not {len(named)}")
    name = named[0]
    given = rule[name]
    if name in ("And", "Or"):
        if not isinstance(given, list) or not given:
            raise InvalidRule(f"{name} is a list of rules")
        tests = [compile_test(one) for one in given]
        return _all(tests) if name == "And" else _any(tests)
    if name == "Not":
        test = compile_test(given)
        return lambda view: not test(view)
    if not isinstance(rule.get("Variable"), str):
        raise InvalidRule("Variable is missing")
    return _comparison(name, given, compiled_path(rule["Variable"]))


def _all(tests: list[Test]) -> Test:
    return lambda view: all(test(view) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda view: any(test(view) for test in tests)


def _comparison(name: str, given: Any, variable: Expression) -> Test:
    if name == "IsPresent":
        return lambda view: _is_present(view, variable) is given
    if name in _KINDS:
        is_kind = _KINDS[name]
        return lambda view: is_kind(_look(view, variable)) is given
    if name == "StringMatches":
        matches = _pattern(given)
        return lambda view: _matches(matches, _look(view, variable))
    convert, compare = _COMPARISONS[name.removesuffix("Path")]
    if name.endswith("Path"):
        other = compiled_path(given)
        return lambda view: _compared(convert, compare, _look(view, variable), _look(view, other))
    expected = convert(given)
    if expected is None:
        raise InvalidRule(f"{name} has a value of another type")
    return lambda view: _compared(convert, compare, _look(view, variable), given)


def _compared(convert: Convert, compare: Comparison, left: Any, right: Any) -> bool:
    a, b = convert(left), convert(right)
    return a is not None and b is not None and compare(a, b)


def _is_present(view: View, path: Expression) -> bool:
    try:
        path.evaluate(view.document, view.context, view.variables)
    except ValueNotFound:
        return False
    return True


def _look(view: View, path: Expression) -> Any:
    try:
        return path.evaluate(view.document, view.context, view.variables)
    except ValueNotFound as failure:
        raise view.failed(
            failures.RUNTIME,
            f"Invalid path '{failure.text}': The choice state's condition path references an invalid value.",
        ) from failure


def _pattern(text: Any) -> Callable[[str], bool]:
    """``*`` stands for anything, ``\\\\*`` for itself."""
    if not isinstance(text, str):
        raise InvalidRule("StringMatches is a string")
    parts = [""]
    for piece in _PIECES.findall(text):
        if piece == "*":
            parts.append("")
        else:
            parts[-1] += piece[1:] if piece in (r"\*", r"\\") else piece
    return globs.matcher(parts)


def _matches(matches: Callable[[str], bool], value: Any) -> bool:
    return isinstance(value, str) and matches(value)
