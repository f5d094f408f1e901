"""What stands in ``[?( … )]``: conditions on a node, compiled to closures as they are parsed.

Compared as Jayway compares: numbers and strings with their like, ``==`` also a number with the string that spells it, and what
is not there is unequal to everything. ``=~`` matches the whole string, by an engine that takes time in proportion to it.
"""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

import re2

from lambent.lang.jsonpath.reading import Reader
from lambent.lang.jsonpath.steps import Condition, Operand, Root

ABSENT: Final = object()
PATTERN_MEMORY_BYTES_MAX = 1 << 20

ParsePath = Callable[[Reader], Operand]
Comparison = Callable[[object, object], bool]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD = re.compile(r"(true|false|null)\b")
_PATTERN = re.compile(r"/((?:\\.|[^/\\])+)/([a-z]*)", re.DOTALL)
_OPERATOR = re.compile(r"===|!==|==|!=|<=|>=|=~|<|>|(?:in|nin|subsetof|anyof|noneof|contains|size|empty)\b", re.IGNORECASE)
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


def parse_condition(reader: Reader, parse_path: ParsePath) -> Condition:
    """The condition in parentheses that begins here."""
    reader.deeper()
    reader.expect("(")
    condition = _either(reader, parse_path)
    reader.skip_blanks()
    reader.expect(")")
    reader.shallower()
    return condition


def parse_operand(reader: Reader, parse_path: ParsePath) -> Operand:
    """A path, or a value as JSON writes it, strings also in single quotes."""
    reader.skip_blanks()
    if reader.peek() in ("@", "$"):
        return parse_path(reader)
    value = _literal(reader)
    return lambda _root, _node: value


# ---- && || ! -----------------------------------------------------------------------------------------------------------


def _either(reader: Reader, parse_path: ParsePath) -> Condition:
    conditions = [_both(reader, parse_path)]
    while _take(reader, "||"):
        conditions.append(_both(reader, parse_path))
    if len(conditions) == 1:
        return conditions[0]
    return lambda root, node: any(condition(root, node) for condition in conditions)


def _both(reader: Reader, parse_path: ParsePath) -> Condition:
    conditions = [_single(reader, parse_path)]
    while _take(reader, "&&"):
        conditions.append(_single(reader, parse_path))
    if len(conditions) == 1:
        return conditions[0]
    return lambda root, node: all(condition(root, node) for condition in conditions)


def _single(reader: Reader, parse_path: ParsePath) -> Condition:
    reader.skip_blanks()
    if reader.peek() == "!" and reader.peek(2) != "!=":
        reader.deeper()
        reader.take("!")
        denied = _single(reader, parse_path)
        reader.shallower()
        return lambda root, node: not denied(root, node)
    if reader.peek() == "(":
        return parse_condition(reader, parse_path)
    return _comparison(reader, parse_path)


def _take(reader: Reader, token: str) -> bool:
    reader.skip_blanks()
    return reader.take(token)


# ---- comparisons ---------------------------------------------------------------------------------------------------------


def _comparison(reader: Reader, parse_path: ParsePath) -> Condition:
    left = parse_operand(reader, parse_path)
    reader.skip_blanks()
    found = reader.match(_OPERATOR)
    if found is None:
        return lambda root, node: left(root, node) is not ABSENT
    name = found[0].lower()
    reader.skip_blanks()
    if name == "=~":
        return _matching(reader, left)
    compare, right = _COMPARISONS[name], parse_operand(reader, parse_path)
    return lambda root, node: compare(left(root, node), right(root, node))


def _matching(reader: Reader, left: Operand) -> Condition:
    found = reader.match(_PATTERN)
    if found is None:
        reader.refuse("Expected a regular expression between slashes")
    options = re2.Options()
    options.log_errors, options.max_mem = False, PATTERN_MEMORY_BYTES_MAX
    options.case_sensitive = "i" not in found[2]
    try:
        pattern = re2.compile(found[1].replace("\\/", "/"), options)
    except re2.error:
        reader.refuse(f"No valid regular expression: {found[1]}")

    def matches(root: Root, node: object) -> bool:
        value = left(root, node)
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return matches


def is_number(value: object) -> bool:
    """Whether it is a JSON number: to Python a boolean is one as well."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def are_equal(left: object, right: object) -> bool:
    """As JSON values: 1 equals 1.0, but not true."""
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            pairs.extend((value, other[name]) for name, value in one.items())
        elif isinstance(one, list | dict) or isinstance(one, bool) != isinstance(other, bool) or one != other:
            return False
    return True


def _are_alike(left: object, right: object) -> bool:
    if is_number(left) and isinstance(right, str):
        return _number(right) == left
    if isinstance(left, str) and is_number(right):
        return left == str(right)
    return left is not ABSENT and right is not ABSENT and are_equal(left, right)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _ordered(compare: Callable[[Any, Any], object]) -> Comparison:
    def holds(left: object, right: object) -> bool:
        is_comparable = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        return is_comparable and bool(compare(left, right))

    return holds


def _is_in(left: object, right: object) -> bool:
    return isinstance(right, list) and any(_are_alike(left, value) for value in right)


def _contains(left: object, right: object) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _is_in(right, left)


def _is_any_of(left: object, right: object) -> bool:
    return isinstance(left, list) and isinstance(right, list) and any(_is_in(value, right) for value in left)


def _is_none_of(left: object, right: object) -> bool:
    return isinstance(left, list) and isinstance(right, list) and not _is_any_of(left, right)


def _is_subset_of(left: object, right: object) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_is_in(value, right) for value in left)


def _has_size(left: object, right: object) -> bool:
    return isinstance(left, str | list) and is_number(right) and len(left) == right


def _is_empty(left: object, right: object) -> bool:
    return isinstance(left, str | list | dict) and (len(left) == 0) is right


_COMPARISONS: dict[str, Comparison] = {
    "==": _are_alike,
    "===": lambda left, right: left is not ABSENT and right is not ABSENT and are_equal(left, right),
    "!=": lambda left, right: not _are_alike(left, right),
    "!==": lambda left, right: left is ABSENT or right is ABSENT or not are_equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _is_in,
    "nin": lambda left, right: not _is_in(left, right),
    "contains": _contains,
    "anyof": _is_any_of,
    "noneof": _is_none_of,
    "subsetof": _is_subset_of,
    "size": _has_size,
    "empty": _is_empty,
}


# ---- literals --------------------------------------------------------------------------------------------------------------


def _literal(reader: Reader) -> object:
    if reader.peek() in ("'", '"'):
        return reader.quoted()
    number = reader.match(_NUMBER)
    if number is not None:
        return float(number[0]) if number[1] or number[2] else int(number[0])
    word = reader.match(_WORD)
    if word is not None:
        return _WORDS[word[0]]
    if not reader.take("["):
        reader.refuse("Expected a path or a value")
    return _list(reader)


def _list(reader: Reader) -> list[object]:
    reader.deeper()
    values: list[object] = []
    reader.skip_blanks()
    while not reader.take("]"):
        if values:
            reader.expect(",")
            reader.skip_blanks()
        values.append(_literal(reader))
        reader.skip_blanks()
    reader.shallower()
    return values
