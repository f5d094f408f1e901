"""The three policies that a queue may have: where dead letters go, who may send them here, and who else may use it."""

import json
from typing import Any

from lambent.core.arn import Arn
from lambent.lang.iam_policy import InvalidPolicy, statements
from lambent.services.sqs import errors

RECEIVES_MAX = 1_000
SOURCES_MAX = 10
_UNSUPPORTED = "Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format."  # noqa: RUF001


# ---- redrive ---------------------------------------------------------------------------------------------------------


def checked_redrive(text: str, *, is_fifo: bool) -> str:
    """A redrive policy as it is kept. Whether its target is there, and allows it, takes a look at the tables.

    Raises InvalidAttributeValue and InvalidValue.
    """
    policy = _document(text)
    if policy is None:
        raise errors.UnreasonableAttributeValue(name="RedrivePolicy", reason="Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            raise bad_redrive(text, f"Redrive policy does not contain mandatory attribute: {name}.")
    if len(policy) > 2:
        raise bad_redrive(text, "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].")
    receives_max = _whole(policy["maxReceiveCount"])
    if receives_max is None or not 1 <= receives_max <= RECEIVES_MAX:
        shown = policy["maxReceiveCount"]
        reason = f"Invalid value for maxReceiveCount: {shown}, valid values are from 1 to 1000 both inclusive."
        raise bad_redrive(text, reason)
    target = policy["deadLetterTargetArn"]
    arn = Arn.parse(target) if isinstance(target, str) else None
    if arn is None:
        raise bad_redrive(text, "Invalid value for deadLetterTargetArn.")
    if arn.service != "sqs":
        raise bad_redrive(text, "Only SQS queues are valid resources for deadLetterTargetArn.")
    if arn.resource.endswith(".fifo") != is_fifo:
        raise bad_redrive(text, "Dead-letter queue must be same type of queue as the source..")
    return json.dumps({**policy, "maxReceiveCount": receives_max}, separators=(",", ":"))


def bad_redrive(text: str, reason: str) -> errors.InvalidValue:
    return errors.InvalidValue(value=text, name="RedrivePolicy", reason=reason)


def checked_redrive_allow(text: str) -> str:
    """A redrive allow policy as it is kept."""
    policy = _document(text)
    permission = policy.get("redrivePermission") if policy is not None else None
    if policy is None or permission not in ("allowAll", "denyAll", "byQueue"):
        raise errors.UnreasonableAttributeValue(name="RedriveAllowPolicy", reason=_UNSUPPORTED)
    sources = policy.get("sourceQueueArns")
    if set(policy) - {"redrivePermission", "sourceQueueArns"} or not _are_texts(sources):
        raise errors.UnreasonableAttributeValue(name="RedriveAllowPolicy", reason=_UNSUPPORTED)
    if sources and permission != "byQueue":
        raise _bad_allow(text, "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
    if not sources and permission == "byQueue":
        reason = "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
        raise _bad_allow(text, reason)
    if sources and len(sources) > SOURCES_MAX:
        raise _bad_allow(text, f"The maximum number of source queue ARNs you can specify is {SOURCES_MAX}.")
    return json.dumps(policy, separators=(",", ":"))


def allows_redrive(policy: str, source_arn: str) -> bool:
    """Whether a queue with this redrive allow policy takes the dead letters of ``source_arn``."""
    if not policy:
        return True
    document = json.loads(policy)
    match document["redrivePermission"]:
        case "allowAll":
            return True
        case "denyAll":
            return False
        case _:
            return source_arn in document["sourceQueueArns"]


def _bad_allow(text: str, reason: str) -> errors.InvalidValue:
    shown = f"Amazon SQS can't create the redrive allow policy. {reason}"
    return errors.InvalidValue(value=text, name="RedriveAllowPolicy", reason=shown)


def _are_texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _document(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


# ---- access ----------------------------------------------------------------------------------------------------------


def checked_access(text: str) -> str:
    """The policy that lets others in, as it is kept."""
    try:
        statements.check(statements.read(text), service="sqs")
    except InvalidPolicy as error:
        raise errors.InvalidAttributeValue(name="Policy") from error
    return text
