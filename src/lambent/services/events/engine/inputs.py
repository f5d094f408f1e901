"""What a target is sent: the event, a constant, a part of the event, or a template filled from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.lang import input_paths as paths
from lambent.lang import input_template
from lambent.lang.input_paths import ABSENT, Path
from lambent.lang.input_template import json_of
from lambent.services.events.engine.identifiers import RuleName

RESERVED = "aws."


class Event(Struct, frozen=True):
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
        return lambda event: json_of(_or_null(path.of(event.document)))
    transformer = target.get("InputTransformer")
    if transformer:
        return _template(transformer["InputTemplate"], transformer.get("InputPathsMap") or {}, rule)
    return None


def _template(text: str, paths_map: Mapping[str, str], rule: RuleName) -> Input:
    variables = {name: _path(path) for name, path in paths_map.items()}
    names = {*variables, *_PREDEFINED}
    parts = input_template.parsed(text, lambda name: name in names)

    def fill(event: Event) -> str:
        def value(name: str) -> object:
            predefined = _PREDEFINED.get(name)
            return variables[name].of(event.document) if predefined is None else predefined(event, rule)

        return input_template.filled(parts, value)

    return fill


def _path(text: str) -> Path:
    path = paths.parse(text)
    assert path is not None, "paths are checked when a target is put"
    return path


def _or_null(value: object) -> object:
    return None if value is ABSENT else value


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True
