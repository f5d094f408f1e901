"""A queue's attributes: which there are, what they may hold, and how they are told.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

import json
from collections.abc import Iterable, Mapping

from lambent.services.sqs import errors
from lambent.services.sqs.engine import policies
from lambent.services.sqs.engine.queue import DEFAULTS, MESSAGE_BYTES_MAX, Queue
from lambent.services.sqs.tables.messages import Counts

ALL = "All"
DELAY_S_MAX = 900
VISIBILITY_TIMEOUT_S_MAX = 43_200
WAIT_S_MAX = 20

# From, to: seconds, but for MaximumMessageSize, which is in bytes.
_RANGES = {
    "DelaySeconds": (0, DELAY_S_MAX),
    "MaximumMessageSize": (1_024, MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, WAIT_S_MAX),
    "VisibilityTimeout": (0, VISIBILITY_TIMEOUT_S_MAX),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_CHOICES = {
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": ("true", "false"),
}
_FIFO_ONLY = ("DeduplicationScope", "FifoThroughputLimit")
_FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
_EMPTY_MEANS_NONE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
_COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_READ_ONLY = (*_COUNTED, "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp")
_SETTABLE = (*_RANGES, *_CHOICES, "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "FifoQueue")
_KNOWN = frozenset((ALL, *_READ_ONLY, *_SETTABLE))
KMS_KEY_REUSE_S_DEFAULT = "300"


def checked(given: Mapping[str, str], *, is_fifo: bool, is_new: bool, kept: Mapping[str, str]) -> dict[str, str]:
    """All that a queue keeps once ``given`` is set: ``kept`` and the new values, as AWS spells them.

    Raises InvalidAttributeName, InvalidAttributeValue and their kin.
    """
    result = dict(kept)
    for name, value in given.items():
        text = _checked(name, value, is_fifo=is_fifo, is_new=is_new)
        if text:
            result[name] = text
        else:
            result.pop(name, None)
    _check_encryption(given, result)
    if result.get("FifoThroughputLimit") == "perMessageGroupId" and result.get("DeduplicationScope") != "messageGroup":
        raise errors.UnreasonableAttributeValue(
            name="FifoThroughputLimit",
            reason="The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        )
    return result


def _checked(name: str, value: str, *, is_fifo: bool, is_new: bool) -> str:
    """The value as it is kept; empty where it takes the attribute away."""
    _check_name(name, value, is_fifo=is_fifo, is_new=is_new)
    if name in _EMPTY_MEANS_NONE and not value:
        return ""
    if name in _RANGES:
        return _checked_number(name, value)
    if name in _CHOICES:
        if value.lower() in ("true", "false"):
            value = value.lower()
        if value not in _CHOICES[name]:
            raise errors.InvalidAttributeValue(name=name)
        return value
    match name:
        case "FifoQueue":
            return "true"
        case "RedrivePolicy":
            return policies.checked_redrive(value, is_fifo=is_fifo)
        case "RedriveAllowPolicy":
            return policies.checked_redrive_allow(value)
        case "Policy":
            return policies.checked_access(value)
        case _:
            return value


def _check_name(name: str, value: str, *, is_fifo: bool, is_new: bool) -> None:
    if name not in _SETTABLE:
        raise errors.UnknownAttribute(name=name)
    if name == "FifoQueue":
        if not is_fifo or (is_new and value != "true"):
            raise errors.UnknownAttribute(name=name)
        if value != "true":
            raise errors.UnreasonableAttributeValue(name=name, reason="Modifying queue type is not supported.")
    elif not is_fifo and name in _FIFO_ONLY:
        raise errors.FifoOnly(name=name)
    elif not is_fifo and name == "ContentBasedDeduplication":
        raise errors.UnknownAttribute(name=name)


def _checked_number(name: str, value: str) -> str:
    least, most = _RANGES[name]
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
        raise errors.InvalidAttributeValue(name=name)
    return str(int(value))


def _check_encryption(given: Mapping[str, str], result: dict[str, str]) -> None:
    """A queue has one kind of encryption: what is asked for last turns the other one off."""
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled", "").lower() == "true":
        raise errors.TwoEncryptions()
    if given.get("SqsManagedSseEnabled", "").lower() == "true":
        if result.get("KmsMasterKeyId") and "KmsMasterKeyId" not in given:
            raise errors.TwoEncryptions()
    elif given.get("KmsMasterKeyId"):
        result["SqsManagedSseEnabled"] = "false"


# ---- telling ---------------------------------------------------------------------------------------------------------


def wanted(names: Iterable[str]) -> frozenset[str]:
    """The names asked for. Raises UnknownAttribute for one that there is not."""
    found = frozenset(names)
    for name in found:
        if name not in _KNOWN:
            raise errors.UnknownAttribute(name=name)
    return found


def needs_counts(names: frozenset[str]) -> bool:
    return ALL in names or any(name in names for name in _COUNTED)


def told(queue: Queue, names: frozenset[str], counts: Counts) -> dict[str, str]:
    """The attributes asked for, of those that the queue has."""
    everything = settings_of(queue) | {
        "QueueArn": queue.arn,
        "CreatedTimestamp": str(int(queue.row.created_at)),
        "LastModifiedTimestamp": str(int(queue.row.modified_at)),
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
    }
    return everything if ALL in names else {name: text for name, text in everything.items() if name in names}


def settings_of(queue: Queue) -> dict[str, str]:
    """What can be set, as it is: given, or by default."""
    kept = queue.row.attributes
    result = {**DEFAULTS, **(_FIFO_DEFAULTS if queue.is_fifo else {}), "SqsManagedSseEnabled": "true", **kept}
    if "KmsMasterKeyId" in kept:
        result.setdefault("KmsDataKeyReusePeriodSeconds", KMS_KEY_REUSE_S_DEFAULT)
    else:
        result.pop("KmsDataKeyReusePeriodSeconds", None)
    return result


def first_difference(queue: Queue, given: Mapping[str, str]) -> str | None:
    """The first attribute of a second CreateQueue that the queue does not have so."""
    settings = settings_of(queue)
    for name, value in given.items():
        if not _is_same(settings.get(name, ""), value):
            return name
    return None


def _is_same(kept: str, given: str) -> bool:
    if kept == given or (kept in ("true", "false") and kept == given.lower()):
        return True
    try:  # policies may be spelt in many ways
        return bool(given[:1] == "{" and json.loads(kept) == json.loads(given))
    except ValueError:
        return False
