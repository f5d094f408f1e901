"""From the text of a call, ``States.Format('Hello, {}', $.name)``, to what is called with what."""

import re
from typing import NoReturn

from msgspec import Struct

from lambent.lang.intrinsics.errors import InvalidExpression

NESTING_MAX = 10
"""How deep AWS lets functions stand in one another."""

_NAME = re.compile(r"States\.([A-Za-z0-9]+)\s*\(")
_STRING = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(?=\s*[,)])")
_WORD = re.compile(r"(true|false|null)(?=\s*[,)])")
_BLANKS = re.compile(r"\s*")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_ESCAPED = re.compile(r"\\(['{}\\])")


class Literal(Struct, frozen=True):
    """``raw`` is a string as written, with its backslashes, which States.Format needs to see."""

    value: object
    raw: str


class PathText(Struct, frozen=True):
    text: str


class Call(Struct, frozen=True):
    """``text`` is the whole call as written, ``name`` what stands behind ``States.``."""

    text: str
    name: str
    arguments: tuple["Literal | PathText | Call", ...]


def parse_call(text: str) -> Call:
    """The call that ``text`` spells, and nothing else. Raises InvalidExpression."""
    call, end = _Parser(text).call(0, NESTING_MAX)
    if text[end:].strip():
        raise InvalidExpression(text, f"Unexpected text behind the function, position: {end}")
    return call


def unescaped(raw: str) -> str:
    """A string without the backslashes before quotes, braces and backslashes; before others they stand for themselves."""
    return _ESCAPED.sub(r"\1", raw)


class _Parser(Struct, frozen=True):
    text: str

    def call(self, start: int, depth_left: int) -> tuple[Call, int]:
        if depth_left == 0:
            self._refuse(f"Intrinsic functions are nested more than {NESTING_MAX} deep", start)
        found = _NAME.match(self.text, start)
        if found is None:
            self._refuse("Expected an intrinsic function", start)
        arguments, position = self._arguments(found.end(), depth_left)
        return Call(self.text[start:position], found[1], arguments), position

    def _arguments(self, position: int, depth_left: int) -> tuple[tuple[Literal | PathText | Call, ...], int]:
        arguments: list[Literal | PathText | Call] = []
        position = self._behind_blanks(position)
        if self.text[position : position + 1] == ")":
            return (), position + 1
        while True:
            argument, position = self._argument(self._behind_blanks(position), depth_left)
            arguments.append(argument)
            position = self._behind_blanks(position)
            closing = self.text[position : position + 1]
            position += 1
            if closing == ")":
                return tuple(arguments), position
            if closing != ",":
                self._refuse("Expected , or ) behind an argument", position - 1)

    def _argument(self, start: int, depth_left: int) -> tuple[Literal | PathText | Call, int]:
        if self.text.startswith("$", start):
            end = self._end_of_path(start)
            return PathText(self.text[start:end].rstrip()), end
        if self.text.startswith("States.", start):
            return self.call(start, depth_left - 1)
        string = _STRING.match(self.text, start)
        if string is not None:
            return Literal(unescaped(string[1]), string[1]), string.end()
        number = _NUMBER.match(self.text, start)
        if number is not None:
            is_whole = number[1] is None and number[2] is None
            return Literal(int(number[0]) if is_whole else float(number[0]), number[0]), number.end()
        word = _WORD.match(self.text, start)
        if word is None:
            self._refuse("Expected a path, a string in single quotes, a number, true, false, null or a function", start)
        return Literal(_WORDS[word[1]], word[1]), word.end()

    def _end_of_path(self, start: int) -> int:
        """Where a path ends: at a comma or parenthesis that stands in no brackets, quotes or parentheses of its own."""
        position, depth, quote = start, 0, ""
        while position < len(self.text):
            character = self.text[position]
            if character == "\\":
                position += 1
            elif quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character in "[(":
                depth += 1
            elif depth == 0 and character in ",)":
                return position
            elif character in "])":
                depth -= 1
            position += 1
        return position

    def _behind_blanks(self, position: int) -> int:
        found = _BLANKS.match(self.text, position)
        return found.end() if found is not None else position

    def _refuse(self, reason: str, position: int) -> NoReturn:
        raise InvalidExpression(self.text, f"{reason}, position: {position}")
