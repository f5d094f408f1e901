"""The json protocol, versions 1.0 and 1.1: the operation in X-Amz-Target, all members in one JSON object.

Services that once spoke query (``awsQueryCompatible``) also name the error's old code in ``x-amzn-query-error``.
"""

import functools
import zlib
from collections.abc import Mapping
from typing import Any

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import error_form, events, eventstream, json_shapes
from lambent.wire.http import Request, Response
from lambent.wire.json_shapes import JSON
from lambent.wire.models import Operation, Service, Shape
from lambent.wire.problems import Serialization
from lambent.wire.shapes import Read, Write

# Java services name the package of an error before its name; clients cut at the "#".
_ERROR_NAMESPACES = {
    "sqs": "com.amazonaws.sqs#",
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810#",
}
_SHARED_ERROR_NAMESPACES = {
    "SerializationException": "com.amazon.coral.service#",
    "UnknownOperationException": "com.amazon.coral.service#",
    "ValidationException": "com.amazon.coral.validate#",
}

# Their clients compare the body with the header that tells its checksum.
_SERVICES_WITH_CRC32 = frozenset({"dynamodb", "dynamodbstreams"})


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001 (the protocols' common form)
    """The parameters of a request. Raises Serialization."""
    read = _reader(operation)
    if read is None or not request.body:
        return {}
    try:
        value = json_shapes.decode(request.body)
    except ValueError as error:
        raise Serialization(reason=str(error)) from error
    parameters: dict[str, Any] = read(value)
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", _content_type(operation.service))]
    if operation.event_stream_output is not None:
        return _serialize_stream(operation, reply, headers)
    write = _writer(operation)
    if operation.service.name in _SERVICES_WITH_CRC32:
        body = json_shapes.encode(write(reply)) if write is not None else b"{}"
        return Response(200, [*headers, _crc32(body)], body)
    if write is None:
        # A modelled but empty output is an empty object; no output at all is no body.
        return Response(200, headers, b"" if operation.output is None else b"{}")
    return Response(200, headers, json_shapes.encode(write(reply)))


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``; without an operation, in the form that every client of the protocol reads."""
    service = operation.service if operation is not None else None
    shape = service.error(error.code) if service is not None else None
    code = shape.name if shape is not None else error.code
    headers = [("x-amzn-RequestId", request_id), ("Content-Type", _content_type(service))]
    headers += error_form.query_error_header(service, shape, error)
    body = json_shapes.encode({"__type": _namespace(service, code) + code} | error_members(shape, error))
    if service is not None and service.name in _SERVICES_WITH_CRC32:
        headers.append(_crc32(body))
    return Response(error.status, headers, body)


def plain(operation: Operation, reply: Reply) -> Reply:
    """A reply with parts that are JSON already, as botocore would give it."""
    read, write = JSON.reader(operation.output) if operation.output is not None else None, _writer(operation)
    if read is None or write is None:
        return reply
    told: Reply = read(json_shapes.decode(json_shapes.encode(write(reply))))
    return told


def error_members(shape: Shape | None, error: ServiceError) -> dict[str, Any]:
    """The message under the name that the model gives it, and the error's further members."""
    name = error_form.message_name(shape)
    members = {name: error.message} if error.message or shape is None else {}
    if not error.members:
        return members
    if shape is None:
        return members | dict(error.members)
    write = JSON.shape_writer(shape)
    assert write is not None
    rest: dict[str, Any] = write({key: value for key, value in error.members.items() if _is_in_body(shape, key)})
    return members | rest


def _is_in_body(shape: Shape, name: str) -> bool:
    return name in shape.members and shape.members[name].location is None


@functools.cache
def _reader(operation: Operation) -> Read | None:
    return JSON.reader(operation.input) if operation.input is not None else None


@functools.cache
def _writer(operation: Operation) -> Write | None:
    return JSON.writer(operation.output) if operation.output is not None else None


def _crc32(body: bytes) -> tuple[str, str]:
    return "x-amz-crc32", str(zlib.crc32(body))


@functools.cache
def _content_type(service: Service | None) -> str:
    return f"application/x-amz-json-{service.metadata.json_version if service is not None else '1.1'}"


def _namespace(service: Service | None, code: str) -> str:
    if service is None or service.name not in _ERROR_NAMESPACES:
        return ""
    return _SHARED_ERROR_NAMESPACES.get(code) or _ERROR_NAMESPACES[service.name]


def _serialize_stream(operation: Operation, reply: Reply, headers: list[tuple[str, str]]) -> Response:
    body = events.rpc_frames(operation, reply, codec=JSON, encode=json_shapes.encode, content_type=headers[-1][1])
    return Response(200, [*headers[:-1], ("Content-Type", eventstream.CONTENT_TYPE)], body)
