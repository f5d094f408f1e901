"""Frames of application/vnd.amazon.eventstream: how AWS streams events in a response.

A frame is a prelude (total length, headers' length, CRC), typed headers, the payload, and a CRC over all before it.
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from lambent.core.errors import LambentError

CONTENT_TYPE = "application/vnd.amazon.eventstream"
HEADERS_BYTES_MAX = 131_072
PAYLOAD_BYTES_MAX = 25_165_824  # 24 MiB

HeaderValue = bool | int | bytes | str | datetime | UUID

_PRELUDE = struct.Struct(">II")
_CRC = struct.Struct(">I")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FRAME_BYTES_MIN = 16


class BadFrame(LambentError):
    """Bytes that are no frame: a length out of bounds or a CRC that does not match."""


class Event(Struct, frozen=True):
    headers: Mapping[str, HeaderValue]
    payload: bytes


def encode_event(headers: Mapping[str, HeaderValue], payload: bytes) -> bytes:
    """One frame. Headers keep their order; an int is written as 32 bits where it fits, else as 64."""
    head = b"".join(_encode_header(name, value) for name, value in headers.items())
    assert len(head) <= HEADERS_BYTES_MAX, "headers of one event above 128 KiB"
    assert len(payload) <= PAYLOAD_BYTES_MAX, "payload of one event above 24 MiB"
    prelude = _PRELUDE.pack(_FRAME_BYTES_MIN + len(head) + len(payload), len(head))
    frame = b"".join((prelude, _CRC.pack(zlib.crc32(prelude)), head, payload))
    return frame + _CRC.pack(zlib.crc32(frame))


def decode_events(data: bytes) -> Iterator[Event]:
    """The frames in ``data``, which ends where a frame ends. Raises BadFrame."""
    while data:
        event, size = _decode_frame(data)
        yield event
        data = data[size:]


def _encode_header(name: str, value: HeaderValue) -> bytes:
    raw = name.encode()
    return bytes((len(raw),)) + raw + _encode_value(value)


def _encode_value(value: HeaderValue) -> bytes:
    match value:
        case bool():
            return b"\x00" if value else b"\x01"
        case int():
            return struct.pack(">Bi", 4, value) if -(2**31) <= value < 2**31 else struct.pack(">Bq", 5, value)
        case bytes():
            return struct.pack(">BH", 6, len(value)) + value
        case str():
            raw = value.encode()
            return struct.pack(">BH", 7, len(raw)) + raw
        case datetime():
            return struct.pack(">Bq", 8, (value - _EPOCH) // timedelta(milliseconds=1))
        case UUID():
            return b"\x09" + value.bytes


def _decode_frame(data: bytes) -> tuple[Event, int]:
    if len(data) < _FRAME_BYTES_MIN:
        raise BadFrame(f"{len(data)} bytes are fewer than a frame has")
    size, head_size = _PRELUDE.unpack_from(data)
    if not _FRAME_BYTES_MIN + head_size <= size <= len(data):
        raise BadFrame(f"a frame of {size} bytes does not fit {len(data)}")
    if zlib.crc32(data[:8]) != _CRC.unpack_from(data, 8)[0]:
        raise BadFrame("the CRC of the prelude does not match")
    if zlib.crc32(data[: size - 4]) != _CRC.unpack_from(data, size - 4)[0]:
        raise BadFrame("the CRC of the message does not match")
    return Event(_decode_headers(data[12 : 12 + head_size]), data[12 + head_size : size - 4]), size


def _decode_headers(data: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        name = data[at + 1 : end].decode()
        headers[name], at = _decode_value(data, end)
    return headers


def _decode_value(data: bytes, at: int) -> tuple[HeaderValue, int]:
    kind, at = data[at], at + 1
    match kind:
        case 0 | 1:
            return kind == 0, at
        case 2 | 3 | 4 | 5:
            size = 1 << (kind - 2)
            return int.from_bytes(data[at : at + size], "big", signed=True), at + size
        case 6 | 7:
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            raw = data[at + 2 : end]
            return (raw if kind == 6 else raw.decode()), end
        case 8:
            return _EPOCH + timedelta(milliseconds=int.from_bytes(data[at : at + 8], "big", signed=True)), at + 8
        case 9:
            return UUID(bytes=data[at : at + 16]), at + 16
        case _:
            raise BadFrame(f"a header of the unknown type {kind}")
