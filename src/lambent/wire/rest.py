"""What the two REST protocols share: members in the path, the query string, the headers and the status."""

import base64
import binascii
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.core.ports import Body, Reply
from lambent.wire import json_shapes, shapes, timestamps, uri
from lambent.wire.http import Request
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.problems import Serialization

FromText = Callable[[str], Any]
ToText = Callable[[Any], str]

_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(slots=True)
class InputPlan:
    """Where the members of one operation's input stand in a request."""

    labels: list[tuple[str, str, FromText]] = field(default_factory=list)  # member, label, conversion
    headers: list[tuple[str, str, FromText]] = field(default_factory=list)
    prefixes: list[tuple[str, str]] = field(default_factory=list)
    query: dict[str, tuple[str, FromText, bool]] = field(default_factory=dict)  # name → member, conversion, is a list
    query_map: tuple[str, bool] | None = None  # member, has lists as values
    query_literals: frozenset[str] = frozenset()  # names that the operation's own path has behind the "?"
    payload: Ref | None = None
    payload_name: str = ""
    body: list[str] = field(default_factory=list)


@dataclass(slots=True)
class OutputPlan:
    """Where the members of one operation's output stand in a response."""

    status: str | None = None
    headers: list[tuple[str, str, ToText]] = field(default_factory=list)  # member, header, conversion
    prefixes: list[tuple[str, str]] = field(default_factory=list)
    payload: Ref | None = None
    payload_name: str = ""
    body: list[str] = field(default_factory=list)


@functools.cache
def input_plan(operation: Operation) -> InputPlan:
    literals = operation.http_uri.partition("?")[2].split("&")
    plan = InputPlan(query_literals=frozenset(literal.partition("=")[0] for literal in literals))
    shape = operation.input_shape
    if shape is None:
        return plan
    if shape.payload is not None:
        plan.payload_name, plan.payload = shape.payload, shape.members[shape.payload]
    for name, ref in shape.members.items():
        _place_input(plan, name, ref)
    return plan


def _place_input(plan: InputPlan, name: str, ref: Ref) -> None:
    wire_name = ref.location_name or name
    match ref.location:
        case "uri":
            plan.labels.append((name, wire_name, _from_text(ref, "iso8601")))
        case "header":
            plan.headers.append((name, wire_name.lower(), _from_header(ref)))
        case "headers":
            plan.prefixes.append((name, wire_name.lower() if ref.location_name else ""))
        case "querystring" if ref.type == "map":
            assert ref.shape.value is not None
            plan.query_map = (name, ref.shape.value.type == "list")
        case "querystring":
            element = ref.shape.member
            plan.query[wire_name] = (name, _from_text(element or ref, "iso8601"), element is not None)
        case _:
            if name != plan.payload_name:
                plan.body.append(name)


@functools.cache
def shape_plan(shape: Shape) -> OutputPlan:
    """Where the members of an output or of an error stand."""
    plan = OutputPlan()
    if shape.payload is not None:
        plan.payload_name, plan.payload = shape.payload, shape.members[shape.payload]
    for name, ref in shape.members.items():
        match ref.location:
            case "statusCode":
                plan.status = name
            case "header":
                plan.headers.append((name, ref.location_name or name, _to_header(ref)))
            case "headers":
                plan.prefixes.append((name, ref.location_name or ""))
            case _:
                if name != plan.payload_name:
                    plan.body.append(name)
    return plan


def read_head(plan: InputPlan, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """The parameters outside the body. Raises Serialization."""
    parameters: dict[str, Any] = {}
    try:
        for name, label, convert in plan.labels:
            parameters[name] = convert(labels[label])
        for name, header, convert in plan.headers:
            value = request.headers.get(header)
            if value is not None:
                parameters[name] = convert(value)
        if request.query and (plan.query or plan.query_map):
            _read_query(plan, request.query, parameters)
    except (ValueError, OverflowError) as error:
        raise Serialization(reason=str(error)) from error
    for name, prefix in plan.prefixes:
        found = {key[len(prefix) :]: value for key, value in request.headers.items() if key.startswith(prefix)}
        if found:
            parameters[name] = found
    return parameters


def _read_query(plan: InputPlan, query: str, parameters: dict[str, Any]) -> None:
    rest: dict[str, Any] = {}
    for key, value in uri.pairs(query):
        place = plan.query.get(key)
        if place is not None:
            name, convert, is_list = place
            if is_list:
                parameters.setdefault(name, []).append(convert(value))
            else:
                parameters[name] = convert(value)
        elif plan.query_map is not None and key not in plan.query_literals:
            if plan.query_map[1]:
                rest.setdefault(key, []).append(value)
            else:
                rest.setdefault(key, value)
    if plan.query_map is not None and rest:
        parameters[plan.query_map[0]] = rest


def read_raw_payload(plan: InputPlan, request: Request, parameters: dict[str, Any]) -> bool:
    """Puts a payload that is the body itself (a blob, a stream, a string) into ``parameters``; says whether it was one."""
    ref = plan.payload
    if ref is None or ref.type not in ("blob", "string"):
        return False
    if ref.streaming and ref.type == "blob":
        parameters[plan.payload_name] = request.stream if request.stream is not None else _one_chunk(request.body)
    elif request.body:
        parameters[plan.payload_name] = request.body if ref.type == "blob" else _utf8(request.body)
    return True


async def _one_chunk(data: bytes) -> Body:
    if data:
        yield data


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Serialization(reason="The payload is not UTF-8") from error


def write_head(plan: OutputPlan, reply: Reply, headers: list[tuple[str, str]]) -> None:
    """Appends the members that are headers. A name that is there already is replaced (Content-Type)."""
    for name, header, convert in plan.headers:
        value = reply.get(name)
        if value is None:
            continue
        text = convert(value)
        if header.lower() == "content-type":
            headers[:] = [(key, old) for key, old in headers if key.lower() != "content-type"]
        headers.append((header, text))
    for name, prefix in plan.prefixes:
        headers.extend((prefix + key, _safe(value)) for key, value in (reply.get(name) or {}).items())


# ---- text to values --------------------------------------------------------------------------------------------------


def _from_text(ref: Ref, timestamp_format: str) -> FromText:  # noqa: ARG001 (timestamps are read leniently)
    if ref.jsonvalue:
        return _jsonvalue_from_text
    return FROM_TEXT.get(ref.type, str)


def _from_header(ref: Ref) -> FromText:
    if ref.type != "list":
        return _from_text(ref, "rfc822")
    assert ref.shape.member is not None
    convert = _from_text(ref.shape.member, "rfc822")
    split = _split_dates if ref.shape.member.type == "timestamp" else split_header_list

    def read(text: str) -> list[Any]:
        return [convert(part) for part in split(text)]

    return read


def _boolean_from_text(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"{text!r} is not a boolean")
    return lowered == "true"


def _integer_from_text(text: str) -> int:
    if not text.strip().lstrip("+-").isdecimal():
        raise ValueError(f"{text!r} is not an integer")
    number = int(text)
    if not shapes.LONG_MIN <= number <= shapes.LONG_MAX:
        raise ValueError(f"{text!r} is larger than any integer may be")
    return number


def _float_from_text(text: str) -> float:
    return _FLOATS[text] if text in _FLOATS else float(text)


def _blob_from_text(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError("Invalid Base64 encoding") from error


def _jsonvalue_from_text(text: str) -> Any:
    return json_shapes.decode(_blob_from_text(text))


FROM_TEXT: dict[str, FromText] = {
    "string": str,
    "character": str,
    "boolean": _boolean_from_text,
    "integer": _integer_from_text,
    "long": _integer_from_text,
    "short": _integer_from_text,
    "byte": _integer_from_text,
    "float": _float_from_text,
    "double": _float_from_text,
    "timestamp": timestamps.read,
    "blob": _blob_from_text,
}


def split_header_list(text: str) -> list[str]:
    """The elements of a comma-separated header; an element in double quotes may hold commas and escaped quotes."""
    elements: list[str] = []
    at, end = 0, len(text)
    while at < end:
        if text[at] in " \t,":
            at += 1
        elif text[at] == '"':
            element, at = _quoted(text, at + 1)
            elements.append(element)
        else:
            stop = text.find(",", at)
            stop = end if stop < 0 else stop
            elements.append(text[at:stop].strip())
            at = stop + 1
    return elements


def _quoted(text: str, at: int) -> tuple[str, int]:
    parts = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        parts.append(text[at])
        at += 1
    return "".join(parts), at + 1


def _split_dates(text: str) -> list[str]:
    """HTTP dates hold a comma of their own, so every second one separates; other formats hold none."""
    parts = [part.strip() for part in text.split(",")]
    if not parts or not parts[0][:3].isalpha():
        return parts
    return [f"{parts[at]}, {parts[at + 1]}" for at in range(0, len(parts) - 1, 2)]


# ---- values to text --------------------------------------------------------------------------------------------------


def _to_header(ref: Ref) -> ToText:
    if ref.jsonvalue:
        return _jsonvalue_to_text
    if ref.type == "timestamp":
        write = timestamps.writer(ref.timestamp_format, "rfc822")
        return lambda value: str(write(value))
    if ref.type == "list":
        assert ref.shape.member is not None
        convert = _quote_element if ref.shape.member.type == "string" else _to_header(ref.shape.member)
        return lambda value: ", ".join(convert(element) for element in value if element is not None)
    return _TO_TEXT.get(ref.type, str)


def _safe(value: str) -> str:
    """A header's value as it may stand on the wire: no line ends, and UTF-8 where it is not ASCII."""
    if not value.isascii():
        value = value.encode().decode("latin-1")
    if "\r" in value or "\n" in value:
        value = value.replace("\r", " ").replace("\n", " ")
    return value


def _quote_element(value: str) -> str:
    if '"' in value or "," in value:
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _safe(value)


def boolean_to_text(value: bool) -> str:
    return "true" if value else "false"


def float_to_text(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _blob_to_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _jsonvalue_to_text(value: Any) -> str:
    return _blob_to_text(json_shapes.encode(value))


_TO_TEXT: dict[str, ToText] = {
    "string": _safe,
    "boolean": boolean_to_text,
    "float": float_to_text,
    "double": float_to_text,
    "blob": _blob_to_text,
}
