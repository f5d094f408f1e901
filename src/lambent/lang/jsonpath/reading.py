"""A place in the text of a path, and how to go on from there."""

import re
from typing import NoReturn

from lambent.lang.jsonpath.errors import InvalidPath

NESTING_MAX = 32
"""How deep filters, brackets and functions may stand in one another."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


class Reader:
    """``position`` counts characters; ``depth`` how many parsers wait for one another."""

    __slots__ = ("depth", "position", "text")

    def __init__(self, text: str, position: int = 0) -> None:
        self.text, self.position, self.depth = text, position, 0

    @property
    def is_at_end(self) -> bool:
        return self.position >= len(self.text)

    def peek(self, length: int = 1) -> str:
        return self.text[self.position : self.position + length]

    def take(self, token: str) -> bool:
        """Whether ``token`` stood here; if so, it is behind us now."""
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            self.refuse(f"Expected character: {token}")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What ``pattern`` matches here, which then is behind us."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def skip_blanks(self) -> None:
        while self.peek() in (" ", "\t", "\n", "\r"):
            self.position += 1

    def quoted(self) -> str:
        """The text between two quotes of the kind that stands here."""
        quote, start = self.peek(), self.position + 1
        end = start
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            self.refuse("Property has not been closed - missing closing " + quote)
        self.position = end + 1
        return unescaped(self.text[start:end])

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > NESTING_MAX:
            self.refuse("The path is nested too deeply")

    def shallower(self) -> None:
        self.depth -= 1

    def refuse(self, reason: str) -> NoReturn:
        raise InvalidPath(self.text, f"{reason}, position: {self.position}")


def unescaped(text: str) -> str:
    """Without the backslashes: each makes the character behind it an ordinary one, ``\\uXXXX`` is a unit of UTF-16."""
    if "\\" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]), text)
    # Two halves of a pair become the one character that they mean; a lone half stays what it is.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
