"""Calls as AWS' SDKs spell them become parameters of operations."""

from datetime import UTC, datetime

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import models, sdk_calls

AMONG = ("sqs", "lambda", "events", "stepfunctions", "kinesis", "logs")


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("sqs", "sendMessage", ("sqs", "SendMessage")),
        ("eventbridge", "putEvents", ("events", "PutEvents")),
        ("sfn", "startExecution", ("stepfunctions", "StartExecution")),
        ("cloudwatchlogs", "putLogEvents", ("logs", "PutLogEvents")),
    ],
)
def test_sdk_names_name_operations(service, action, expected):
    operation = sdk_calls.operation_of(service, action, among=AMONG)
    assert (operation.service.name, operation.name) == expected
    assert (sdk_calls.sdk_service_of(operation), sdk_calls.action_of(operation)) == (service, action)


@pytest.mark.parametrize(
    ("service", "action"), [("sqs", "sing"), ("sqs", ""), ("ec2", "runInstances"), ("stepfunctions", "startExecution")]
)
def test_what_is_no_call_of_an_sdk_names_nothing(service, action):
    assert sdk_calls.operation_of(service, action, among=AMONG) is None


def parameters(service, operation, document):
    return sdk_calls.parameters_of(models.service(service).operation(operation), document)


def test_members_begin_with_capitals_and_blobs_are_text():
    machine = "arn:aws:states:us-east-1:111122223333:stateMachine:m"
    assert parameters("stepfunctions", "StartExecution", {"StateMachineArn": machine}) == {"stateMachineArn": machine}
    invocation = {"FunctionName": "f", "Payload": '{"a":"é"}'}
    assert parameters("lambda", "Invoke", invocation) == {"FunctionName": "f", "Payload": '{"a":"é"}'.encode()}
    assert parameters("lambda", "Invoke", {"FunctionName": "f", "Payload": {"a": 1}})["Payload"] == b'{"a":1}'
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}", "Time": "2026-01-01T00:00:00Z"}
    (read,) = parameters("events", "PutEvents", {"Entries": [entry]})["Entries"]
    assert read["Time"] == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("document", [[], "text", {}, {"MessageBody": {"a": 1}, "QueueUrl": "q"}, {"QueueUrl": 5}])
def test_a_document_that_the_model_does_not_allow_is_refused(document):
    with pytest.raises(ServiceError) as refused:
        parameters("sqs", "SendMessage", document)
    assert refused.value.is_senders_fault


def test_an_error_has_the_code_that_sdks_tell():
    class Missing(ServiceError):
        code = "QueueDoesNotExist"
        wording = "The specified queue does not exist."

    class Unmodelled(ServiceError):
        code = "Odd"
        wording = "So."

    operation = models.service("sqs").operation("SendMessage")
    assert sdk_calls.told(operation, Missing()) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist for this wsdl version.",
    )
    assert sdk_calls.told(operation, Unmodelled()) == ("Odd", "So.")
    assert sdk_calls.told(models.service("lambda").operation("Invoke"), Unmodelled()) == ("Odd", "So.")


def test_a_reply_is_told_with_capitals_texts_and_iso_dates():
    start = models.service("stepfunctions").operation("StartExecution")
    told = sdk_calls.reply_of(start, {"executionArn": "e", "startDate": datetime(2026, 1, 1, tzinfo=UTC)})
    assert told == {"ExecutionArn": "e", "StartDate": "2026-01-01T00:00:00Z"}
    invoke = models.service("lambda").operation("Invoke")
    assert sdk_calls.reply_of(invoke, {"Payload": b"x", "StatusCode": 200}) == {"Payload": "x", "StatusCode": 200}
    assert sdk_calls.reply_of(models.service("sqs").operation("DeleteQueue"), {}) == {}


def test_keys_of_maps_stay_as_they_are():
    item = {"id": {"S": "1"}}
    assert parameters("dynamodb", "PutItem", {"TableName": "t", "Item": item})["Item"] == item


@pytest.mark.parametrize(
    ("service", "operation", "word"),
    [
        ("dynamodb", "GetItem", "DynamoDb"),
        ("events", "PutEvents", "EventBridge"),
        ("stepfunctions", "StartExecution", "Sfn"),
        ("s3", "GetObject", "S3"),
    ],
)
def test_errors_begin_with_a_word_of_the_service(service, operation, word):
    assert sdk_calls.word_of(models.service(service).operation(operation)) == word
