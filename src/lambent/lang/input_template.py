"""Texts with places between angle brackets, ``{"id": <$.detail.id>}``, filled from an event: input templates of EventBridge.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from lambent.lang.input_paths import ABSENT

_PLACE = re.compile(r"<([^<>\s\"]+)>")
_encode = msgspec.json.Encoder().encode


class Place(NamedTuple):
    """Where a template is filled. Within quotes a string stands as it is, and outside it brings quotes of its own."""

    name: str
    is_quoted: bool


Parts = Sequence[str | Place]


def parsed(text: str, is_name: Callable[[str], bool]) -> Parts:
    """A template as its texts and places. What only looks like a place stays text."""
    parts: list[str | Place] = []
    end = 0
    is_quoted = False
    for found in _PLACE.finditer(text):
        if not is_name(found[1]):
            continue
        before = text[end : found.start()]
        if _quotes(before) % 2:
            is_quoted = not is_quoted
        parts += [before, Place(found[1], is_quoted)]
        end = found.end()
    return [*parts, text[end:]]


def filled(parts: Parts, value: Callable[[str], object]) -> str:
    """The text with what ``value`` says of each place; AWS leaves out what is ABSENT."""
    return "".join(part if isinstance(part, str) else _filled(value(part.name), part.is_quoted) for part in parts)


def json_of(value: object) -> str:
    return _encode(value).decode()


def _quotes(text: str) -> int:
    return len(re.findall(r'"', re.sub(r"\\.", "", text)))


def _filled(value: object, is_quoted: bool) -> str:
    if value is ABSENT:
        value = ""
    if not is_quoted:
        return json_of(value)
    return json_of(value if isinstance(value, str) else json_of(value))[1:-1]
