"""Calls, results and errors of integrations."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.services.stepfunctions.engine import integrations
from lambent.services.stepfunctions.engine.definition.resources import Resource, parse
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.wire.models import Operation

NOW = 1_767_225_600.0
SERVICES = ("dynamodb", "sqs", "lambda")
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"


def resource(text: str) -> Resource:
    found = parse(text if text.startswith("arn:") else f"arn:aws:states:::{text}")
    assert found is not None
    return found


def called(text: str) -> tuple[Resource, Operation]:
    operation = integrations.operation_of(resource(text), SERVICES)
    assert operation is not None
    return resource(text), operation


def prepared(text: str, parameters: Any) -> dict[str, Any]:
    return integrations.parameters_of(*called(text), json.dumps(parameters).encode())


def result(text: str, reply: dict[str, Any]) -> Any:
    told = integrations.result(*called(text), reply, "r", NOW)
    return told if isinstance(told, Failure) else json.loads(told)


def failure(text: str, error: ServiceError) -> Failure:
    return integrations.failure(*called(text), error, "r")


def test_a_function_is_given_what_the_state_has():
    assert prepared(FUNCTION, {"a": 1}) == {"FunctionName": FUNCTION, "Payload": b'{"a": 1}'}


@pytest.mark.parametrize(("payload", "sent"), [({"a": 1}, b'{"a":1}'), ("x", b'"x"'), (None, b"null")])
def test_a_payload_is_sent_as_json(payload: Any, sent: bytes):
    assert prepared("lambda:invoke", {"FunctionName": "f", "Payload": payload})["Payload"] == sent


def test_objects_become_texts_where_texts_are_sent():
    assert prepared("sqs:sendMessage", {"QueueUrl": "u", "MessageBody": {"a": 1}})["MessageBody"] == '{"a":1}'
    assert prepared("sns:publish", {"TopicArn": "t", "Message": [1]})["Message"] == "[1]"
    entries = prepared("events:putEvents", {"Entries": [{"Source": "s", "Detail": {"a": 1}}]})["Entries"]
    assert entries == [{"Source": "s", "Detail": '{"a":1}'}]


def test_what_is_missing_is_the_services_error():
    with pytest.raises(ServiceError):
        prepared("sqs:sendMessage", {"QueueUrl": "u"})


def test_an_invocation_is_told_with_its_payload_parsed():
    told = result("lambda:invoke", {"StatusCode": 200, "Payload": b'{"a": [1]}', "ExecutedVersion": "2"})
    assert (told["Payload"], told["ExecutedVersion"]) == ({"a": [1]}, "2")
    assert told["SdkResponseMetadata"] == {"RequestId": "r"}


def test_what_a_function_raised_is_the_failure():
    payload = b'{"errorType": "E", "errorMessage": "m"}'
    failed = result(FUNCTION, {"FunctionError": "Unhandled", "Payload": payload})
    assert failed == Failure("E", payload.decode())
    assert result(FUNCTION, {"FunctionError": "Unhandled", "Payload": b'"x"'}).error == "Lambda.Unknown"


def test_what_a_runtime_returns_that_is_no_json_is_a_text():
    assert result(FUNCTION, {"Payload": b"plain"}) == "plain"


def test_an_execution_that_was_begun_is_told():
    reply = {"executionArn": "arn", "startDate": datetime.fromtimestamp(NOW, UTC)}
    told = result("states:startExecution", reply)
    assert (told["ExecutionArn"], told["StartDate"]) == ("arn", NOW * 1000)


def test_failed_entries_fail():
    reply = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X", "ErrorMessage": "m"}]}
    assert result("events:putEvents", reply).error == "EventBridge.FailedEntry"


class Gone(ServiceError):
    code = "ResourceNotFoundException"
    status = 400
    wording = "gone"


class Odd(ServiceError):
    code = "OddException"
    status = 400
    wording = "odd"


@pytest.mark.parametrize(
    ("text", "error", "expected"),
    [
        ("dynamodb:getItem", Gone(), "DynamoDB.ResourceNotFoundException"),
        ("dynamodb:getItem", Odd(), "DynamoDB.AmazonDynamoDBException"),
        ("aws-sdk:dynamodb:getItem", Gone(), "DynamoDb.ResourceNotFoundException"),
        ("aws-sdk:dynamodb:getItem", Odd(), "DynamoDb.DynamoDbException"),
        (FUNCTION, Gone(), "Lambda.ResourceNotFoundException"),
    ],
)
def test_an_error_is_named_as_its_sdk_names_it(text: str, error: ServiceError, expected: str):
    assert failure(text, error).error == expected


def test_causes_are_worded_as_each_sdk_words_them():
    assert failure("dynamodb:getItem", Gone()).cause == (
        "gone (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: r; Proxy: null)"
    )
    assert failure("aws-sdk:dynamodb:getItem", Gone()).cause == ("gone (Service: DynamoDb, Status Code: 400, Request ID: r)")


@pytest.mark.parametrize(
    ("text", "is_known"), [("aws-sdk:dynamodb:getItem", True), ("aws-sdk:ec2:runInstances", False), ("glue:startJobRun", False)]
)
def test_what_lambent_does_not_have_is_known_to_be_missing(text: str, is_known: bool):
    assert (integrations.operation_of(resource(text), SERVICES) is not None) is is_known
