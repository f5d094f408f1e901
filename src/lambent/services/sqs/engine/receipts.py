"""Receipt handles: which message, which of its receives, and of which queue."""

import binascii
import struct
import zlib
from typing import NamedTuple

from lambent.services.sqs import errors

# What it opens with makes it begin as AWS' handles do; the zero at its end makes it a whole number of base64's groups.
_FORM = struct.Struct(">3sQI?Ix")
_OPENING = b"\x01\x01\x01"
_CHECKED = struct.Struct(">QI?")


class Receipt(NamedTuple):
    """``receives`` tells which receive it was: a later one makes the handle stale."""

    id: int
    receives: int
    is_body_apart: bool  # spares a delete the look


def seed_of(queue_arn: str) -> int:
    """What makes handles of one queue invalid for any other."""
    return zlib.crc32(queue_arn.encode())


def handle(seed: int, id_: int, receives: int, *, is_body_apart: bool) -> str:
    check = zlib.crc32(_CHECKED.pack(id_, receives, is_body_apart), seed)
    return binascii.b2a_base64(_FORM.pack(_OPENING, id_, receives, is_body_apart, check), newline=False).decode("ascii")


def read(seed: int, text: str) -> Receipt:
    """Raises ReceiptHandleIsInvalid for what no receive of this queue has ever returned."""
    try:
        opening, id_, receives, is_body_apart, check = _FORM.unpack(binascii.a2b_base64(text, strict_mode=True))
    except (ValueError, struct.error) as error:
        raise errors.ReceiptHandleIsInvalid(handle=text) from error
    if opening != _OPENING or check != zlib.crc32(_CHECKED.pack(id_, receives, is_body_apart), seed):
        raise errors.ReceiptHandleIsInvalid(handle=text)
    return Receipt(id_, receives, is_body_apart)
