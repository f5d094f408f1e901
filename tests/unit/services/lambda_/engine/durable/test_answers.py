"""What invocations answer, and what is made of it."""

import json

import pytest

from lambent.core.ports import Outcome
from lambent.services.lambda_.engine.durable import answers
from lambent.services.lambda_.engine.durable.answers import Answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"Status": "SUCCEEDED", "Result": "1"}, Answer("SUCCEEDED", "1")),
        ({"Status": "PENDING"}, Answer("PENDING")),
        ({"Status": "FAILED", "Error": {"ErrorMessage": "no"}}, Answer("FAILED", error={"ErrorMessage": "no"})),
    ],
)
def test_the_three_answers(told, answer):
    assert answers.read(Outcome(json.dumps(told).encode())) == answer


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"null", "Invalid Status in invocation output."),
        (b"no json", "Invalid Status in invocation output."),
        (b"[" * 200_000, "Invalid Status in invocation output."),
        (b'{"Status": "DONE"}', "Invalid Status in invocation output."),
        (b'{"Status": "SUCCEEDED", "Error": {}}', "Cannot provide an Error for SUCCEEDED status."),
        (b'{"Status": "FAILED", "Result": "1"}', "Cannot provide a Result for FAILED status."),
        (b'{"Status": "SUCCEEDED", "Result": 1}', "Invalid Result in invocation output."),
    ],
)
def test_what_nobody_can_understand(payload, reason):
    answer = answers.read(Outcome(payload))
    assert (answer.kind, answer.error["ErrorMessage"]) == ("INVALID", reason)


def test_a_function_that_has_failed_itself_is_told_by_its_error():
    payload = b'{"errorMessage": "no", "errorType": "E", "stackTrace": ["a"], "requestId": "r"}'
    answer = answers.read(Outcome(payload, "Unhandled"))
    assert answer == Answer("CRASHED", error={"ErrorMessage": "no", "ErrorType": "E", "StackTrace": ["a"]})


def test_a_caller_who_waits_is_told_of_a_failure_as_of_a_functions():
    told = json.loads(answers.function_error({"ErrorMessage": "no", "ErrorType": "E"}))
    assert told == {"errorMessage": "no", "errorType": "E"}


def test_the_answer_of_a_called_function_need_be_no_json():
    assert answers.failure_of(b"\xff") == {"ErrorMessage": "\ufffd"}


def test_an_event_may_have_a_shorter_result_than_a_call():
    text = "x" * 1_048_577
    assert answers.too_large(text, is_async=True)["ErrorMessage"].endswith("1048576 bytes.")
    assert answers.too_large(text, is_async=False) is None


def test_an_error_that_nests_too_deeply_to_be_read_is_told_as_text():
    payload = b"[" * 100_000 + b"]" * 100_000
    assert answers.read(Outcome(payload, "Unhandled")) == Answer("CRASHED", error={"ErrorMessage": ""})
    assert answers.failure_of(payload) == {"ErrorMessage": payload.decode()}
