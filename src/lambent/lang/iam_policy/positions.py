"""Where in a policy's text a statement stands, as the simulator tells it: lines from one, columns behind the brace."""

import json
from collections.abc import Iterator
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, and untyped

from msgspec import Struct

_BLANK = " \t\n\r"
_SPANS_CACHED_MAX = 1_024
_DECODER = json.JSONDecoder()


class Position(Struct, frozen=True):
    line: int
    column: int


def span_of(text: str, index: int) -> tuple[Position, Position]:
    """Start and end of statement ``index`` of a document that can be read."""
    start, end = _spans(text)[index]
    return _position(text, start), _position(text, end - 1)


def _position(text: str, at: int) -> Position:
    """The place right behind the character at ``at``."""
    before = text[:at]
    return Position(before.count("\n") + 1, at - before.rfind("\n") + 1)


@lru_cache(maxsize=_SPANS_CACHED_MAX)
def _spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1)
        at = _skip(text, _skip(text, at) + 1)
        if key == "Statement":
            spans = list(_elements(text, at))
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return spans


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The statements of a list, or the one that stands without a list."""
    if text[at] == "{":
        yield at, _DECODER.raw_decode(text, at)[1]
        return
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at
