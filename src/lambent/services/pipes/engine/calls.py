"""The call of a target or of an enrichment, and what its answer says of the events that it was given. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.ports import queue_url
from lambent.durable.followers import responses
from lambent.services.pipes import errors
from lambent.services.pipes.engine import targets
from lambent.services.pipes.engine.targets import FIRE_AND_FORGET, Kind
from lambent.services.pipes.engine.templates import dynamic

ERROR_LENGTH_MAX = 1_000
MILLISECONDS_MIN = 1e11
"""Smaller numbers are moments in seconds."""
_NUMBER = re.compile(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?")


class Shaped(Struct, frozen=True):
    """An event on its way to a target: as it came, and as the text that its template made of it."""

    event: object
    text: str


class Target(Struct, frozen=True):
    """Where events go. ``request_id``: the same for what is delivered twice, where the target can tell."""

    arn: Arn
    kind: Kind
    parameters: Mapping[str, Any]
    pipe_name: str
    source_service: str
    endpoint_url: str

    @property
    def block(self) -> Mapping[str, Any]:
        return self.parameters.get(self.kind.block) or {}

    @property
    def invocation_type(self) -> str:
        return targets.invocation_type(self.kind, self.parameters)

    @property
    def log_stream(self) -> str:
        return str(self.block.get("LogStreamName") or self.pipe_name)


Call = tuple[str, dict[str, Any]]
"""Operation and parameters."""


def call(target: Target, shaped: Sequence[Shaped], now: Instant) -> Call:
    """Of all events at once."""
    return _CALLS[target.kind.service](target, shaped, now)


def array(texts: Sequence[str]) -> str:
    """One JSON array of all; a text that is no JSON stands in it as a string."""
    return "[" + ",".join(_json_text(text) for text in texts) + "]"


def failed(target: Target, reply: Mapping[str, Any], names: Sequence[str], count: int) -> Collection[int]:
    """The places of the events that the target has not taken. ``names``: how a report of failures names records.

    Raises TargetFailed where it has taken none.
    """
    return _FAILURES.get(target.kind.service, _none_failed)(target, reply, names, count)


def failure_of(reply: Mapping[str, Any]) -> str | None:
    """What went wrong in a function or an execution that was waited for; None where nothing did."""
    if reply.get("FunctionError"):
        return bytes(reply.get("Payload") or b"").decode(errors="replace")[:ERROR_LENGTH_MAX]
    if reply.get("status") not in (None, "SUCCEEDED"):
        return f"{reply.get('status')}: {reply.get('error') or ''} {reply.get('cause') or ''}".strip()[:ERROR_LENGTH_MAX]
    return None


def answer_of(reply: Mapping[str, Any]) -> bytes:
    """What a function or an execution that was waited for has returned."""
    return bytes(reply.get("Payload") or b"") or str(reply.get("output") or "").encode()


def enriched(reply: Mapping[str, Any]) -> list[object]:
    """The events that an enrichment has made: none where it returned nothing. Raises EnrichmentFailed."""
    reason = failure_of(reply)
    if reason is not None:
        raise errors.EnrichmentFailed(reason=reason)
    text = answer_of(reply)
    try:
        value = msgspec.json.decode(text) if text.strip() else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.EnrichmentFailed(reason=f"The enrichment's answer is not JSON: {error}") from error
    if value in (None, "", {}):
        return []
    return value if isinstance(value, list) else [value]


# ---- one way a service -----------------------------------------------------------------------------------------------


def _to_function(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    kind = "Event" if target.invocation_type == FIRE_AND_FORGET else "RequestResponse"
    payload = array([each.text for each in shaped]).encode()
    return "Invoke", {"FunctionName": str(target.arn), "InvocationType": kind, "Payload": payload}


def _to_state_machine(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    operation = "StartExecution" if target.invocation_type == FIRE_AND_FORGET else "StartSyncExecution"
    return operation, {"stateMachineArn": str(target.arn), "input": array([each.text for each in shaped])}


def _to_queue(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    url = queue_url(target.endpoint_url, target.arn.account, target.arn.resource)
    names = ("MessageGroupId", "MessageDeduplicationId")
    entries = [{"Id": str(place), "MessageBody": each.text} | _given(target, each, *names) for place, each in enumerate(shaped)]
    return "SendMessageBatch", {"QueueUrl": url, "Entries": entries}


def _to_topic(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    entries = [{"Id": str(place), "Message": each.text} for place, each in enumerate(shaped)]
    return "PublishBatch", {"TopicArn": str(target.arn), "PublishBatchRequestEntries": entries}


def _to_bus(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    return "PutEvents", {"Entries": [_bus_entry(target, each) for each in shaped]}


def _bus_entry(target: Target, shaped: Shaped) -> dict[str, Any]:
    block, told = target.block, _given(target, shaped, "Source", "DetailType")
    entry: dict[str, Any] = {
        "EventBusName": str(target.arn),
        "Source": told.get("Source") or f"Pipe {target.pipe_name}",
        "DetailType": told.get("DetailType") or f"Event from aws:{target.source_service}",
        "Detail": shaped.text,
        "Resources": [dynamic(each, shaped.event) for each in block.get("Resources") or ()],
    }
    moment = _instant(dynamic(block["Time"], shaped.event)) if block.get("Time") else None
    return entry if moment is None else entry | {"Time": datetime.fromtimestamp(moment, UTC)}


def _to_stream(target: Target, shaped: Sequence[Shaped], _now: Instant) -> Call:
    records = [{"Data": each.text.encode()} | _given(target, each, "PartitionKey") for each in shaped]
    return "PutRecords", {"StreamARN": str(target.arn), "Records": records}


def _to_logs(target: Target, shaped: Sequence[Shaped], now: Instant) -> Call:
    path = target.block.get("Timestamp")
    events = []
    for each in shaped:
        moment = _instant(dynamic(path, each.event)) if path else None
        events.append({"timestamp": int((now if moment is None else moment) * 1000), "message": each.text})
    group = target.arn.resource.removeprefix("log-group:").removesuffix(":*")
    ordered = sorted(events, key=lambda event: int(str(event["timestamp"])))
    return "PutLogEvents", {"logGroupName": group, "logStreamName": target.log_stream, "logEvents": ordered}


def _given(target: Target, shaped: Shaped, *names: str) -> dict[str, str]:
    return {name: dynamic(target.block[name], shaped.event) for name in names if target.block.get(name)}


def _instant(text: str) -> Instant | None:
    """A moment as milliseconds, seconds or in ISO 8601 (UTC where it names no zone); None for what is none."""
    try:
        moment = _numbered(float(text)) if _NUMBER.fullmatch(text) else _spelt(text)
        datetime.fromtimestamp(moment, UTC)  # whoever is told takes no others
    except (ValueError, OverflowError):
        return None
    return moment if moment >= 0 else None


def _numbered(number: float) -> Instant:
    return number / 1000 if number >= MILLISECONDS_MIN else number


def _spelt(text: str) -> Instant:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _json_text(text: str) -> str:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return msgspec.json.encode(text).decode()
    return text


def _reported(target: Target, reply: Mapping[str, Any], names: Sequence[str], count: int) -> Collection[int]:
    """By a function or an execution, in the answer for which was waited."""
    if target.invocation_type == FIRE_AND_FORGET:
        return ()
    reason = failure_of(reply)
    if reason is not None:
        raise errors.TargetFailed(reason=reason)
    try:
        answer = msgspec.json.decode(answer_of(reply) or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    if not isinstance(answer, dict) or responses.FAILURES not in answer:
        return ()  # whatever else it returns is nobody's business
    named = responses.failed_ids(answer_of(reply), names)
    return [place for place in range(count) if place < len(names) and names[place] in named]


def _failed_entries(_target: Target, reply: Mapping[str, Any], _names: Sequence[str], _count: int) -> Collection[int]:
    return [int(entry["Id"]) for entry in reply.get("Failed") or ()]


def _refused_entries(_target: Target, reply: Mapping[str, Any], _names: Sequence[str], _count: int) -> Collection[int]:
    told = reply.get("Entries") or reply.get("Records") or ()
    return [place for place, entry in enumerate(told) if entry.get("ErrorCode")]


def _none_failed(_target: Target, _reply: Mapping[str, Any], _names: Sequence[str], _count: int) -> Collection[int]:
    return ()


_CALLS: Mapping[str, Callable[[Target, Sequence[Shaped], Instant], Call]] = {
    "lambda": _to_function,
    "stepfunctions": _to_state_machine,
    "sqs": _to_queue,
    "sns": _to_topic,
    "events": _to_bus,
    "kinesis": _to_stream,
    "logs": _to_logs,
}
_FAILURES: Mapping[str, Callable[[Target, Mapping[str, Any], Sequence[str], int], Collection[int]]] = {
    "lambda": _reported,
    "stepfunctions": _reported,
    "sqs": _failed_entries,
    "sns": _failed_entries,
    "events": _refused_entries,
    "kinesis": _refused_entries,
}
