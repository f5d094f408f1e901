"""The json protocol: bodies, errors and the codes of former query services."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import aws_json, eventstream, models, problems
from lambent.wire.http import Request
from lambent.wire.models import Operation


class QueueDoesNotExist(ServiceError):
    code = "QueueDoesNotExist"
    status = 400
    wording = "The specified queue does not exist."


class Missing(ServiceError):
    code = "ResourceNotFoundException"
    status = 400
    wording = "The specified log group does not exist."


class Cancelled(ServiceError):
    code = "TransactionCanceledException"
    status = 400
    wording = "Transaction cancelled"


def operation(service: str, name: str) -> Operation:
    found = models.service(service).operation(name)
    assert found is not None
    return found


def parse(service: str, name: str, body: bytes) -> dict[str, Any]:
    return aws_json.parse(operation(service, name), Request("POST", "/", "", {}, body), {})


def test_a_body_becomes_parameters():
    assert parse("sqs", "SendMessage", b'{"QueueUrl": "u", "MessageBody": "m", "DelaySeconds": 0}') == {
        "QueueUrl": "u",
        "MessageBody": "m",
        "DelaySeconds": 0,
    }


def test_an_empty_body_is_an_empty_object():
    assert parse("logs", "DescribeLogGroups", b"") == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"logGroupName": 7}', b"\xff"])
def test_a_body_that_does_not_fit_is_refused(body: bytes):
    with pytest.raises(problems.Serialization):
        parse("logs", "CreateLogGroup", body)


@pytest.mark.parametrize(("service", "name", "version"), [("sqs", "SendMessage", "1.0"), ("logs", "PutLogEvents", "1.1")])
def test_the_answer_has_the_services_version_of_the_protocol(service: str, name: str, version: str):
    response = aws_json.serialize(operation(service, name), {}, "id")
    assert (response.header("content-type"), response.body) == (f"application/x-amz-json-{version}", b"{}")


def test_an_operation_without_output_answers_without_a_body():
    response = aws_json.serialize(operation("logs", "CreateLogGroup"), {}, "id")
    assert (response.status, response.body, response.header("x-amzn-requestid")) == (200, b"", "id")


def test_an_error_tells_its_type_and_message():
    response = aws_json.serialize_error(operation("logs", "PutLogEvents"), Missing(), "id")
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {
        "__type": "ResourceNotFoundException",
        "message": "The specified log group does not exist.",
    }


def test_java_services_name_the_package_of_an_error():
    response = aws_json.serialize_error(operation("sqs", "SendMessage"), QueueDoesNotExist(), "id")
    assert isinstance(response.body, bytes)
    assert json.loads(response.body)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert response.header("x-amzn-query-error") == "AWS.SimpleQueueService.NonExistentQueue;Sender"


def test_members_of_an_error_are_written_with_it():
    error = Cancelled(members={"CancellationReasons": [{"Code": "None"}]})
    response = aws_json.serialize_error(operation("dynamodb", "TransactWriteItems"), error, "id")
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "None"}],
    }


def test_an_unknown_target_is_answered_without_an_operation():
    response = aws_json.serialize_error(None, problems.UnknownTarget(), "id")
    assert (response.status, response.body) == (400, b'{"__type":"UnknownOperationException","message":""}')


async def test_a_stream_opens_with_an_initial_response():
    async def updates() -> AsyncIterator[dict[str, Any]]:
        yield {"sessionUpdate": {"sessionResults": [{"message": "line"}]}}

    response = aws_json.serialize(operation("logs", "StartLiveTail"), {"responseStream": updates()}, "id")
    assert not isinstance(response.body, bytes)
    frames = [next(eventstream.decode_events(frame)) async for frame in response.body]
    assert [frame.headers[":event-type"] for frame in frames] == ["initial-response", "sessionUpdate"]
    assert json.loads(frames[1].payload) == {"sessionResults": [{"message": "line"}]}
