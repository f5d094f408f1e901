"""Frames of WebSockets as bytes, where a whole one is at hand: no state is kept.

https://datatracker.ietf.org/doc/html/rfc6455#section-5.2
"""

import struct
from collections.abc import Generator
from types import GeneratorType

from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]  # the compiled one, where there is one

_IS_LAST = 0x80
_IS_MASKED = 0x80
_OF_TWO_BYTES, _OF_EIGHT_BYTES = 126, 127  # where the length's seven bits do not hold it
_WHOLE_TEXT = _IS_LAST | Opcode.TEXT
_MASK_BYTES = 4


def text_in(data: bytes, *, bytes_max: int) -> bytes | None:
    """The message, where ``data`` is one text from a client, whole and in one frame, of at most so many bytes; else None."""
    if len(data) < 2 or data[0] != _WHOLE_TEXT or data[1] < _IS_MASKED:
        return None
    length, start = data[1] - _IS_MASKED, 2
    if length == _OF_EIGHT_BYTES:
        return None
    if length == _OF_TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 4
    end_of_mask = start + _MASK_BYTES
    if length > bytes_max or len(data) != end_of_mask + length:
        return None
    text: bytes = apply_mask(data[end_of_mask:], data[start:end_of_mask])
    return text


def framed(opcode: int, data: bytes, *, is_last: bool) -> bytes:
    """A frame from a server."""
    head, length = opcode | _IS_LAST if is_last else opcode, len(data)
    if length < _OF_TWO_BYTES:
        return bytes((head, length)) + data
    if length < 65_536:
        return struct.pack("!BBH", head, _OF_TWO_BYTES, length) + data
    return struct.pack("!BBQ", head, _OF_EIGHT_BYTES, length) + data


def is_amid(parser: Generator[None, None, None]) -> bool:
    """Whether the library's parser of frames waits for the rest of one: where it stands between two it waits in ``at_eof``."""
    waits_in = parser.gi_yieldfrom if isinstance(parser, GeneratorType) else None
    return not (isinstance(waits_in, GeneratorType) and waits_in.__name__ == "at_eof")
