"""Filter policies: which messages a subscription wants, by their attributes or by their body.

https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.lang import event_pattern
from lambent.lang.event_pattern import EventPattern, InvalidEventPattern
from lambent.services.sns import errors

KEYS_MAX = 5
COMBINATIONS_MAX = 150

ON_ATTRIBUTES = "MessageAttributes"
ON_BODY = "MessageBody"
SCOPES = (ON_ATTRIBUTES, ON_BODY)

Event = Mapping[str, Any]


class Filter(Struct, frozen=True):
    """A compiled policy, and what it judges."""

    pattern: EventPattern
    is_on_body: bool


def compiled(text: str, scope: str) -> Filter | None:
    """The filter of a subscription whose policy was checked when it was set; None lets everything pass."""
    return Filter(event_pattern.compiled(text), scope == ON_BODY) if text else None


def checked(text: str, scope: str, where: str) -> str:
    """The policy as it is kept: empty where it filters nothing. Raises InvalidParameter, whose reason begins with ``where``."""
    if not text.strip() or text.strip() == "{}":
        return ""
    try:
        document = event_pattern.compiled(text).document
    except InvalidEventPattern as error:
        raise errors.InvalidParameter(reason=f"{where}FilterPolicy: {error.reason}") from None
    if len(document) > KEYS_MAX:
        raise errors.InvalidParameter(reason=f"{where}FilterPolicy: Filter policy can not have more than {KEYS_MAX} keys")
    if scope == ON_ATTRIBUTES and _is_nested(document):
        raise errors.InvalidParameter(
            reason=f"{where}Filter policy scope MessageAttributes does not support nested filter policy"
        )
    if _combinations(document, depth=1, so_far=1) > COMBINATIONS_MAX:
        raise errors.InvalidParameter(reason=f"{where}FilterPolicy: Filter policy is too complex")
    return text


def event_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> Event:
    """What a policy on attributes judges: name to value, or to the values of a String.Array. SNS passes over binary ones."""
    event: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, text = attribute["DataType"], attribute.get("StringValue")
        if text is None:
            continue
        if kind == "String.Array":
            event[name] = event_of_body(text)
        elif kind.partition(".")[0] == "Number":
            event[name] = float(text)
        else:
            event[name] = text
    return event


def event_of_body(text: str) -> object:
    """What a policy on the body judges. None, which no policy but one of absences matches, where it is no JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _is_nested(document: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict) for value in document.values()) or any(
        isinstance(way, dict) and _is_nested(way) for way in _ways(document)
    )


def _combinations(document: Mapping[str, Any], *, depth: int, so_far: int) -> int:
    """AWS' measure of complexity: the values of each field times the field's depth, multiplied; the ways of ``$or`` add up."""
    for name, value in document.items():
        if isinstance(value, dict):
            so_far = _combinations(value, depth=depth + 1, so_far=so_far)
        elif name == event_pattern.OR and _ways(document):
            so_far = sum(_combinations(way, depth=depth, so_far=so_far) for way in value)
        else:
            so_far *= len(value) * depth
    return so_far


def _ways(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    ways = document.get(event_pattern.OR)
    return ways if isinstance(ways, list) and all(isinstance(way, dict) for way in ways) else []


def as_told(text: str) -> Any:
    """For comparing policies whatever their blanks."""
    return json.loads(text) if text else None
