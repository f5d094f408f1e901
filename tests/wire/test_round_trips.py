"""For every operation of every service in scope: what botocore's serializer writes we read, what we write its parser reads.

Values are drawn from the model's shapes. The everyday run takes few examples of each operation, always the same ones;
LAMBENT_WIRE_EXAMPLES=200 looks deeper.
"""

import functools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import HeadersDict
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import PROTOCOL_PARSERS
from botocore.serialize import SERIALIZERS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.wire import values

from lambent.core.errors import ServiceError
from lambent.wire import constraints, models, protocols
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Shape
from lambent.wire.route import Router

SERVICES = (
    "lambda",
    "s3",
    "logs",
    "iam",
    "sts",
    "sqs",
    "sns",
    "dynamodb",
    "dynamodbstreams",
    "kinesis",
    "stepfunctions",
    "events",
    "scheduler",
    "apigatewayv2",
    "apigateway",
    "cloudwatch",
    "ecr",
)
UNKNOWN_TO_BOTOCORE = "DurableExecutionArn"  # of a streamed invocation; of others botocore knows it
EXAMPLES = int(os.environ.get("LAMBENT_WIRE_EXAMPLES", "3"))
ROUTER = Router(SERVICES)

SHARED_PATHS = {
    "s3.GetBucketLifecycle": "s3.GetBucketLifecycleConfiguration",
    "s3.PutBucketLifecycle": "s3.PutBucketLifecycleConfiguration",
    "s3.GetBucketNotification": "s3.GetBucketNotificationConfiguration",
    "s3.PutBucketNotification": "s3.PutBucketNotificationConfiguration",
    "s3.ListDirectoryBuckets": "s3.ListBuckets",
}
"""Operations that stand at the same path as another one: the deprecated ones, and one that only S3 Express has."""

NOT_COMPARED = {
    "PutBucketNotification": "deprecated, and its model gives two members one element",
    "GetBucketNotification": "deprecated, and its model gives two members one element",
    "GetBucketLocation": "the root element is the member itself; botocore's client reads it in a handler, not in its parser",
}

cases = [(name, protocol) for name in SERVICES for protocol in models.service(name).protocols]
operations = [
    pytest.param(
        operation, protocol, id=f"{name}-{operation.name}" + (f"-{protocol}" if protocol != operation.service.protocol else "")
    )
    for name, protocol in cases
    for operation in models.service(name).operations()
]
compared = [case for case in operations if case.values[0].name not in NOT_COMPARED]
replies = [case for case in compared if case.values[0].event_stream_output is None]
streams = [case for case in compared if case.values[0].event_stream_output is not None]
examples = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@functools.cache
def theirs(operation: Operation) -> OperationModel:
    """The operation as botocore models it."""
    return _service_model(operation.service.name).operation_model(operation.name)


@functools.cache
def _service_model(name: str) -> ServiceModel:
    return ServiceModel(Loader(include_default_search_paths=True).load_service_model(name, "service-2"), name)


def form_of(protocol: str, *, is_output: bool) -> values.Form:
    is_xml = protocol == "rest-xml" or (protocol == "query" and is_output)
    return values.Form(is_xml=is_xml, loses_empty=protocol == "query" and not is_output, is_output=is_output)


def request_of(operation: Operation, protocol: str, parameters: dict[str, Any]) -> Request:
    """The request as botocore's client would send it."""
    serialized = SERIALIZERS[protocol]().serialize_to_request(parameters, theirs(operation))
    path, _, query = serialized["url_path"].partition("?")
    more = urlencode(serialized["query_string"], doseq=True) if serialized["query_string"] else ""
    body = serialized["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    headers = {name.lower(): value for name, value in serialized["headers"].items()}
    headers["host"] = "localhost:4566"
    scope = f"000000000000/20260101/us-east-1/{operation.service.signing_name}/aws4_request"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    data = body.encode() if isinstance(body, str) else bytes(body)
    return Request(serialized["method"], path, "&".join(part for part in (query, more) if part), headers, data)


async def read(operation: Operation, protocol: str, request: Request) -> tuple[str, dict[str, Any]]:
    """Which operation we find, and the parameters that we read."""
    route = ROUTER.route(request)
    found = f"{route.operation.service.name}.{route.operation.name}"
    assert route.protocol == protocol
    parameters = protocols.module(protocol).parse(operation, request, route.labels)
    name = operation.streaming_input
    if name is not None:
        parameters[name] = b"".join([chunk async for chunk in parameters[name]])
    return found, parameters


def parameters_of(draw: values.Draw, operation: Operation, protocol: str) -> dict[str, Any]:
    shape = operation.input_shape
    if shape is None:
        return {}
    # A client sends an empty body for a payload that is not there, and no server can tell the two.
    always = frozenset({shape.payload} if shape.payload else ())
    parameters = values.structure(draw, shape, form_of(protocol, is_output=False), always=always)
    if shape.payload and shape.members[shape.payload].type in ("blob", "string") and not parameters[shape.payload]:
        del parameters[shape.payload]
        if operation.streaming_input:
            parameters[shape.payload] = b""
    if operation.service.name == "s3" and "Bucket" in parameters:
        parameters["Bucket"] = draw(values.TOKEN)
    return parameters


def result_of(draw: values.Draw, operation: Operation, protocol: str) -> dict[str, Any]:
    shape = operation.output_shape
    if shape is None:
        return {}
    # These come with every answer, whether the operation gave them or not.
    always = {name for name, ref in shape.members.items() if ref.location in ("statusCode", "headers")}
    always |= {name for name, ref in shape.members.items() if ref.location == "header" and ref.location_name == "Content-Type"}
    if shape.payload:
        always.add(shape.payload)
    result = values.structure(draw, shape, form_of(protocol, is_output=True), always=frozenset(always))
    if shape.payload and shape.members[shape.payload].type in ("blob", "string"):
        result[shape.payload] = draw(values.ASCII_BLOB)  # botocore's parser decodes a body that it has at hand
    return result


def understood(operation: Operation, protocol: str, response: Response) -> dict[str, Any]:
    """The response as botocore's parser reads it, without its metadata."""
    message = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body, "context": {}}
    parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol]().parse(message, theirs(operation).output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def as_text(result: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """The result with its payload as text, as botocore's parser has it."""
    name = operation.output_shape.payload if operation.output_shape is not None else None
    if name is None or not isinstance(result[name], bytes):
        return result
    return result | {name: result[name].decode()}


@pytest.mark.parametrize(("operation", "protocol"), compared)
def test_a_request_parses_back_to_its_parameters(operation: Operation, protocol: str) -> None:
    @examples
    @given(st.data())
    def holds(data: Any) -> None:
        parameters = parameters_of(data.draw, operation, protocol)
        request = request_of(operation, protocol, parameters)
        found, parsed = drive(read(operation, protocol, request))
        name = f"{operation.service.name}.{operation.name}"
        assert found == SHARED_PATHS.get(name, name)
        assert parsed == parameters
        with suppress(ServiceError):
            constraints.check(operation, parsed)  # finds fault or does not, but never fails itself

    holds()


@pytest.mark.parametrize(("operation", "protocol"), replies)
def test_a_reply_parses_back_to_itself(operation: Operation, protocol: str) -> None:
    @examples
    @given(st.data())
    def holds(data: Any) -> None:
        result = result_of(data.draw, operation, protocol)
        response = protocols.module(protocol).serialize(operation, result, "request-id")
        assert understood(operation, protocol, response) == as_text(result, operation)

    holds()


@pytest.mark.parametrize(("operation", "protocol"), streams)
def test_a_stream_of_events_parses_back_to_them(operation: Operation, protocol: str) -> None:
    name, shape = operation.event_stream_output, operation.output_shape
    assert name is not None
    assert shape is not None
    kinds = shape.members[name].shape

    @examples
    @given(st.data())
    def holds(data: Any) -> None:
        form = form_of(protocol, is_output=True)
        names = [kind for kind, ref in kinds.members.items() if not ref.shape.exception]
        chosen = data.draw(st.lists(st.sampled_from(names), max_size=4))
        events = [{kind: event_of(data.draw, kinds.members[kind].shape, form)} for kind in chosen]
        drawn = result_of(data.draw, operation, protocol)
        result = {member: value for member, value in drawn.items() if member not in (name, UNKNOWN_TO_BOTOCORE)}
        response = protocols.module(protocol).serialize(operation, result | {name: stream_of(events)}, "request-id")
        received = b"".join(drive(collected(response.body)))
        parsed = understood(operation, protocol, Response(response.status, response.headers, Raw(received)))
        assert list(parsed.pop(name)) == events
        assert parsed == result

    holds()


def event_of(draw: values.Draw, shape: Shape, form: values.Form) -> dict[str, Any]:
    """An event with its payload, which is never absent in a frame."""
    payloads = frozenset(name for name, ref in shape.members.items() if ref.eventpayload)
    return values.structure(draw, shape, form, always=payloads)


async def stream_of(events: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    for event in events:
        yield event


async def collected(body: AsyncIterator[bytes]) -> list[bytes]:
    return [frame async for frame in body]


class Raw:
    """A body as botocore's event stream wants it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Iterator[bytes]:
        yield self._data


def drive(coroutine: Any) -> Any:
    """Runs a coroutine that never waits, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")
