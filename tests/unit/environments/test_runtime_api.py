"""What the Runtime API answers, in each of a runtime's states."""

import base64
import json

import pytest

from lambent.environments import runtime_api
from lambent.environments.inside import frames
from lambent.environments.runtime_api import RuntimeApi, event_head


class Exchange:
    """A request, and the answer that it gets."""

    def __init__(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        self.method, self.path, self.body = method, runtime_api.PREFIX + path, bytearray(body)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.is_open, self.is_answered, self.is_too_large, self.is_held = True, False, False, False
        self.sink = None
        self.status, self.answered, self.head = 0, b"", b""

    def answer(self, status, body, *, headers=b"", content_type=b""):
        self.is_answered, self.status, self.answered, self.head = True, status, body, headers

    def hold(self, is_held):
        self.is_held = is_held


class House:
    """A Runtime API and the frames that come out of it."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        put = lambda kind, body: self.frames.append((kind, body))  # noqa: E731
        self.api = RuntimeApi(put=put, hold_back=put, has_changed=lambda: None)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Exchange:
        exchange = Exchange(method, path, body, **headers)
        self.api.opened(exchange)
        if exchange.sink is None:
            self.api.received(exchange)
        return exchange

    def next(self) -> Exchange:
        return self.ask("GET", "runtime/invocation/next")

    def running(self) -> "House":
        self.next()
        self.api.invoke(b"A: b\r\n", b"{}", "r1")
        return self


def refused(exchange: Exchange) -> tuple[int, str, str]:
    told = json.loads(exchange.answered)
    return exchange.status, told["errorType"], told["errorMessage"]


def test_next_waits_for_an_event():
    house = House()
    waiting = house.next()
    assert not waiting.is_answered
    house.api.invoke(b"A: b\r\n", b"{}", "r1")
    assert (waiting.status, waiting.answered, waiting.head) == (200, b"{}", b"A: b\r\n")


def test_an_event_waits_for_next():
    house = House()
    house.api.invoke(b"", b"1", "r1")
    assert house.next().answered == b"1"


def test_the_last_of_those_who_wait_gets_the_event():
    house = House()
    first, second = house.next(), house.next()
    house.api.invoke(b"", b"1", "r1")
    assert (first.is_answered, second.answered) == (False, b"1")


def test_a_response_ends_the_invocation():
    house = House().running()
    exchange = house.ask("POST", "runtime/invocation/r1/response", b"yes", content_type="text/plain")
    assert (exchange.status, exchange.answered) == (202, b'{"status":"OK"}\n')
    assert house.frames == [(frames.RESULT, b"text/plain\0yes")]


def test_an_error_ends_the_invocation():
    house = House().running()
    assert house.ask("POST", "runtime/invocation/r1/error", b"{}").status == 202
    house.running().ask("POST", "runtime/invocation/r1/error", lambda_runtime_function_error_type="Runtime.Oops")
    assert house.frames[0] == (frames.ERROR, b"\0{}")
    error_type, _, body = house.frames[1][1].partition(b"\0")
    assert (error_type, json.loads(body)["errorType"]) == (b"Runtime.Oops", "Runtime.Oops")


@pytest.mark.parametrize("path", ["runtime/invocation/r1/error", "runtime/init/error", "runtime/restore/error"])
def test_the_type_of_an_error_is_the_headers_and_its_body_what_was_said(path):
    house = House() if path != "runtime/invocation/r1/error" else House().running()
    house.ask("POST", path, b'{"errorType":"Runtime.Body"}', lambda_runtime_function_error_type="Runtime.Header")
    assert house.frames[-1][1] == b'Runtime.Header\0{"errorType":"Runtime.Body"}'


def test_another_invocations_id_is_refused():
    house = House().running()
    for path in ("runtime/invocation/r2/response", "runtime/invocation/r2/error"):
        assert refused(house.ask("POST", path)) == (400, "InvalidRequestID", "Invalid request ID")
    assert house.frames == []


def test_what_the_state_does_not_allow_is_refused_by_name():
    house = House()
    text = "State transition from {} to {} failed for runtime. Error: State transition is not allowed"
    early = refused(house.ask("POST", "runtime/invocation/r1/response"))
    assert early == (403, "InvalidStateTransition", text.format("Started", "InvocationResponse"))
    house.running()
    assert refused(house.next())[2] == text.format("Running", "Ready")
    assert refused(house.ask("POST", "runtime/init/error"))[2] == text.format("Running", "InitError")
    house.ask("POST", "runtime/invocation/r1/response")
    again = refused(house.ask("POST", "runtime/invocation/r1/error"))
    assert again[2] == text.format("RuntimeResponseSentState", "InvocationErrorResponse")


def test_an_init_error_is_told_once():
    house = House()
    asked = house.ask("POST", "runtime/init/error", b'{"errorType":"B"}', lambda_runtime_function_error_type="A")
    assert asked.status == 202
    assert house.ask("POST", "runtime/init/error").status == 403
    assert house.frames == [(frames.INIT_ERROR, b'A\0{"errorType":"B"}')]


def test_a_response_that_is_too_large_is_the_callers_error():
    house = House().running()
    exchange = Exchange("POST", "runtime/invocation/r1/response")
    exchange.is_too_large = True
    house.api.received(exchange)
    text = "Exceeded maximum allowed payload size (6291556 bytes)."
    assert refused(exchange) == (413, "RequestEntityTooLarge", text)
    error_type, _, body = house.frames[0][1].partition(b"\0")
    assert (error_type.decode(), json.loads(body)["errorType"]) == ("Function.ResponseSizeTooLarge",) * 2


STREAMING = {"lambda_runtime_function_response_mode": "streaming", "content_type": "text/html"}


def test_a_streamed_response_comes_in_pieces():
    house = House().running()
    exchange = house.ask("POST", "runtime/invocation/r1/response", **STREAMING)
    exchange.sink.write(b"one")
    exchange.sink.write(b"two")
    exchange.sink.end({})
    assert exchange.status == 202
    assert house.frames == [
        (frames.STREAM, b"text/html"), (frames.CHUNK, b"one"), (frames.CHUNK, b"two"), (frames.RESULT, b"\0")
    ]  # fmt: skip


def test_an_error_in_the_middle_of_a_stream_stands_in_the_trailers():
    house = House().running()
    exchange = house.ask("POST", "runtime/invocation/r1/response", **STREAMING)
    body = base64.b64encode(b'{"errorType":"A"}').decode()
    exchange.sink.end({"lambda-runtime-function-error-type": "A", "lambda-runtime-function-error-body": body})
    assert house.frames[-1] == (frames.ERROR, b'A\0{"errorType":"A"}')


def test_a_stream_that_breaks_off_is_truncated():
    house = House().running()
    house.ask("POST", "runtime/invocation/r1/response", **STREAMING).sink.break_off()
    assert house.frames[-1][1].startswith(b'Runtime.TruncatedResponse\0{"errorType":"Runtime.TruncatedResponse",')


def test_a_stream_that_nobody_reads_is_held():
    house = House().running()
    exchange = house.ask("POST", "runtime/invocation/r1/response", **STREAMING)
    exchange.sink.write(bytes(runtime_api.STREAM_AHEAD_BYTES_MAX))
    assert exchange.is_held
    house.api.taken(runtime_api.STREAM_AHEAD_BYTES_MAX)
    assert not exchange.is_held


def test_an_unknown_mode_of_response_is_refused():
    house = House().running()
    exchange = house.ask("POST", "runtime/invocation/r1/response", lambda_runtime_function_response_mode="other")
    assert refused(exchange)[:2] == (400, "InvalidFunctionResponseMode")
    assert house.frames[0][1].startswith(
        b'Runtime.InvalidResponseModeHeader\0{"errorType":"Runtime.InvalidResponseModeHeader",'
    )


def test_ping_and_restore_are_answered_and_nothing_else_is_found():
    house = House()
    assert house.ask("GET", "ping").answered == b"pong"
    assert house.ask("GET", "runtime/restore/next").status == 200
    assert house.ask("GET", "runtime/other").status == 404
    assert house.ask("POST", "runtime/invocation/next").status == 404


def test_an_events_head_says_what_is_known_of_it():
    fields = ["r1", "arn:x", "Root=1", "tenant", "0.5", "", '{"custom":\n{}}']
    assert event_head(fields, 17).decode().split("\r\n") == [
        "Lambda-Runtime-Aws-Request-Id: r1",
        "Lambda-Runtime-Deadline-Ms: 17",
        "Lambda-Runtime-Invoked-Function-Arn: arn:x",
        "Lambda-Runtime-Trace-Id: Root=1",
        'Lambda-Runtime-Client-Context: {"custom": {}}',
        "Lambda-Runtime-Aws-Tenant-Id: tenant",
        "",
    ]
    assert "Trace-Id" not in event_head(["r1", "arn:x", "", "", "", "", ""], 1).decode()
