"""The ec2 protocol: query with capitalised names, lists that are always flat, and answers without a result's wrapper."""

import functools
from collections.abc import Mapping
from typing import Any

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import error_form, query, xml_shapes
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:  # noqa: ARG001 (the protocols' common form)
    """The parameters of a request. Raises MalformedInput."""
    return query.parse_form(operation, request, EC2)


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    namespace = xml_shapes.namespace_attribute(operation.service.metadata.xml_namespace)
    parts = [f"<{operation.name}Response{namespace}>"]
    write = _writer(operation)
    if write is not None:
        write(parts, reply)
    parts.append(f"<requestId>{request_id}</requestId></{operation.name}Response>")
    return Response(200, _headers(request_id), "".join(parts).encode())


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``."""
    service = operation.service if operation is not None else None
    shape = service.error(error.code) if service is not None else None
    inner = f"<Code>{xml_shapes.escape(error_form.query_code(service, shape, error))}</Code>"
    inner += f"<Message>{xml_shapes.escape(error.message)}</Message>{query.error_members(shape, error)}"
    body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    return Response(error.status, _headers(request_id), body.encode())


def _headers(request_id: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml;charset=UTF-8")]


@functools.cache
def _writer(operation: Operation) -> xml_shapes.Write | None:
    return query.WRITER.members(operation.output_shape) if operation.output_shape is not None else None


def _ec2_names(name: str, ref: Ref) -> tuple[str, ...]:
    if ref.query_name:
        return (ref.query_name,)
    wire_name = ref.location_name or name
    return wire_name[0].upper() + wire_name[1:], wire_name


EC2 = query.Dialect(_ec2_names, has_member_lists=False)
