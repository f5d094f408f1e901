"""Comparisons of one value with what a pattern says: texts with wildcards, numbers, regular expressions."""

import operator
import re
from collections.abc import Callable

from lambent.services.logs import errors
from lambent.services.logs.filter_pattern import regexes

Scalar = str | int | float
Comparison = Callable[[Scalar], bool]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def number_of(text: str) -> float | None:
    """The number that ``text`` spells, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def compare(sign: str, value: str) -> Comparison:
    """What ``sign value`` asks, the value as it stands in the pattern. Raises InvalidPattern."""
    if sign in _ORDERS:
        return _by_order(_ORDERS[sign], value)
    equals = _equality(value)
    if sign == "=":
        return equals
    return lambda scalar: not equals(scalar)


def _by_order(order: Callable[[float, float], bool], value: str) -> Comparison:
    limit = number_of(value)
    if limit is None:
        raise errors.InvalidPattern()

    def compared(scalar: Scalar) -> bool:
        number = number_of(scalar) if isinstance(scalar, str) else scalar
        return number is not None and order(number, limit)

    return compared


def _equality(value: str) -> Comparison:
    if len(value) >= 2 and value[0] == value[-1] == "%":
        find = regexes.compiled(value[1:-1])
        return lambda scalar: find(as_text(scalar)) is not None
    is_quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    text = unquoted(value) if is_quoted else value
    number = None if is_quoted else number_of(text)
    same = _same_text(text)
    if number is None:
        return lambda scalar: same(as_text(scalar))
    return lambda scalar: scalar == number if not isinstance(scalar, str) else same(scalar)


def _same_text(text: str) -> Callable[[str], bool]:
    """A ``*`` at the beginning or at the end stands for any text; elsewhere for itself."""
    is_open_before, is_open_behind = text.startswith("*"), text.endswith("*")
    core = text.strip("*") if is_open_before or is_open_behind else text
    if not core and text:
        return lambda _: True
    if is_open_before and is_open_behind:
        return lambda other: core in other
    if is_open_before:
        return lambda other: other.endswith(core)
    if is_open_behind:
        return lambda other: other.startswith(core)
    return lambda other: other == core


def unquoted(text: str) -> str:
    """A quoted text without its quotes and with its escapes resolved."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def as_text(scalar: Scalar) -> str:
    """As it stands in JSON."""
    if isinstance(scalar, str):
        return scalar
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return f"{scalar:g}" if isinstance(scalar, float) and not scalar.is_integer() else str(int(scalar))
