"""What may be published: messages, subjects, attributes, and batches of them.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.services.sns import errors

BATCH_ENTRIES_MAX = 10
SUBJECT_CHARS_MAX = 100
ATTRIBUTE_NAME_BYTES_MAX = 256

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_ID = re.compile(r"[\x21-\x7e]{1,128}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_NOT_IN_SUBJECTS = re.compile(r"[\x00-\x1f\x7f]")
_KINDS = ("String", "Number", "Binary")

Attribute = Mapping[str, Any]
"""DataType, and StringValue or BinaryValue."""


class Rules(Struct, frozen=True):
    """What a topic says about its messages."""

    is_fifo: bool
    is_deduplicated_by_content: bool
    bytes_max: int


class Message(Struct, frozen=True):
    """One message that may be published. ``bodies`` has those of single protocols where MessageStructure told them."""

    id: str
    subject: str | None
    default_body: str
    bodies: Mapping[str, str]
    attributes: Mapping[str, Attribute]
    group_id: str
    deduplication_id: str

    def body(self, protocol: str) -> str:
        return self.bodies.get(protocol, self.default_body)


def checked(given: Mapping[str, Any], rules: Rules) -> Message:
    """The message of Publish, or of an entry of PublishBatch. Raises InvalidParameter, ParameterValueInvalid."""
    text: str = given["Message"]
    if not text:
        raise errors.InvalidParameter(reason="Empty message")
    attributes: Mapping[str, Attribute] = given.get("MessageAttributes") or {}
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    if size(given) > rules.bytes_max:
        raise errors.InvalidParameter(reason="Message too long")
    subject = given.get("Subject")
    if subject is not None and (not subject or len(subject) > SUBJECT_CHARS_MAX or _NOT_IN_SUBJECTS.search(subject)):
        raise errors.InvalidParameter(reason="Subject")
    bodies = _structured(text) if given.get("MessageStructure") else {}
    default_body = bodies.get("default", text)
    return Message(
        id=ids.uuid4(),
        subject=subject,
        default_body=default_body,
        bodies=bodies,
        attributes=attributes,
        group_id=_group_id(given, rules),
        deduplication_id=_deduplication_id(given, rules, default_body),
    )


def check_batch(entries: Sequence[Mapping[str, Any]], rules: Rules) -> None:
    """What concerns the batch as a whole. Raises the errors of batches."""
    if not entries:
        raise errors.EmptyBatchRequest()
    if len(entries) > BATCH_ENTRIES_MAX:
        raise errors.TooManyEntriesInBatchRequest()
    entry_ids = [entry["Id"] for entry in entries]
    if any(_ENTRY_ID.fullmatch(entry_id) is None for entry_id in entry_ids):
        raise errors.InvalidBatchEntryId()
    if len(set(entry_ids)) < len(entry_ids):
        raise errors.BatchEntryIdsNotDistinct()
    if sum(map(size, entries)) > rules.bytes_max:
        raise errors.BatchRequestTooLong()


def size(given: Mapping[str, Any]) -> int:
    """The bytes that count against the limit: the message, and its attributes' names, types and values."""
    attributes = given.get("MessageAttributes") or {}
    parts: Iterable[str | bytes] = (
        part
        for name, attribute in attributes.items()
        for part in (name, attribute["DataType"], attribute.get("StringValue") or attribute.get("BinaryValue") or "")
    )
    message = given["Message"]
    return _bytes(message) + sum(map(_bytes, parts))


def _bytes(value: str | bytes) -> int:
    return len(value) if isinstance(value, bytes) or value.isascii() else len(value.encode("utf-8", "surrogatepass"))


def _structured(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise errors.InvalidParameter(reason="Message Structure - JSON message body failed to parse") from None
    bodies = {name: body for name, body in document.items() if isinstance(body, str)} if isinstance(document, dict) else {}
    if "default" not in bodies:
        raise errors.InvalidParameter(reason="Message Structure - No default entry in JSON message body")
    return bodies


def _group_id(given: Mapping[str, Any], rules: Rules) -> str:
    group_id: str = given.get("MessageGroupId") or ""
    if not group_id and rules.is_fifo:
        raise errors.InvalidParameter(reason="The MessageGroupId parameter is required for FIFO topics")
    if group_id and _FIFO_ID.fullmatch(group_id) is None:
        raise errors.InvalidParameter(
            reason="MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. "
            "1 to 128 in length"
        )
    return group_id


def _deduplication_id(given: Mapping[str, Any], rules: Rules, body: str) -> str:
    deduplication_id: str = given.get("MessageDeduplicationId") or ""
    if not rules.is_fifo:
        if deduplication_id:
            raise errors.InvalidParameter(
                reason="MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
                "that is not valid for this topic type"
            )
        return ""
    if deduplication_id:
        if _FIFO_ID.fullmatch(deduplication_id) is None:
            raise errors.InvalidParameter(
                reason="MessageDeduplicationId Reason: MessageDeduplicationId can only include alphanumeric and "
                "punctuation characters. 1 to 128 in length"
            )
        return deduplication_id
    if rules.is_deduplicated_by_content:
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    raise errors.InvalidParameter(
        reason="The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )


# ---- attributes ------------------------------------------------------------------------------------------------------


def _check_attribute(name: str, attribute: Attribute) -> None:
    _check_attribute_name(name)
    kind: str = attribute["DataType"]
    base = kind.partition(".")[0]
    if base not in _KINDS:
        raise errors.ParameterValueInvalid(
            reason=f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    text, data = attribute.get("StringValue"), attribute.get("BinaryValue")
    field, other = ("Binary", text) if base == "Binary" else ("String", data)
    if other is not None and (data if base == "Binary" else text) is None:
        raise errors.ParameterValueInvalid(
            reason=f"The message attribute '{name}' with type '{kind}' must use field '{field}'."
        )
    if not (data if base == "Binary" else text):
        raise errors.ParameterValueInvalid(
            reason=f"The message attribute '{name}' must contain non-empty message attribute value "
            f"for message attribute type '{kind}'."
        )
    if base == "Number" and not _is_number(str(text)):
        raise errors.ParameterValueInvalid(reason=f"Could not cast message attribute '{name}' value to number.")


def _check_attribute_name(name: str) -> None:
    if len(name.encode("utf-8", "surrogatepass")) > ATTRIBUTE_NAME_BYTES_MAX:
        reason = f"Length of message attribute name must be less than {ATTRIBUTE_NAME_BYTES_MAX} bytes."
    elif strange := _NOT_IN_NAMES.search(name):
        reason = (
            f"Invalid non-alphanumeric character '#x{ord(strange[0]):X}' was found in the message attribute name. "
            "Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    elif name.startswith("."):
        reason = "Invalid message attribute name starting with character '.' was found."
    elif name.endswith("."):
        reason = "Invalid message attribute name ending with character '.' was found."
    elif ".." in name:
        reason = "Message attribute name can not have successive '.' character."
    else:
        return
    raise errors.ParameterValueInvalid(reason=reason)


def _is_number(text: str) -> bool:
    try:
        return float(text) - float(text) == 0.0  # neither infinite nor NaN
    except ValueError:
        return False
