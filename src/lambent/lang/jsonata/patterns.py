"""Regular expressions, by an engine whose time grows with the text alone: what would need backtracking is refused."""

from collections.abc import Iterator
from typing import Any

import re2
from msgspec import Struct

from lambent.lang.jsonata.errors import EvaluationError
from lambent.lang.jsonata.library import JException

MEMORY_BYTES_MAX = 1 << 22


class InvalidPattern(ValueError):
    """A pattern that the engine does not take; the message says why."""


class Match(Struct, frozen=True):
    text: str
    start: int
    end: int
    groups: list[Any]


class Pattern:
    """What the library keeps of ``/ab+/i``. Its four methods are what the library knows a pattern by."""

    __slots__ = ("_pattern",)

    def __init__(self, text: str, flags: Any) -> None:
        options = re2.Options()
        options.log_errors, options.max_mem = False, MEMORY_BYTES_MAX
        options.case_sensitive = not flags.case_insensitive
        try:
            self._pattern = re2.compile(f"(?m){text}" if flags.multiline else text, options)
        except re2.error as error:
            reason = error.args[0] if error.args else ""
            shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise InvalidPattern(f"Unsupported regular expression /{text}/: {shown}") from None

    def matches(self, text: str) -> Iterator[Match]:
        """Raises JException for a pattern that matches nothing at all, with which no text could be gone through."""
        for found in self._pattern.finditer(text):
            if found.start() == found.end():
                raise JException("D1004", -1)
            yield Match(found.group(), found.start(), found.end(), list(found.groups()))

    def search(self, text: str) -> Any:
        return self._pattern.search(text)

    def finditer(self, text: str) -> Any:
        return self._pattern.finditer(text)

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        raise EvaluationError("", f"{replacement!r} {text!r} {count}")  # $replace is ours

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        raise EvaluationError("", f"{text!r} {maxsplit}")  # $split is ours
