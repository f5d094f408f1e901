"""CBOR bodies: what the two protocols in CBOR share, as ``json_shapes`` does for those in JSON."""

from collections.abc import Callable, Mapping
from typing import Any

import cbor2

from lambent.wire.models import Ref
from lambent.wire.problems import Serialization
from lambent.wire.shapes import PLAIN_READERS, Codec, Read, Write, unexpected

EPOCH_TAG = 1

Untag = Callable[[Any, bool], Any]


def decode(body: bytes, tags: Mapping[int, Untag] | None = None) -> Any:
    """The value in ``body``; ``tags`` says of which a protocol has a reading of its own. Raises Serialization."""
    try:
        return cbor2.loads(body, semantic_decoders=tags)
    except (cbor2.CBORError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Serialization(reason=str(error)) from error


def encode(value: Any) -> bytes:
    return cbor2.dumps(value)


def codec(*, read_timestamp: Read, write_timestamp: Write, wire_name: Callable[[str, Ref], str]) -> Codec:
    """How a protocol in CBOR reads and writes shapes: they differ in timestamps and names."""
    readers = {
        **PLAIN_READERS,
        **dict.fromkeys(("float", "double"), _read_float),
        "blob": _read_blob,
        "timestamp": read_timestamp,
    }
    writers: dict[str, Write] = {**dict.fromkeys(("float", "double"), float), "blob": _write_blob}
    return Codec(readers, writers, lambda _: write_timestamp, wire_name)


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    raise unexpected(value, "Float")


def _read_blob(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    raise unexpected(value, "Blob")


def _write_blob(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
