"""The rest-json protocol: HTTP bindings around a JSON body. Lambda, API Gateway and EventBridge Scheduler speak it."""

import functools
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambent.core.errors import Defect, ServiceError
from lambent.core.ports import Reply
from lambent.wire import aws_json, events, eventstream, json_shapes, rest
from lambent.wire.http import Request, Response
from lambent.wire.json_shapes import JSON
from lambent.wire.models import Operation, Shape
from lambent.wire.problems import InvalidRequestContent, Serialization
from lambent.wire.shapes import Read, Write

# Services that tell in the body whose fault an error is: {"Type": "User", "message": …}.
_SERVICES_WITH_ERROR_TYPE = ("lambda",)
_ERRORS_WITHOUT_TYPE = ("ValidationException",)


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a request. Raises Serialization or InvalidRequestContent."""
    plan = rest.input_plan(operation)
    parameters = rest.read_head(plan, request, labels)
    if rest.read_raw_payload(plan, request, parameters):
        return parameters
    read = _body_reader(operation)
    if read is None or not request.body:
        return parameters
    value = _decode(operation, request.body)
    if plan.payload is not None:
        if value is not None:
            parameters[plan.payload_name] = read(value)
        return parameters
    parameters.update(read(value))
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    is_stream = operation.event_stream_output is not None
    headers = [
        ("x-amzn-RequestId", request_id),
        ("Content-Type", eventstream.CONTENT_TYPE if is_stream else "application/json"),
    ]
    shape = operation.output_shape
    if shape is None:
        return Response(operation.status, headers)
    plan = rest.shape_plan(shape)
    check_members(shape, reply)
    rest.write_head(plan, reply, headers)
    status = operation.status
    if plan.status is not None:
        status = reply.get(plan.status) or status
    if operation.event_stream_output is not None and status != 204:  # a dry run has no events
        return Response(status, headers, _stream(shape, operation.event_stream_output, reply))
    return Response(status, headers, _body(operation, plan, reply, status))


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``: its code in a header, its members in the body."""
    service = operation.service if operation is not None else None
    shape = service.error(error.code) if service is not None else None
    headers = [
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", shape.name if shape is not None else error.code),
        ("Content-Type", "application/json"),
    ]
    body: dict[str, Any] = {}
    if service is not None and service.name in _SERVICES_WITH_ERROR_TYPE and error.code not in _ERRORS_WITHOUT_TYPE:
        body["Type"] = "User" if error.is_senders_fault else "Service"
    body |= aws_json.error_members(shape, error)
    if shape is not None and error.members:
        rest.write_head(rest.shape_plan(shape), dict(error.members), headers)
    return Response(error.status, headers, json_shapes.encode(body))


def check_members(shape: Shape, reply: Reply) -> None:
    """Raises Defect where a reply holds what the model does not know: a misspelt member would silently be missing."""
    if not reply.keys() <= shape.members.keys():
        raise Defect(f"{shape.name} has no member {', '.join(sorted(reply.keys() - shape.members.keys()))}")


def _decode(operation: Operation, body: bytes) -> Any:
    try:
        return json_shapes.decode(body)
    except ValueError as error:
        if operation.service.name == "lambda":
            raise InvalidRequestContent(reason=error) from error
        raise Serialization(reason=str(error)) from error


def _body(operation: Operation, plan: rest.OutputPlan, reply: Reply, status: int) -> Any:
    if plan.payload is None:
        if not plan.body or status == 204:
            return b""
        return json_shapes.encode(_body_writer(operation)(reply))
    value = reply.get(plan.payload_name)
    if plan.payload.type == "blob":
        return b"" if value is None else value
    if plan.payload.type == "string":
        return b"" if value is None else value.encode()
    return b"" if value is None else json_shapes.encode(_body_writer(operation)(value))


def _stream(shape: Shape, name: str, reply: Reply) -> AsyncIterator[bytes]:
    return events.frames(shape.members[name], reply[name], dump=json_shapes.dump, content_type="application/json")


@functools.cache
def _body_reader(operation: Operation) -> Read | None:
    plan = rest.input_plan(operation)
    if plan.payload is not None:
        return JSON.reader(plan.payload)
    if not plan.body:
        return None
    assert operation.input_shape is not None
    return JSON.members_reader(operation.input_shape, plan.body)


@functools.cache
def _body_writer(operation: Operation) -> Write:
    shape = operation.output_shape
    assert shape is not None
    plan = rest.shape_plan(shape)
    if plan.payload is not None:
        return JSON.writer(plan.payload) or _as_it_is
    return JSON.members_writer(shape, plan.body)


def _as_it_is(value: Any) -> Any:
    return value
