"""The json protocol in CBOR, as Java's clients speak it to Kinesis: the operation in X-Amz-Target, all members in one CBOR map.

No page describes it. The SDKs for Java (both), the Kinesis Client Library and the Producer Library send it unless they are told
not to (``AWS_CBOR_DISABLE``): https://github.com/aws/aws-sdk-java-v2/tree/master/core/protocols/aws-cbor-protocol.
Blobs are byte strings, and timestamps are milliseconds under the tag for epoch times, which by its definition counts seconds.
"""

import functools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import cbor2

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply, Spliced
from lambent.wire import aws_json, events, eventstream, timestamps
from lambent.wire.cbor import read_blob, read_float, write_blob, write_float
from lambent.wire.error_form import message_name
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref
from lambent.wire.problems import Serialization
from lambent.wire.shapes import PLAIN_READERS, Codec, Read, Write, unexpected

CONTENT_TYPE = "application/x-amz-cbor-1.1"
_EPOCH_TAG = 1


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001 (the protocols' common form)
    """The parameters of a request. Raises Serialization."""
    read = _reader(operation)
    if read is None or not request.body:
        return {}
    try:
        value = cbor2.loads(request.body, semantic_decoders={_EPOCH_TAG: _untagged})
    except (cbor2.CBORError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Serialization(reason=str(error)) from error
    parameters: dict[str, Any] = read(value)
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    if operation.event_stream_output is not None:
        return _serialize_stream(operation, reply, request_id)
    write = _writer(operation)
    if type(reply) is Spliced:  # of JSON
        reply = aws_json.plain(operation, reply)
    if write is None:
        return Response(200, _headers(request_id, CONTENT_TYPE), b"" if operation.output is None else cbor2.dumps({}))
    return Response(200, _headers(request_id, CONTENT_TYPE), cbor2.dumps(write(reply)))


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``: its name in ``__type``, as in JSON."""
    shape = operation.service.error(error.code) if operation is not None else None
    body: dict[str, Any] = {"__type": shape.name if shape is not None else error.code}
    if error.message or shape is None:
        body[message_name(shape)] = error.message
    if shape is not None and error.members:
        write = CBOR.shape_writer(shape)
        assert write is not None
        body |= write({name: value for name, value in error.members.items() if name in shape.members})
    return Response(error.status, _headers(request_id, CONTENT_TYPE), cbor2.dumps(body))


def _headers(request_id: str, content_type: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", content_type)]


def _serialize_stream(operation: Operation, reply: Reply, request_id: str) -> Response:
    name, shape = operation.event_stream_output, operation.output_shape
    assert name is not None
    assert shape is not None
    rest = CBOR.members_writer(shape, [member for member in shape.members if member != name])
    initial = cbor2.dumps(rest({key: value for key, value in reply.items() if key != name}))
    body = events.frames(shape.members[name], reply[name], dump=_dump, content_type=CONTENT_TYPE, initial=initial)
    return Response(200, _headers(request_id, eventstream.CONTENT_TYPE), body)


def _dump(ref: Ref, value: Any) -> bytes:
    write = CBOR.writer(ref)
    return cbor2.dumps(value if write is None else write(value))


@functools.cache
def _reader(operation: Operation) -> Read | None:
    return CBOR.reader(operation.input) if operation.input is not None else None


@functools.cache
def _writer(operation: Operation) -> Write | None:
    return CBOR.writer(operation.output) if operation.output is not None else None


# ---- timestamps ------------------------------------------------------------------------------------------------------


def _read_timestamp(value: Any) -> datetime:
    if type(value) not in (int, float):
        raise unexpected(value, "Timestamp")
    try:
        return timestamps.EPOCH + timedelta(milliseconds=value)
    except (OverflowError, ValueError) as error:
        raise unexpected(value, "Timestamp") from error


def _untagged(value: Any, _is_immutable: bool) -> Any:
    return value


def _write_timestamp(value: Any) -> cbor2.CBORTag:
    return cbor2.CBORTag(_EPOCH_TAG, round(timestamps.epoch_seconds(value) * 1_000))


def _timestamp_writer(ref: Ref) -> Write:  # noqa: ARG001 (this protocol has one format)
    return _write_timestamp


def _wire_name(name: str, ref: Ref) -> str:
    return ref.location_name or name


_READERS: dict[str, Read] = {
    **PLAIN_READERS,
    "float": read_float,
    "double": read_float,
    "blob": read_blob,
    "timestamp": _read_timestamp,
}
_WRITERS: dict[str, Write] = {"float": write_float, "double": write_float, "blob": write_blob}

CBOR = Codec(_READERS, _WRITERS, _timestamp_writer, _wire_name)
