"""Invocation records and the attributes of dead letters, as recorded from AWS."""

import json

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_.engine import records
from lambent.services.lambda_.engine.records import End
from lambent.services.lambda_.tables.async_events import AsyncEvent, Failure, Response

ERROR = b'{"errorMessage": "intentional failure", "errorType": "Exception", "requestId": "id", "stackTrace": []}'
FAILED = Response(ERROR, "$LATEST", "Unhandled")
AT = 1_573_755_365.568


def event(payload: bytes = b'{"raise_error": 1}', qualifier: str | None = None) -> AsyncEvent:
    scope = Scope("111111111111", "us-east-1")
    return AsyncEvent(scope, "id", "f", qualifier, payload, "Root=1", "arn", "http://localhost", 0.0, 0.0)


def end(condition: str = "RetriesExhausted", attempts: int = 3, response: Response | None = FAILED, **more) -> End:
    return End(condition, attempts, AT, response, **more)


def test_a_failures_record_has_aws_members_in_aws_order():
    expected = (
        b'{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"id",'
        b'"functionArn":"arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST","condition":"RetriesExhausted",'
        b'"approximateInvokeCount":3},"requestPayload":{"raise_error": 1},'
        b'"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":'
    )
    assert records.record(event(), end()) == expected + ERROR + b"}"


def test_a_successs_record_has_no_function_error():
    told = json.loads(records.record(event(qualifier="live"), end("Success", 1, Response(b"[1]", "7", None))))
    assert told["requestContext"]["functionArn"].endswith(":function:f:live")
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "7"}
    assert told["responsePayload"] == [1]


def test_an_event_that_was_never_tried_has_no_response():
    told = json.loads(records.record(event(), end("ZeroReservedConcurrency", 0, None)))
    assert list(told) == ["version", "timestamp", "requestContext", "requestPayload"]


@pytest.mark.parametrize(("payload", "told"), [(b"", None), (b"not json", "not json"), (b"\xff", "�"), ("é".encode(), "é")])
def test_an_answer_that_is_no_json_is_told_as_text(payload, told):
    assert json.loads(records.record(event(), end(response=Response(payload, "1", None))))["responsePayload"] == told


def test_a_record_that_is_too_long_for_its_target_goes_without_payloads():
    whole = records.record(event(), end())
    assert records.record(event(), end(), bytes_max=len(whole)) == whole
    cut = json.loads(records.record(event(), end(), bytes_max=len(whole) - 1))
    assert list(cut) == ["version", "timestamp", "requestContext", "responseContext"]


def test_a_function_error_is_a_dead_letter_with_the_status_200_and_the_message_alone():
    failure = records.failure_of(FAILED)
    assert failure == Failure(200, "intentional failure", FAILED)
    assert records.dead_letter_attributes(event(), end(message=failure.message)) == {
        "RequestID": {"DataType": "String", "StringValue": "id"},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "intentional failure"},
    }


def test_a_dead_letters_message_has_at_most_a_kilobyte_and_whole_characters():
    attributes = records.dead_letter_attributes(event(), end(message="x" + "é" * 600))
    assert attributes["ErrorMessage"]["StringValue"] == "x" + "é" * 511


def test_a_dead_letter_has_no_empty_attribute():
    assert "ErrorMessage" not in records.dead_letter_attributes(event(), end(message=""))


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'{"errorMessage": 1}', b"\xff", b"[" * 100_000])
def test_an_error_without_a_message_has_none(payload):
    assert records.failure_of(Response(payload, "1", "Unhandled")).message == ""


def test_only_the_platforms_own_failure_is_a_system_failure():
    assert records.is_system_failure(Response(b'{"errorType": "Sandbox.Failure"}', "1", "Unhandled"))
    assert not records.is_system_failure(Response(b'{"errorType": "Sandbox.Timedout"}', "1", "Unhandled"))


def test_a_lone_surrogate_in_an_errors_message_can_be_kept_and_sent():
    failure = records.failure_of(Response(b'{"errorMessage": "a\\ud800b"}', "1", "Unhandled"))
    assert failure.message == "a?b"


def test_a_dead_letters_message_tells_nothing_that_sqs_would_refuse():
    told = records.dead_letter_attributes(event(), end(message="\x1b[31mred\x00\ufffe\n"))["ErrorMessage"]["StringValue"]
    assert told == "\ufffd[31mred\ufffd\ufffd\n"
