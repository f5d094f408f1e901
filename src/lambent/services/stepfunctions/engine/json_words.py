"""What Jackson, AWS' JSON parser, says of a text that is no JSON: clients see its words."""

import json
import math
import re
from typing import Any

WORDS = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_TOKEN = re.compile(r"\w+")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
NESTING_MAX = 300
"""Arrays and objects in one another: what is read here is read again where less of the stack is left."""


def checked(text: str) -> None:
    """Raises ValueError for what is no JSON, or nested too deeply; and for what could not be kept as it is.

    That are halves of characters and numbers without end.
    """
    text.encode()
    try:
        json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if text.count("[") + text.count("{") > NESTING_MAX and _nesting(text) > NESTING_MAX:
        raise ValueError("nested too deeply")


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is too large")
    return number


def _nesting(text: str) -> int:
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        if found.group() in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found.group() in "]}":
            depth -= 1
    return deepest


def refusal(text: str) -> str:
    """Of a text that does not parse."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        position = error.pos
        if error.msg.startswith("Expecting property name") and position < len(text):
            character = text[position]
            return (
                f"Unexpected character ('{character}' (code {ord(character)})): was expecting double-quote to start field name"
            )
        token = _TOKEN.match(text, position)
        if token is not None:
            return f"Unrecognized token '{token.group()}': was expecting ({WORDS})"
        if position < len(text):
            character = text[position]
            return f"Unexpected character ('{character}' (code {ord(character)})): expected a valid value ({WORDS})"
    except (ValueError, RecursionError):
        pass  # it is JSON, of more digits or of a depth than can be read
    return "Invalid execution input."
