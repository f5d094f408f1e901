"""The smithy-rpc-v2-cbor protocol: the operation in the path, members in one CBOR map. Newest clients speak it to CloudWatch.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import cbor_shapes, events, eventstream, timestamps
from lambent.wire.error_form import message_name, query_error_header
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref, Service, Shape
from lambent.wire.shapes import Read, Write, unexpected

CONTENT_TYPE = "application/cbor"


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001 (the protocols' common form)
    """The parameters of a request. Raises Serialization."""
    read = _reader(operation)
    if read is None or not request.body:
        return {}
    parameters: dict[str, Any] = read(cbor_shapes.decode(request.body))
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    if operation.event_stream_output is not None:
        return _serialize_stream(operation, reply, request_id)
    write = _writer(operation)
    body = b"" if write is None else cbor_shapes.encode(write(reply))
    return Response(200, _headers(request_id, CONTENT_TYPE), body)


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``: its shape's name in ``__type``."""
    service = operation.service if operation is not None else None
    shape = service.error(error.code) if service is not None else None
    body: dict[str, Any] = {"__type": _error_id(service, shape, error)}
    if error.message or shape is None:
        body[message_name(shape)] = error.message
    if shape is not None:
        write = CBOR.shape_writer(shape)
        assert write is not None
        body |= write({name: value for name, value in error.members.items() if name in shape.members})
    headers = _headers(request_id, CONTENT_TYPE) + query_error_header(service, shape, error)
    return Response(error.status, headers, cbor_shapes.encode(body))


def _headers(request_id: str, content_type: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", content_type)]


def _error_id(service: Service | None, shape: Shape | None, error: ServiceError) -> str:
    """The absolute id of the error's shape; clients take what stands behind the "#"."""
    name = shape.name if shape is not None else error.code
    return f"com.amazonaws.{service.name}#{name}" if service is not None else name


def _serialize_stream(operation: Operation, reply: Reply, request_id: str) -> Response:
    body = events.rpc_frames(operation, reply, codec=CBOR, encode=cbor_shapes.encode, content_type=CONTENT_TYPE)
    return Response(200, _headers(request_id, eventstream.CONTENT_TYPE), body)


@functools.cache
def _reader(operation: Operation) -> Read | None:
    return CBOR.reader(operation.input) if operation.input is not None else None


@functools.cache
def _writer(operation: Operation) -> Write | None:
    return CBOR.writer(operation.output) if operation.output is not None else None


# ---- scalars ---------------------------------------------------------------------------------------------------------


def _read_timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if type(value) not in (int, float):
        raise unexpected(value, "Timestamp")
    try:
        return timestamps.read(value)
    except ValueError as error:
        raise unexpected(value, "Timestamp") from error


def _write_timestamp(value: Any) -> cbor2.CBORTag:
    return cbor2.CBORTag(cbor_shapes.EPOCH_TAG, timestamps.epoch_seconds(value))


def _wire_name(name: str, ref: Ref) -> str:  # noqa: ARG001 (this protocol knows no other names)
    return name


CBOR = cbor_shapes.codec(read_timestamp=_read_timestamp, write_timestamp=_write_timestamp, wire_name=_wire_name)
