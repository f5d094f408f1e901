"""The Runtime API of one environment: what a runtime that is a process of its own asks, and what it answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The states and the wording of what is refused are those of
https://github.com/aws/aws-lambda-runtime-interface-emulator.
"""

import base64
import binascii
import json
from collections.abc import Callable
from enum import Enum

from lambent.environments import outcomes
from lambent.environments.http_exchanges import Exchange
from lambent.environments.inside import frames

PREFIX = "/2018-06-01/"
ACCEPTED = b'{"status":"OK"}\n'
STREAM_AHEAD_BYTES_MAX = 262_144  # of an answer's pieces that nobody has taken yet; beyond, the runtime's writes wait

Put = Callable[[int, bytes], None]
"""Takes a frame as an environment's process would send it, without the RSS before it."""


class State(Enum):
    """A runtime's, by the name that its errors tell."""

    STARTED = "Started"
    INIT_ERROR = "InitError"
    READY = "Ready"
    RUNNING = "Running"
    RESPONDING = "InvocationResponse"
    RESPONSE_SENT = "RuntimeResponseSentState"


class RuntimeApi:
    """Answers a runtime. ``has_changed`` is called when it has come to wait for an event."""

    def __init__(self, *, put: Put, hold_back: Put, has_changed: Callable[[], None]) -> None:
        self.state = State.STARTED
        self.unread_bytes = 0  # of pieces that were put and not taken
        self._put = put
        self._hold_back = hold_back  # takes the frame that ends an invocation, when extensions are done too
        self._has_changed = has_changed
        self._request_id = ""
        self._event: tuple[bytes, bytes] | None = None  # header lines and payload that the runtime has not got yet
        self._waiting: Exchange | None = None
        self._held: Exchange | None = None

    def invoke(self, head: bytes, payload: bytes, request_id: str) -> None:
        """Gives the runtime an event as soon as it asks."""
        self._request_id = request_id
        self._event = (head, payload)
        self._hand_over()

    @property
    def has_untaken_event(self) -> bool:
        return self._event is not None

    def opened(self, exchange: Exchange) -> None:
        """Takes an answer that is streamed from its first byte on."""
        if exchange.path.endswith("/response") and exchange.headers.get(_MODE) == "streaming" and self._may_respond(exchange):
            self.state = State.RESPONDING
            exchange.sink = _Stream(self, exchange)

    def received(self, exchange: Exchange) -> None:
        if exchange.is_answered:
            return
        parts = exchange.path.removeprefix(PREFIX).split("/")
        match [exchange.method, *parts]:
            case ["GET", "runtime", "invocation", "next"]:
                self._next(exchange)
            case ["POST", "runtime", "invocation", _, "response"]:
                self._respond(exchange)
            case ["POST", "runtime", "invocation", _, "error"]:
                self._fail(exchange)
            case ["POST", "runtime", "init", "error"] | ["POST", "runtime", "restore", "error"]:
                self._fail_init(exchange)
            case ["GET", "runtime", "restore", "next"]:
                exchange.answer(200, b"")  # no process of this kind is restored: it goes on at once
            case ["GET", "ping"]:
                exchange.answer(200, b"pong", content_type=b"text/plain; charset=utf-8")
            case _:
                not_found(exchange)

    def taken(self, size: int) -> None:
        """So many bytes of pieces have found their reader."""
        self.unread_bytes -= size
        if self._held is not None and self.unread_bytes < STREAM_AHEAD_BYTES_MAX:
            self._held.hold(False)
            self._held = None

    def piece(self, exchange: Exchange, data: bytes) -> None:
        self.unread_bytes += len(data)
        self._put(frames.CHUNK, data)
        if self.unread_bytes >= STREAM_AHEAD_BYTES_MAX and self._held is None:
            self._held = exchange
            exchange.hold(True)

    def begin_stream(self, exchange: Exchange) -> None:
        self._put(frames.STREAM, exchange.headers.get("content-type", "application/octet-stream").encode())

    def finish(self, kind: int, body: bytes) -> None:
        self.state = State.RESPONSE_SENT
        self._hold_back(kind, body)

    def is_of_now(self, exchange: Exchange) -> bool:
        return self._request_id == exchange.path.split("/")[-2]

    # ---- what a runtime calls ----------------------------------------------------------------------------------------

    def _next(self, exchange: Exchange) -> None:
        if self.state in (State.RUNNING, State.RESPONDING):
            return self._refuse(exchange, State.READY)
        # Who asks twice has given the first call up.
        self._waiting = exchange
        self.state = State.READY
        self._has_changed()
        self._hand_over()
        return None

    def _hand_over(self) -> None:
        exchange = self._waiting
        if self._event is None or exchange is None or not exchange.is_open:
            return
        (head, payload), self._event, self._waiting = self._event, None, None
        self.state = State.RUNNING
        exchange.answer(200, payload, headers=head)

    def _may_respond(self, exchange: Exchange) -> bool:
        """Refuses who has no event, or another one."""
        if self.state is not State.RUNNING:
            self._refuse(exchange, State.RESPONDING)
        elif not self.is_of_now(exchange):
            error(exchange, 400, "InvalidRequestID", "Invalid request ID")
        else:
            return True
        return False

    def _respond(self, exchange: Exchange) -> None:
        if exchange.sink is not None or not self._may_respond(exchange):
            return
        if exchange.headers.get(_MODE, "") not in ("", "buffered"):
            error(exchange, 400, "InvalidFunctionResponseMode", "Invalid function response mode")
            self.finish(frames.ERROR, _error("Runtime.InvalidResponseModeHeader"))
        elif exchange.is_too_large:
            text = f"Exceeded maximum allowed payload size ({outcomes.RESPONSE_BYTES_MAX} bytes)."
            error(exchange, 413, "RequestEntityTooLarge", text)
            self.finish(frames.ERROR, _too_large())
        else:
            content_type = exchange.headers.get("content-type", "application/json").encode()
            exchange.answer(202, ACCEPTED)
            self.finish(frames.RESULT, content_type + b"\0" + exchange.body)

    def _fail(self, exchange: Exchange) -> None:
        if self.state is not State.RUNNING:
            return self._refuse(exchange, "InvocationErrorResponse")
        if not self.is_of_now(exchange):
            return error(exchange, 400, "InvalidRequestID", "Invalid request ID")
        exchange.answer(202, ACCEPTED)
        return self.finish(frames.ERROR, _reported(exchange))

    def _fail_init(self, exchange: Exchange) -> None:
        if self.state is not State.STARTED:
            return self._refuse(exchange, State.INIT_ERROR)
        self.state = State.INIT_ERROR
        exchange.answer(202, ACCEPTED)
        return self._put(frames.INIT_ERROR, _reported(exchange))

    def _refuse(self, exchange: Exchange, wanted: State | str) -> None:
        name = wanted.value if isinstance(wanted, State) else wanted
        text = f"State transition from {self.state.value} to {name} failed for runtime. Error: State transition is not allowed"
        error(exchange, 403, "InvalidStateTransition", text)


class _Stream:
    """The body of an answer that comes piece by piece."""

    def __init__(self, api: RuntimeApi, exchange: Exchange) -> None:
        self._api = api
        self._exchange = exchange
        api.begin_stream(exchange)

    def write(self, data: bytes) -> None:
        self._api.piece(self._exchange, data)

    def end(self, trailers: dict[str, str]) -> None:
        self._exchange.answer(202, ACCEPTED)
        error_type = trailers.get(_ERROR_TYPE, "")
        if not error_type:
            return self._api.finish(frames.RESULT, b"\0")
        try:
            body = base64.b64decode(trailers.get("lambda-runtime-function-error-body", ""), validate=True)
        except binascii.Error:
            body = b""
        return self._api.finish(frames.ERROR, _error(error_type, body))

    def break_off(self) -> None:
        self._api.finish(frames.ERROR, _error("Runtime.TruncatedResponse", message="HTTP request detected as truncated"))


_MODE = "lambda-runtime-function-response-mode"
_ERROR_TYPE = "lambda-runtime-function-error-type"


def event_head(fields: list[str], deadline_ms: int) -> bytes:
    """The header lines that go with an event. ``fields`` as ``frames.pack_invoke`` takes them."""
    request_id, function_arn, trace_id, tenant_id, _, _, client_context = fields
    lines = [
        f"Lambda-Runtime-Aws-Request-Id: {request_id}",
        f"Lambda-Runtime-Deadline-Ms: {deadline_ms}",
        f"Lambda-Runtime-Invoked-Function-Arn: {function_arn}",
        *([f"Lambda-Runtime-Trace-Id: {trace_id}"] if trace_id else []),
        *([f"Lambda-Runtime-Client-Context: {_one_line(client_context)}"] if client_context else []),
        *([f"Lambda-Runtime-Aws-Tenant-Id: {tenant_id}"] if tenant_id else []),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def error(exchange: Exchange, status: int, error_type: str, message: str) -> None:
    exchange.answer(status, json.dumps({"errorMessage": message, "errorType": error_type}).encode() + b"\n")


def not_found(exchange: Exchange) -> None:
    exchange.answer(404, b"404 page not found\n", content_type=b"text/plain; charset=utf-8")


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _reported(exchange: Exchange) -> bytes:
    """An error as the runtime tells it: its type in a header, which AWS goes by, and what its caller gets in the body."""
    return _too_large() if exchange.is_too_large else _error(exchange.headers.get(_ERROR_TYPE, ""), bytes(exchange.body))


def _too_large() -> bytes:
    failure = outcomes.too_large(outcomes.RESPONSE_BYTES_MAX)
    return _error(failure.error_type, failure.payload)


def _error(error_type: str, body: bytes = b"", *, message: str = "") -> bytes:
    """What an ERROR frame holds besides the RSS. Where nothing is said of the error, its caller gets the type."""
    said = {"errorType": error_type or "Runtime.Unknown", "errorMessage": message}
    return error_type.replace("\0", "").encode() + b"\0" + (body or json.dumps(said, separators=(",", ":")).encode())
