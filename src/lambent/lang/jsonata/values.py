"""Values on their way into the library and back: to it None is undefined, and JSON's null is an object of its own."""

import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lambent.lang.jsonata.library import Jsonata, Parser, Utils

NULL = Utils.NULL_VALUE
_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**63 - 1
_EXACT_MAX = 1e21
"""From here on JavaScript writes a whole number with an exponent."""


def entering(value: Any) -> Any:
    """Of JSON. What holds no null and no huge integer is taken as it is, the rest is copied."""
    if value is None:
        return NULL
    if isinstance(value, dict):
        entered = {name: entering(inner) for name, inner in value.items()}
        return value if all(entered[name] is inner for name, inner in value.items()) else entered
    if isinstance(value, list):
        items = [entering(inner) for inner in value]
        return value if all(item is inner for item, inner in zip(items, value, strict=True)) else items
    if isinstance(value, int) and not _INTEGER_MIN <= value <= _INTEGER_MAX:
        return float(value) if -1e300 < value < 1e300 else math.inf
    return value


def is_function(value: Any) -> bool:
    """Whether it is something that JSON has no way to write."""
    return isinstance(value, Jsonata.JFunctionCallable | Parser.Symbol) or hasattr(value, "finditer")


def leaving(value: Any) -> Any:
    """JSON again: plain lists and objects. Raises TypeError for a function, whole or inside."""
    if value is None or value is NULL:
        return None
    if isinstance(value, str):
        return value if value.isascii() else whole_characters(value)
    if isinstance(value, float) and not math.isfinite(value):
        return spelled_number(value)  # as AWS writes it, since JSON cannot
    if isinstance(value, int) and not _INTEGER_MIN <= value <= _INTEGER_MAX:
        return float(value)
    if isinstance(value, dict):
        return {name: leaving(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [leaving(inner) for inner in value]
    if is_function(value):
        raise TypeError("a function")
    return value


def whole_characters(text: str) -> str:
    """Two halves of a UTF-16 pair become the character that they mean; a lone half, which no JSON can hold, a question mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def kind(value: object) -> str:
    """What JSON calls the type of a value that has left."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def spelled_number(number: float) -> str:
    """As JavaScript writes it, fractions with 15 digits as JSONata does."""
    if isinstance(number, int) and abs(number) < _EXACT_MAX:
        return str(number)
    number = float(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number.is_integer() and abs(number) < _EXACT_MAX:
        return str(int(number))
    digits = repr(float(f"{number:.15g}"))
    if 1e-6 <= abs(number) < 1e-4:
        return f"{Decimal(digits):f}"  # where Python already writes an exponent
    return digits.replace("e-0", "e-")


def spelled(value: Any, *, is_pretty: bool) -> str:
    """JSON text of a value inside the library, of a function an empty string. Raises OverflowError for infinity."""
    return _Speller("\n" if is_pretty else "", ": " if is_pretty else ":").text(value, 1)


class _Speller:
    """``newline`` is empty where all stands in one line."""

    def __init__(self, newline: str, colon: str) -> None:
        self.newline, self.colon = newline, colon

    def text(self, value: Any, depth: int) -> str:
        if isinstance(value, dict):
            entries = [f"{_quoted(name)}{self.colon}{self.text(inner, depth + 1)}" for name, inner in value.items()]
            return self._enclosed("{", entries, "}", depth)
        if isinstance(value, list):
            return self._enclosed("[", [self.text(inner, depth + 1) for inner in value], "]", depth)
        return _scalar(value)

    def _enclosed(self, opening: str, entries: list[str], closing: str, depth: int) -> str:
        if not entries or not self.newline:
            return f"{opening}{','.join(entries)}{closing}"
        inner, outer = self.newline + "  " * depth, self.newline + "  " * (depth - 1)
        return f"{opening}{inner}{f',{inner}'.join(entries)}{outer}{closing}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value is NULL:
        return "null"
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise OverflowError(spelled_number(value))
        return spelled_number(value)
    return '""'


_quoted: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode
