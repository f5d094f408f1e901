"""What a target is sent: the event, a constant, a part of the event, or a template filled from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from lambent.core.clock import Instant
from lambent.services.events.engine import paths
from lambent.services.events.engine.identifiers import RuleName
from lambent.services.events.engine.paths import ABSENT, Path

RESERVED = "aws."
_PLACE = re.compile(r"<([^<>\s\"]+)>")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Event:
    """An event on a bus. ``document`` is the envelope, ``text`` the same as JSON; ``hops`` counts the buses it came through."""

    id: str
    document: Mapping[str, Any]
    text: str
    ingested_at: Instant
    trace_header: str = ""
    hops: int = 0


Input = Callable[[Event], str]
"""Makes what a target is sent."""

Predefined = Callable[[Event, RuleName], object]

_PREDEFINED: Mapping[str, Predefined] = {
    "aws.events.rule-arn": lambda _, rule: rule.arn,
    "aws.events.rule-name": lambda _, rule: rule.name,
    "aws.events.event.ingestion-time": lambda event, _: timestamp(event.ingested_at),
    "aws.events.event": lambda event, _: {name: value for name, value in event.document.items() if name != "detail"},
    "aws.events.event.json": lambda event, _: event.document,
}


class Place(NamedTuple):
    """Where a template is filled. Within quotes a string stands as it is, and outside it brings quotes of its own."""

    name: str
    is_quoted: bool


def timestamp(moment: Instant) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def problem(target: Mapping[str, Any]) -> str | None:
    """What is wrong with how a target's input is given, in AWS' words; None where nothing is."""
    name = target["Id"]
    if sum(target.get(member) is not None for member in ("Input", "InputPath", "InputTransformer")) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    if target.get("Input") and not _is_json(target["Input"]):
        return f"JSON syntax error in input for target {name}."
    if target.get("InputPath") and paths.parse(target["InputPath"]) is None:
        return f"Parameter InputPath is not valid. Reason: {target['InputPath']} is not a JSON path."
    for variable, path in (target.get("InputTransformer", {}).get("InputPathsMap") or {}).items():
        if variable.lower().startswith(RESERVED):
            return f"InputPathsMap of target {name} has the key {variable}: keys cannot start with AWS."
        if paths.parse(path) is None:
            return f"Parameter InputPathsMap is not valid. Reason: {path} is not a JSON path."
    return None


def compiled(target: Mapping[str, Any], rule: RuleName) -> Input | None:
    """How a checked target's input is made; None where it is the event itself."""
    if target.get("Input"):
        constant = str(target["Input"])
        return lambda _: constant
    if target.get("InputPath"):
        path = _path(target["InputPath"])
        return lambda event: _json(_or_null(path.of(event.document)))
    transformer = target.get("InputTransformer")
    if transformer:
        return _template(transformer["InputTemplate"], transformer.get("InputPathsMap") or {}, rule)
    return None


def _template(text: str, paths_map: Mapping[str, str], rule: RuleName) -> Input:
    variables = {name: _path(path) for name, path in paths_map.items()}
    parts = _parts(text, {*variables, *_PREDEFINED})

    def fill(event: Event) -> str:
        def value(name: str) -> object:
            predefined = _PREDEFINED.get(name)
            if predefined is not None:
                return predefined(event, rule)
            found = variables[name].of(event.document)
            return "" if found is ABSENT else found  # AWS leaves out what is not there

        return "".join(part if isinstance(part, str) else _filled(value(part.name), part.is_quoted) for part in parts)

    return fill


def _parts(text: str, names: set[str]) -> list[str | Place]:
    """A template as its texts and places. What only looks like a place stays text."""
    parts: list[str | Place] = []
    end = 0
    is_quoted = False
    for found in _PLACE.finditer(text):
        if found[1] not in names:
            continue
        before = text[end : found.start()]
        if _quotes(before) % 2:
            is_quoted = not is_quoted
        parts += [before, Place(found[1], is_quoted)]
        end = found.end()
    return [*parts, text[end:]]


def _quotes(text: str) -> int:
    return len(re.findall(r'"', re.sub(r"\\.", "", text)))


def _filled(value: object, is_quoted: bool) -> str:
    if not is_quoted:
        return _json(value)
    return _json(value if isinstance(value, str) else _json(value))[1:-1]


def _path(text: str) -> Path:
    path = paths.parse(text)
    assert path is not None, "paths are checked when a target is put"
    return path


def _or_null(value: object) -> object:
    return None if value is ABSENT else value


def _json(value: object) -> str:
    return _encode(value).decode()


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True
