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
from lambent.wire import aws_json, cbor_shapes, events, eventstream, timestamps
from lambent.wire.error_form import message_name
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref
from lambent.wire.shapes import Read, Write, unexpected

CONTENT_TYPE = "application/x-amz-cbor-1.1"


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001 (the protocols' common form)
    """The parameters of a request. Raises Serialization."""
    read = _reader(operation)
    if read is None or not request.body:
        return {}
    parameters: dict[str, Any] = read(cbor_shapes.decode(request.body, _TAGS))
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    if operation.event_stream_output is not None:
        return _serialize_stream(operation, reply, request_id)
    write = _writer(operation)
    if type(reply) is Spliced:  # of JSON
        reply = aws_json.plain(operation, reply)
    if write is None:
        return Response(200, _headers(request_id, CONTENT_TYPE), b"" if operation.output is None else cbor_shapes.encode({}))
    return Response(200, _headers(request_id, CONTENT_TYPE), cbor_shapes.encode(write(reply)))


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
    return Response(error.status, _headers(request_id, CONTENT_TYPE), cbor_shapes.encode(body))


def _headers(request_id: str, content_type: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", content_type)]


def _serialize_stream(operation: Operation, reply: Reply, request_id: str) -> Response:
    body = events.rpc_frames(operation, reply, codec=CBOR, encode=cbor_shapes.encode, content_type=CONTENT_TYPE)
    return Response(200, _headers(request_id, eventstream.CONTENT_TYPE), body)


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


_TAGS = {cbor_shapes.EPOCH_TAG: _untagged}


def _write_timestamp(value: Any) -> cbor2.CBORTag:
    return cbor2.CBORTag(cbor_shapes.EPOCH_TAG, round(timestamps.epoch_seconds(value) * 1_000))


def _wire_name(name: str, ref: Ref) -> str:
    return ref.location_name or name


CBOR = cbor_shapes.codec(read_timestamp=_read_timestamp, write_timestamp=_write_timestamp, wire_name=_wire_name)
