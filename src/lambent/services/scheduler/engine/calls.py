"""What a target is called with: a JSON document as AWS' SDKs spell it, made when the call is made.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import queue_url
from lambent.services.scheduler.engine import targets


class Invocation(Struct, frozen=True):
    """One occurrence of a schedule, on its way to the target. ``target`` is as it was given."""

    schedule_arn: str
    target: Mapping[str, Any]
    scheduled_at: Instant
    id: str

    @property
    def scheduled_time(self) -> str:
        return f"{datetime.fromtimestamp(self.scheduled_at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def document(invocation: Invocation, context: Context, *, attempt: int) -> Any:
    """What the operation of the target is called with. ``attempt`` counts from 1."""
    given = invocation.target.get("Input")
    text = _default_input(invocation, context) if given is None else _filled(given, invocation, attempt)
    kind = targets.kind_of(invocation.target["Arn"])
    if kind.is_universal:
        return msgspec.json.decode(text)
    return _DOCUMENTS[kind.service](invocation, context, text)


def _filled(text: str, invocation: Invocation, attempt: int) -> str:
    attributes = {
        "scheduled-time": invocation.scheduled_time,
        "execution-id": invocation.id,
        "attempt-number": str(attempt),
        "schedule-arn": invocation.schedule_arn,
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _default_input(invocation: Invocation, context: Context) -> str:
    """What AWS sends where a target has no input. Its ``detail`` is indeed a text."""
    event = {
        "version": "0",
        "id": context.request_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": context.account,
        "time": invocation.scheduled_time,
        "region": context.region,
        "resources": [invocation.schedule_arn],
        "detail": "{}",
    }
    return msgspec.json.encode(event).decode()


def _to_queue(invocation: Invocation, context: Context, text: str) -> dict[str, Any]:
    queue = Arn.parse(invocation.target["Arn"])
    assert queue is not None, "targets are checked when they are put"
    message = {"QueueUrl": queue_url(context.endpoint_url, queue.account, queue.resource), "MessageBody": text}
    return message | (invocation.target.get("SqsParameters") or {})


def _to_topic(invocation: Invocation, _context: Context, text: str) -> dict[str, Any]:
    return {"TopicArn": invocation.target["Arn"], "Message": text}


def _to_function(invocation: Invocation, _context: Context, text: str) -> dict[str, Any]:
    return {"FunctionName": invocation.target["Arn"], "InvocationType": "Event", "Payload": text}


def _to_bus(invocation: Invocation, _context: Context, text: str) -> dict[str, Any]:
    entry = {"EventBusName": invocation.target["Arn"], "Detail": text, "Resources": [invocation.schedule_arn]}
    return {"Entries": [entry | invocation.target["EventBridgeParameters"]]}


def _to_stream(invocation: Invocation, _context: Context, text: str) -> dict[str, Any]:
    return {"StreamARN": invocation.target["Arn"], "Data": text, **invocation.target["KinesisParameters"]}


def _to_state_machine(invocation: Invocation, context: Context, text: str) -> dict[str, Any]:
    # The same name again is the same execution, so what is delivered twice is started once.
    return {"StateMachineArn": invocation.target["Arn"], "Name": context.request_id, "Input": text}


_DOCUMENTS: Mapping[str, Callable[[Invocation, Context, str], dict[str, Any]]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
    "eventbridge": _to_bus,
    "kinesis": _to_stream,
    "sfn": _to_state_machine,
}
