"""From an event that has ended and the ARN of a target to the call that delivers it. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.ports import queue_url
from lambent.core.sessions import session_arn
from lambent.services.lambda_.engine import limits, records, retries
from lambent.services.lambda_.engine.records import End
from lambent.services.lambda_.tables.async_events import AsyncEvent

DESTINATION = "destination"
DEAD_LETTER = "dead-letter"

FIFO = ".fifo"


class Target(Struct, frozen=True):
    """Where something can be delivered. ``action`` is without its service, as error messages have it: "SendMessage".

    ``name`` is the queue's, the topic's, the function's with its qualifier, the bus' or the bucket's.
    """

    arn: str
    service: str
    region: str
    account: str
    name: str
    action: str
    bytes_max: int | None


class Delivery(Struct, frozen=True):
    """One call to be made in the name of the function's role, which needs to be allowed ``action`` on ``resource_arn``."""

    kind: str
    target: Target
    operation: str
    parameters: Mapping[str, Any]
    resource_arn: str

    @property
    def action(self) -> str:
        """As policies name it."""
        return f"{self.target.service}:{self.target.action}"


class _Kind(Struct, frozen=True):
    """``prefix`` begins the resource of the target's ARN."""

    prefix: str
    action: str
    bytes_max: int | None


_KINDS = {
    "sqs": _Kind("", "SendMessage", limits.QUEUE_MESSAGE_BYTES_MAX),
    "sns": _Kind("", "Publish", limits.TOPIC_MESSAGE_BYTES_MAX),
    "lambda": _Kind("function:", "InvokeFunction", limits.EVENT_PAYLOAD_BYTES_MAX),
    "events": _Kind("event-bus/", "PutEvents", limits.BUS_EVENT_BYTES_MAX),
    "s3": _Kind("", "PutObject", None),
}


def parse_destination(arn: str, *, is_on_failure: bool) -> Target | None:
    """The target that an ARN names, or None where it can be no destination."""
    target = _parse(arn)
    if target is None or (target.service == "s3" and not is_on_failure):
        return None
    return target


def parse_dead_letter_target(arn: str) -> Target | None:
    """The target that an ARN names, or None where it is neither a standard queue nor a standard topic."""
    target = _parse(arn)
    return target if target is not None and target.service in ("sqs", "sns") else None


def resource_arn(target: Target, key: str) -> str:
    """What the role needs to be allowed the target's action on; ``key`` is of the object, where it is a bucket."""
    return f"{target.arn}/{key}" if target.service == "s3" else target.arn


def object_key_prefix(function_name: str) -> str:
    return f"aws/lambda/async/{function_name}/"


def role_session_arn(role_arn: str, function_name: str) -> str:
    """Who a function is when it calls AWS: a session of its role, by its name."""
    role = Arn.parse(role_arn)
    assert role is not None, "roles are checked when they are set"
    return session_arn(role.account, role.resource.rpartition("/")[2], function_name, partition=role.partition)


def to_dead_letter_target(event: AsyncEvent, end: End, target: Target) -> Delivery:
    """The event as it came, byte for byte, and why it failed."""
    text, attributes = event.payload.decode(), records.dead_letter_attributes(event, end)
    if target.service == "sqs":
        url = queue_url(event.endpoint_url, target.account, target.name)
        parameters: dict[str, Any] = {"QueueUrl": url, "MessageBody": text, "MessageAttributes": attributes}
        return Delivery(DEAD_LETTER, target, "SendMessage", parameters, target.arn)
    parameters = {"TopicArn": target.arn, "Message": text, "MessageAttributes": attributes}
    return Delivery(DEAD_LETTER, target, "Publish", parameters, target.arn)


def to_destination(event: AsyncEvent, end: End, target: Target) -> Delivery:
    """The record of the invocation."""
    record = records.record(event, end, bytes_max=target.bytes_max)
    return _DELIVERIES[target.service](event, end, target, record)


def _to_queue(event: AsyncEvent, _end: End, target: Target, record: bytes) -> Delivery:
    parameters = {
        "QueueUrl": queue_url(event.endpoint_url, target.account, target.name),
        "MessageBody": record.decode(),
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": event.trace_id}},
    }
    return Delivery(DESTINATION, target, "SendMessage", parameters, target.arn)


def _to_topic(_event: AsyncEvent, _end: End, target: Target, record: bytes) -> Delivery:
    parameters = {"TopicArn": target.arn, "Message": record.decode()}
    return Delivery(DESTINATION, target, "Publish", parameters, target.arn)


def _to_function(_event: AsyncEvent, _end: End, target: Target, record: bytes) -> Delivery:
    parameters = {"FunctionName": target.arn, "InvocationType": "Event", "Payload": record}
    return Delivery(DESTINATION, target, "Invoke", parameters, target.arn)


def _to_bus(event: AsyncEvent, end: End, target: Target, record: bytes) -> Delivery:
    outcome = "Success" if end.condition == retries.SUCCESS else "Failure"
    entry = {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Detail": record.decode(),
        "Resources": [target.arn, records.qualified_arn(event)],
        "EventBusName": target.arn,
    }
    return Delivery(DESTINATION, target, "PutEvents", {"Entries": [entry]}, target.arn)


def _to_bucket(event: AsyncEvent, end: End, target: Target, record: bytes) -> Delivery:
    at = datetime.fromtimestamp(end.at, UTC)
    key = f"{object_key_prefix(event.function_name)}{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{ids.uuid4()}"
    parameters = {"Bucket": target.name, "Key": key, "Body": record, "ContentType": "application/json"}
    return Delivery(DESTINATION, target, "PutObject", parameters, resource_arn(target, key))


_DELIVERIES: Mapping[str, Callable[[AsyncEvent, End, Target, bytes], Delivery]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
    "events": _to_bus,
    "s3": _to_bucket,
}


def _parse(text: str) -> Target | None:
    arn = Arn.parse(text)
    kind = _KINDS.get(arn.service) if arn is not None else None
    if arn is None or kind is None or not arn.resource.startswith(kind.prefix):
        return None
    name = arn.resource.removeprefix(kind.prefix)
    # Queues and topics that keep an order are no targets: events have none.
    if not name or (arn.service in ("sqs", "sns") and (":" in name or name.endswith(FIFO))):
        return None
    return Target(text, arn.service, arn.region, arn.account, name, kind.action, kind.bytes_max)
