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
_SHORT_HEAD_BYTES = 2 + _MASK_BYTES
_WHOLE_TEXT_HEADS = [bytes((_WHOLE_TEXT, length)) for length in range(_OF_TWO_BYTES)]
"""By the length."""


def text_in(data: bytes, *, bytes_max: int) -> str | None:
    """The message, where ``data`` is one text from a client, whole and in one frame, of at most so many bytes; else None."""
    size = len(data)
    if size < _SHORT_HEAD_BYTES or data[0] != _WHOLE_TEXT:
        return None
    length, head_bytes = data[1] - _IS_MASKED, _SHORT_HEAD_BYTES  # below 0, as no size is, where it is not masked
    if length == _OF_EIGHT_BYTES:
        return None
    if length == _OF_TWO_BYTES:
        length, head_bytes = int.from_bytes(data[2:4], "big"), _SHORT_HEAD_BYTES + 2
    if size != head_bytes + length or length > bytes_max:
        return None
    try:
        text: str = apply_mask(data[head_bytes:], data[head_bytes - _MASK_BYTES : head_bytes]).decode()
    except UnicodeDecodeError:
        return None
    return text


def text_framed(data: bytes) -> bytes:
    """A whole text from a server."""
    length = len(data)
    return _WHOLE_TEXT_HEADS[length] + data if length < _OF_TWO_BYTES else framed(Opcode.TEXT, data, is_last=True)


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
