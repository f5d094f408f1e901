"""What is told of an event that has ended: the record that a destination gets, and the attributes of a dead letter.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import re
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.identifiers import LATEST
from lambent.services.lambda_.tables.async_events import AsyncEvent, Failure, Response

STATUS_OF_FUNCTION_ERROR = 200
"""Of the Invoke that the attempt is: the function's own failure is no failure of Invoke."""
SYSTEM_FAILURE = "Sandbox.Failure"

_check_syntax = msgspec.json.Decoder(msgspec.Raw).decode
_NOT_IN_MESSAGES = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What sqs and sns refuse: a dead letter must not be lost for the colours of its error."""


class End(Struct, frozen=True):
    """How an event ended. ``response`` is the function's last, None where no attempt reached it.

    ``status`` and ``message`` are those of the last Invoke, for a dead letter.
    """

    condition: str
    attempts: int
    at: Instant
    response: Response | None = None
    status: int = STATUS_OF_FUNCTION_ERROR
    message: str = ""


def record(event: AsyncEvent, end: End, *, bytes_max: int | None = None) -> bytes:
    """The invocation record, JSON in AWS' order of keys, with the payloads as they came.

    Without both payloads where it would be longer than ``bytes_max``.
    """
    members = _head(event, end)
    response = [] if end.response is None else [b'"responseContext":' + _response_context(end.response)]
    request_payload = b'"requestPayload":' + event.payload
    response_payload = [] if end.response is None else [b'"responsePayload":' + _as_json(end.response.payload)]
    whole = _object([*members, request_payload, *response, *response_payload])
    if bytes_max is None or len(whole) <= bytes_max:
        return whole
    return _object([*members, *response])


def failure_of(response: Response) -> Failure:
    """A function error as Invoke would tell it: with the status 200, and only the error's message."""
    return Failure(STATUS_OF_FUNCTION_ERROR, _member(response.payload, "errorMessage"), response)


def is_system_failure(response: Response) -> bool:
    """Whether the platform could not make an environment: then the function has not run, and no retry is used up."""
    return _member(response.payload, "errorType") == SYSTEM_FAILURE


def dead_letter_attributes(event: AsyncEvent, end: End) -> dict[str, dict[str, str]]:
    """Message attributes as SQS and SNS take them; neither takes an empty one."""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(end.status)},
    }
    message = (
        _NOT_IN_MESSAGES.sub("\ufffd", end.message).encode()[: limits.DEAD_LETTER_MESSAGE_BYTES_MAX].decode(errors="ignore")
    )
    if message:
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": message}
    return attributes


def qualified_arn(event: AsyncEvent) -> str:
    """With the qualifier that the event was sent to, $LATEST where there was none."""
    return f"{event.function.arn}:{event.qualifier or LATEST}"


def _head(event: AsyncEvent, end: End) -> list[bytes]:
    timestamp = datetime.fromtimestamp(end.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    context = {
        "requestId": event.request_id,
        "functionArn": qualified_arn(event),
        "condition": end.condition,
        "approximateInvokeCount": end.attempts,
    }
    return [b'"version":"1.0"', b'"timestamp":' + _dump(timestamp), b'"requestContext":' + _dump(context)]


def _response_context(response: Response) -> bytes:
    context: dict[str, object] = {"statusCode": STATUS_OF_FUNCTION_ERROR, "executedVersion": response.executed_version}
    if response.function_error is not None:
        context["functionError"] = response.function_error
    return _dump(context)


def _as_json(payload: bytes) -> bytes:
    """The payload itself, or what is none of JSON as a JSON string: a custom runtime may answer anything."""
    if not payload:
        return b"null"
    try:
        _check_syntax(payload)
        payload.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _dump(payload.decode(errors="replace"))
    return payload


def _member(payload: bytes, name: str) -> str:
    """A member of the error that a runtime reported; empty where there is none."""
    try:
        error = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    value = error.get(name) if isinstance(error, dict) else None
    # JSON can say half of a surrogate pair, which is no text: it could be neither kept nor sent.
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _object(members: list[bytes]) -> bytes:
    return b"{" + b",".join(members) + b"}"


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
