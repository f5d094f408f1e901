"""JSON values to shapes and back: one closure a shape, compiled once, for the json and rest-json protocols.

A reader checks types as AWS' servers do and raises Serialization; constraints are checked elsewhere.
"""

import binascii
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from lambent.core.errors import Defect
from lambent.wire import timestamps
from lambent.wire.models import Ref, Shape
from lambent.wire.problems import Serialization

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]

_READERS: dict[Shape, Read] = {}
_WRITERS: dict[Shape, Write] = {}
_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def decode(body: bytes) -> Any:
    """The JSON value in ``body``. Raises ValueError where there is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


# ---- reading ---------------------------------------------------------------------------------------------------------


def reader(ref: Ref) -> Read:
    """How to read what stands where ``ref`` does."""
    if ref.jsonvalue:
        return _read_jsonvalue
    scalar = _SCALAR_READERS.get(ref.type)
    return scalar if scalar is not None else shape_reader(ref.shape)


def shape_reader(shape: Shape) -> Read:
    found = _READERS.get(shape)
    if found is not None:
        return found
    match shape.type:
        case "structure":
            return _read_document if shape.document else _structure_reader(shape, list(shape.members))
        case "list":
            return _list_reader(shape)
        case "map":
            return _map_reader(shape)
        case _:
            return _SCALAR_READERS[shape.type]


def members_reader(shape: Shape, names: list[str]) -> Read:
    """How to read an object that holds only these members of ``shape``: the body of a REST request."""
    return _structure_reader(shape, names, is_whole=False)


def _structure_reader(shape: Shape, names: list[str], *, is_whole: bool = True) -> Read:
    fields: dict[str, tuple[str, Read]] = {}

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Serialization(reason=_unexpected(value, "a structure"))
        result = {}
        for key, raw in value.items():
            field = fields.get(key)
            if field is not None and raw is not None:
                result[field[0]] = field[1](raw)
        return result

    if is_whole:
        _READERS[shape] = read  # before the members, which may be of this very shape
    for name in names:
        ref = shape.members[name]
        fields[ref.location_name or name] = (name, reader(ref))
    return read


def _list_reader(shape: Shape) -> Read:
    read_element: Read

    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Serialization(reason=_unexpected(value, "a list"))
        return [None if element is None else read_element(element) for element in value]

    _READERS[shape] = read
    assert shape.member is not None
    read_element = reader(shape.member)
    return read


def _map_reader(shape: Shape) -> Read:
    read_value: Read

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Serialization(reason=_unexpected(value, "a map"))
        return {key: None if element is None else read_value(element) for key, element in value.items()}

    _READERS[shape] = read
    assert shape.value is not None
    read_value = reader(shape.value)
    return read


def _read_string(value: Any) -> str:
    if type(value) is str:
        return value
    raise Serialization(reason=_unexpected(value, "String"))


def _read_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise Serialization(reason=_unexpected(value, "Integer"))


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is str and value in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[value]
    raise Serialization(reason=_unexpected(value, "Float"))


def _read_boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Serialization(reason=_unexpected(value, "Boolean"))


def _read_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise Serialization(reason=_unexpected(value, "Blob"))
    try:
        return binascii.a2b_base64(value)
    except (binascii.Error, ValueError) as error:
        raise Serialization(reason="Invalid Base64 encoding") from error


def _read_timestamp(value: Any) -> datetime:
    if type(value) not in (int, float, str):
        raise Serialization(reason=_unexpected(value, "Timestamp"))
    try:
        return timestamps.read(value)
    except (ValueError, OverflowError) as error:
        raise Serialization(reason=_unexpected(value, "Timestamp")) from error


def _read_document(value: Any) -> Any:
    return value


def _read_jsonvalue(value: Any) -> Any:
    try:
        return decode(_read_string(value).encode())
    except ValueError as error:
        raise Serialization(reason=_unexpected(value, "JSON")) from error


_SCALAR_READERS: dict[str, Read] = {
    "string": _read_string,
    "character": _read_string,
    "integer": _read_integer,
    "long": _read_integer,
    "short": _read_integer,
    "byte": _read_integer,
    "bigInteger": _read_integer,
    "float": _read_float,
    "double": _read_float,
    "bigDecimal": _read_float,
    "boolean": _read_boolean,
    "blob": _read_blob,
    "timestamp": _read_timestamp,
}


def _unexpected(value: Any, wanted: str) -> str:
    """What AWS' JSON unmarshaller says of a value of the wrong type."""
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected."
    if wanted.startswith("a "):
        return f"Expected {wanted[2:]} or null"
    kind = {str: "STRING_VALUE", bool: f"{value}_VALUE".upper()}.get(type(value), "NUMBER_VALUE")
    article = "an" if wanted[0] in "AEIOU" else "a"
    return f"{kind} can not be converted to {f'{article} {wanted}' if wanted != 'String' else wanted}"


# ---- writing ---------------------------------------------------------------------------------------------------------


def writer(ref: Ref) -> Write | None:
    """How to turn a value into what JSON can hold; None where it is that already."""
    if ref.jsonvalue:
        return _write_jsonvalue
    if ref.type == "timestamp":
        return timestamps.writer(ref.timestamp_format, "unixtimestamp")
    if ref.type in _SCALAR_READERS:
        return _SCALAR_WRITERS.get(ref.type)
    return shape_writer(ref.shape)


def shape_writer(shape: Shape) -> Write | None:
    found = _WRITERS.get(shape)
    if found is not None:
        return found
    match shape.type:
        case "structure":
            return None if shape.document else _structure_writer(shape, list(shape.members))
        case "list":
            return _list_writer(shape)
        case "map":
            return _map_writer(shape)
        case _:
            return _SCALAR_WRITERS.get(shape.type)


def members_writer(shape: Shape, names: list[str]) -> Write:
    """How to write an object of these members of ``shape`` only; other members are passed over."""
    return _structure_writer(shape, names, is_whole=False)


def _structure_writer(shape: Shape, names: list[str], *, is_whole: bool = True) -> Write:
    fields: dict[str, tuple[str, Write | None]] = {}

    def write(value: Any) -> dict[str, Any]:
        result = {}
        for name, raw in value.items():
            if raw is None:
                continue
            field = fields.get(name)
            if field is None:
                if name not in shape.members:
                    raise Defect(f"{shape.name} has no member {name}")
                continue
            result[field[0]] = raw if field[1] is None else field[1](raw)
        return result

    if is_whole:
        _WRITERS[shape] = write
    for name in names:
        ref = shape.members[name]
        fields[name] = (ref.location_name or name, writer(ref))
    return write


def _list_writer(shape: Shape) -> Write:
    write_element: Write | None

    def write(value: Any) -> list[Any]:
        if write_element is None:
            return list(value)
        return [None if element is None else write_element(element) for element in value]

    _WRITERS[shape] = write
    assert shape.member is not None
    write_element = writer(shape.member)
    return write


def _map_writer(shape: Shape) -> Write:
    write_value: Write | None

    def write(value: Any) -> dict[str, Any]:
        if write_value is None:
            return dict(value)
        return {key: None if element is None else write_value(element) for key, element in value.items()}

    _WRITERS[shape] = write
    assert shape.value is not None
    write_value = writer(shape.value)
    return write


def _write_float(value: Any) -> float | int | str:
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, int) else float(value)


def _write_blob(value: Any) -> str:
    return binascii.b2a_base64(value.encode() if isinstance(value, str) else value, newline=False).decode("ascii")


def _write_jsonvalue(value: Any) -> str:
    return encode(value).decode()


_SCALAR_WRITERS: dict[str, Write] = {"float": _write_float, "double": _write_float, "blob": _write_blob}
