"""JSON bodies: what the json and rest-json protocols share."""

import binascii
import math
from datetime import datetime
from typing import Any

import msgspec

from lambent.wire import timestamps
from lambent.wire.models import Ref
from lambent.wire.problems import Serialization
from lambent.wire.shapes import PLAIN_READERS, Codec, Read, Write, unexpected

_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def decode(body: bytes) -> Any:
    """The JSON value in ``body``. Raises ValueError where there is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def dump(ref: Ref, value: Any) -> bytes:
    """A value as the JSON that stands where ``ref`` does."""
    write = JSON.writer(ref)
    return encode(value if write is None else write(value))


# ---- reading ---------------------------------------------------------------------------------------------------------


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is str and value in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[value]
    raise unexpected(value, "Float")


def _read_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise unexpected(value, "Blob")
    try:
        return binascii.a2b_base64(value)
    except (binascii.Error, ValueError) as error:
        raise Serialization(reason="Invalid Base64 encoding") from error


def _read_timestamp(value: Any) -> datetime:
    if type(value) not in (int, float, str):
        raise unexpected(value, "Timestamp")
    try:
        return timestamps.read(value)
    except (ValueError, OverflowError) as error:
        raise unexpected(value, "Timestamp") from error


# ---- writing ---------------------------------------------------------------------------------------------------------


def _write_float(value: Any) -> float | int | str:
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return value if isinstance(value, int) else float(value)


def _write_blob(value: Any) -> bytes:
    """``encode`` writes bytes in base64."""
    return value.encode() if isinstance(value, str) else value


def _timestamp_writer(ref: Ref) -> Write:
    return timestamps.writer(ref.timestamp_format, "unixtimestamp")


def _wire_name(name: str, ref: Ref) -> str:
    return ref.location_name or name


READERS: dict[str, Read] = {
    **PLAIN_READERS,
    "float": _read_float,
    "double": _read_float,
    "blob": _read_blob,
    "timestamp": _read_timestamp,
}
_WRITERS: dict[str, Write] = {"float": _write_float, "double": _write_float, "blob": _write_blob}

JSON = Codec(READERS, _WRITERS, _timestamp_writer, _wire_name)
