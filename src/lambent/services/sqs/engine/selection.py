"""What a receive asks to be told of each message besides its body."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lambent.services.sqs import errors
from lambent.services.sqs.engine import digests
from lambent.services.sqs.engine.digests import Attribute
from lambent.services.sqs.engine.drafts import TRACE_HEADER, decode_attributes
from lambent.services.sqs.engine.sending import told_sequence
from lambent.services.sqs.tables.messages import Message

ALL = "All"
_TELL: Mapping[str, Callable[[Message], str]] = {
    "SenderId": lambda message: message.sender_id,
    "ApproximateFirstReceiveTimestamp": lambda message: str(int(message.first_received_at * 1000)),
    "ApproximateReceiveCount": lambda message: str(message.receives),
    "SentTimestamp": lambda message: str(int(message.sent_at * 1000)),
    "SequenceNumber": lambda message: told_sequence(message.sequence) if message.sequence else "",
    "MessageDeduplicationId": lambda message: message.deduplication_id,
    "MessageGroupId": lambda message: message.group_id,
    TRACE_HEADER: lambda message: message.trace_header,
    "DeadLetterQueueSourceArn": lambda message: message.dead_letter_source,
}
# The older parameter is of the type of queue attributes, and takes their names without telling anything of them.
_QUEUES_OWN = frozenset(
    ("Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "QueueArn", "DelaySeconds")
)


def system_names(names: Iterable[str]) -> tuple[str, ...]:
    """The system attributes asked for, in AWS' order. Raises InvalidAttributeName for one that there is not."""
    wanted = frozenset(names)
    if not wanted:
        return ()
    for name in wanted:
        if name != ALL and name not in _TELL and name not in _QUEUES_OWN:
            raise errors.UnknownAttribute(name=name)
    return tuple(name for name in _TELL if ALL in wanted or name in wanted)


def system_attributes(message: Message, names: tuple[str, ...]) -> dict[str, str]:
    """Those that the message has."""
    found = {}
    for name in names:
        text = _TELL[name](message)
        if text:
            found[name] = text
    return found


def user_attributes(message: Message, names: list[str]) -> dict[str, Any]:
    """The members of Message that tell its own attributes, of those asked for by name, by prefix (``name.*``), or ``All``."""
    if message.attributes is None or not names:
        return {}
    kept = {name: each for name, each in decode_attributes(message.attributes).items() if _is_wanted(name, names)}
    if not kept:
        return {}
    told = {name: _told(attribute) for name, attribute in kept.items()}
    return {"MD5OfMessageAttributes": digests.of_attributes(kept), "MessageAttributes": told}


def _is_wanted(name: str, names: list[str]) -> bool:
    return any(pattern in (ALL, ".*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-2])) for pattern in names)


def _told(attribute: Attribute) -> dict[str, Any]:
    value = "StringValue" if isinstance(attribute.value, str) else "BinaryValue"
    return {value: attribute.value, "DataType": attribute.type}
