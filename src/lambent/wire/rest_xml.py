"""The rest-xml protocol: HTTP bindings around an XML body. S3 speaks it, with errors in a form of its own."""

import base64
import functools
import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import events, eventstream, rest, rest_json, timestamps, xml_shapes
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.problems import MalformedXml

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# The names of S3's root elements, which its model does not give. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
_S3_ROOTS = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListParts": "ListPartsResult",
    "DeleteObjects": "DeleteResult",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetBucketAcl": "AccessControlPolicy",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketTagging": "Tagging",
    "GetObjectTagging": "Tagging",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
}
# An output whose one member is the root element itself.
_S3_UNWRAPPED = {"GetBucketLocation": "LocationConstraint"}


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a request. Raises Serialization or MalformedXml."""
    plan = rest.input_plan(operation)
    parameters = rest.read_head(plan, request, labels)
    if rest.read_raw_payload(plan, request, parameters) or not request.body or not (plan.body or plan.payload):
        return parameters
    shape = operation.input_shape
    assert shape is not None
    try:
        root = xml_shapes.parse(request.body)
        if plan.payload is not None:
            parameters[plan.payload_name] = xml_shapes.read(plan.payload, root)
        else:
            parameters.update(xml_shapes.read_structure(shape, root, plan.body))
    except xml_shapes.NotXml as error:
        raise MalformedXml from error
    return parameters


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    headers = _request_headers(operation, request_id)
    shape = operation.output_shape
    if shape is None:
        return Response(operation.status, headers)
    rest_json.check_members(shape, reply)
    plan = rest.shape_plan(shape)
    content_type = _content_type(operation, plan)
    if content_type:
        headers.append(("Content-Type", content_type))
    rest.write_head(plan, reply, headers)
    status = (reply.get(plan.status) if plan.status is not None else None) or operation.status
    if reply.get("ContentRange"):
        status = 206  # RFC 9110: what tells its range is partial content. S3's model does not say so.
    if operation.event_stream_output is not None:
        return Response(status, headers, _stream(shape, operation.event_stream_output, reply))
    return Response(status, headers, _body(operation, plan, reply))


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``. S3's form is used where there is no operation: no one else is served in rest-xml."""
    is_s3 = operation is None or operation.service.name == "s3"
    headers = [*_request_headers(operation, request_id), *error.headers.items()]
    if error.status == 304:
        return Response(error.status, headers)
    headers.append(("Content-Type", "application/xml"))
    shape = operation.service.error(error.code) if operation is not None else None
    if shape is not None and error.members:
        rest.write_head(rest.shape_plan(shape), dict(error.members), headers)
    members = _error_members(shape, error)
    if is_s3:
        parts = [_element("Code", error.code), _element("Message", error.message), members]
        parts += [_element("RequestId", request_id), _element("HostId", host_id(request_id))]
        return Response(error.status, headers, f"{DECLARATION}<Error>{''.join(parts)}</Error>".encode())
    fault = "Sender" if error.is_senders_fault else "Receiver"
    inner = _element("Type", fault) + _element("Code", error.code) + _element("Message", error.message) + members
    body = f"<ErrorResponse><Error>{inner}</Error>{_element('RequestId', request_id)}</ErrorResponse>"
    return Response(error.status, headers, body.encode())


def host_id(request_id: str) -> str:
    """S3's second request id, which tells its engineers the host; here it only has the form."""
    return base64.b64encode(hashlib.sha512(request_id.encode()).digest()[:56]).decode()


def _request_headers(operation: Operation | None, request_id: str) -> list[tuple[str, str]]:
    if operation is None or operation.service.name == "s3":
        return [("x-amz-request-id", request_id), ("x-amz-id-2", host_id(request_id))]
    return [("x-amzn-RequestId", request_id)]


def _content_type(operation: Operation, plan: rest.OutputPlan) -> str:
    if operation.event_stream_output is not None:
        return eventstream.CONTENT_TYPE
    if plan.payload is not None and plan.payload.type in ("blob", "string"):
        return "binary/octet-stream" if operation.service.name == "s3" else "application/octet-stream"
    return "application/xml" if plan.body or plan.payload is not None else ""


def _error_members(shape: Shape | None, error: ServiceError) -> str:
    """The error's further members as elements. S3 tells some that its model does not know (BucketName, Key …)."""
    parts: list[str] = []
    for name, value in error.members.items():
        ref = shape.members.get(name) if shape is not None else None
        if ref is None:
            parts.append(_element(name, value))
        elif ref.location is None:
            _WRITER.element(ref.location_name or name, ref)(parts, value)
    return "".join(parts)


def _element(name: str, value: object) -> str:
    return f"<{name}>{xml_shapes.escape(str(value))}</{name}>"


def _body(operation: Operation, plan: rest.OutputPlan, reply: Reply) -> Any:
    if plan.payload is None:
        if not plan.body:
            return b""
        value: Any = reply
    else:
        value = reply.get(plan.payload_name)
        if plan.payload.type in ("blob", "string"):
            return b"" if value is None else value.encode() if isinstance(value, str) else value
        if value is None:
            return b""
    parts = [DECLARATION]
    _root_writer(operation)(parts, value)
    return "".join(parts).encode()


@functools.cache
def _root_writer(operation: Operation) -> xml_shapes.Write:
    shape, output = operation.output_shape, operation.output
    assert shape is not None
    assert output is not None
    plan = rest.shape_plan(shape)
    namespace = xml_shapes.namespace_attribute(output.xml_namespace or operation.service.metadata.xml_namespace)
    if operation.service.name == "s3":
        namespace = xml_shapes.namespace_attribute(S3_NAMESPACE)
        if operation.name in _S3_UNWRAPPED:
            return _unwrapped(_S3_UNWRAPPED[operation.name], namespace)
    if plan.payload is not None:
        name = plan.payload.location_name or plan.payload.shape_name
        if plan.payload.xml_namespace is None and namespace:
            return _wrap(name, namespace, _WRITER.content(plan.payload))
        return _WRITER.element(name, plan.payload)
    name = _S3_ROOTS.get(operation.name) or output.location_name or output.shape_name
    return _WRITER.structure(name, shape, namespace, plan.body)


def _wrap(name: str, namespace: str, content: xml_shapes.Write) -> xml_shapes.Write:
    def write(parts: list[str], value: Any) -> None:
        parts.append(f"<{name}{namespace}>")
        content(parts, value)
        parts.append(f"</{name}>")

    return write


def _unwrapped(name: str, namespace: str) -> xml_shapes.Write:
    def write(parts: list[str], value: Any) -> None:
        parts.append(f"<{name}{namespace}>{xml_shapes.escape(value.get(name) or '')}</{name}>")

    return write


def _stream(shape: Shape, name: str, reply: Reply) -> AsyncIterator[bytes]:
    return events.frames(shape.members[name], reply[name], dump=_dump, content_type="text/xml")


def _dump(ref: Ref, value: Any) -> bytes:
    parts: list[str] = []
    _WRITER.element(ref.location_name or ref.shape_name, ref)(parts, value)
    return "".join(parts).encode()


def _name_of(name: str, ref: Ref) -> str:
    return ref.location_name or name


_WRITER = xml_shapes.Writer(timestamps.iso8601_milliseconds, name_of=_name_of)
