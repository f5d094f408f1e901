"""What an invocation is sent, and how its answer is told."""

import io
import sys

import click
import pytest

from lambent.cli.client import Answer
from lambent.cli.failures import Refused
from lambent.cli.functions import _advice_for, _advice_for_error, _as_json, _read


def test_without_a_payload_the_event_is_empty():
    assert _read(None) == b"{}"


def test_a_payload_may_come_from_a_file(tmp_path):
    (tmp_path / "event.json").write_text('{"a": 1}')
    assert _read(f"@{tmp_path}/event.json") == b'{"a": 1}'


def test_a_payload_may_come_from_stdin(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[1]")))
    assert _read("-") == b"[1]"


@pytest.mark.parametrize("payload", ["{'a': 1}", "", "hello"])
def test_what_is_not_json_is_refused_before_it_is_sent(payload):
    with pytest.raises(click.BadParameter, match="not JSON"):
        _read(payload)


def test_a_missing_file_is_a_usage_error():
    with pytest.raises(click.BadParameter, match="No such file"):
        _read("@/nowhere/event.json")


def test_an_answer_that_is_not_json_is_told_as_text():
    assert _as_json(Answer(200, {}, b"plain"), "")["payload"] == "plain"


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        ("ResourceConflictException", "… in the following state: Pending", "wait function-active-v2 --function-name hello"),
        ("ResourceNotFoundException", "Function not found: …", "lambent functions"),
        ("TooManyRequestsException", "Rate Exceeded.", ""),
    ],
)
def test_what_refuses_an_invocation_comes_with_the_next_step(code, message, advice):
    assert advice in _advice_for(Refused(400, code, message), "hello")


def test_an_answer_is_told_with_its_error_and_version():
    answer = Answer(200, {"x-amz-function-error": "Unhandled", "x-amz-executed-version": "3"}, b'{"errorType": "ValueError"}')
    told = _as_json(answer, "START\n")
    assert told["payload"] == {"errorType": "ValueError"}
    assert (told["function_error"], told["executed_version"], told["log"]) == ("Unhandled", "3", "START\n")


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (b'{"errorType": "Runtime.ImportModuleError"}', "lambent layer build"),
        (b'{"errorType": "Runtime.MalformedHandlerName"}', "--function-name hello --handler app.handler"),
        (b'{"errorType": "Sandbox.Timedout"}', "--function-name hello --timeout SECONDS"),
        (b'{"errorType": "ValueError"}', ""),
        (b'{"errorType": ["Sandbox.Timedout"]}', ""),
        (b'["Sandbox.Timedout"]', ""),
        (b"plain", ""),
    ],
)
def test_a_function_that_could_not_begin_comes_with_the_next_step(body, advice):
    said = _advice_for_error(body, "hello")
    assert advice in said
    assert bool(advice) == bool(said)
