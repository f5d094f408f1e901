"""A message before it is sent: checked, measured, digested.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from lambent.core import ids
from lambent.services.sqs import errors
from lambent.services.sqs.engine import digests
from lambent.services.sqs.engine.attributes import DELAY_S_MAX
from lambent.services.sqs.engine.digests import Attribute
from lambent.services.sqs.engine.queue import Queue

ATTRIBUTES_MAX = 10
NAME_BYTES_MAX = 256
TRACE_HEADER = "AWSTraceHeader"
TYPES = ("Binary", "Number", "String")
_NOT_FOR_THIS_TYPE = "The request include parameter that is not valid for this queue type."

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE_NAME = re.compile(r"[\w.-]+")
_RESERVED_NAME = re.compile(r"(?i)aws\.|amazon")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TOKEN = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")

encode_attributes = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, list[Any]]).decode


class Draft(NamedTuple):
    """A message that may be sent. ``delay_s`` is None where the queue decides."""

    message_id: str
    body: str
    size: int  # bytes: body and attributes
    delay_s: int | None
    group_id: str
    deduplication_id: str
    trace_header: str
    attributes: bytes | None  # MessagePack
    md5_of_body: str
    md5_of_attributes: str | None
    md5_of_system_attributes: str | None


def draft(given: Mapping[str, Any], queue: Queue, *, is_in_batch: bool = False) -> Draft:
    """Reads the parameters of SendMessage, or of an entry of a batch. Raises what is wrong with them."""
    body = given["MessageBody"]
    if not body:
        raise errors.MissingParameter(name="MessageBody")
    check_characters(body, "message body")
    data = body.encode()
    size, packed, md5_of_attributes = len(data), None, None
    if attributes := given.get("MessageAttributes"):
        user = _checked_attributes(attributes)
        size += sum(map(_bytes_of, user, user.values()))
        packed, md5_of_attributes = encode_attributes(user), digests.of_attributes(user)
    if size > queue.message_bytes_max:
        raise errors.MessageTooLong(bytes_max=queue.message_bytes_max)
    system = given.get("MessageSystemAttributes")
    trace_header, md5_of_system_attributes = _checked_system(system) if system else ("", None)
    group_id, deduplication_id = (_check_fifo if queue.is_fifo else _check_standard)(given, queue, data, is_in_batch)
    delay_s = given.get("DelaySeconds")
    if delay_s is not None and not 0 <= delay_s <= DELAY_S_MAX:
        reason = f"DelaySeconds must be >= 0 and <= {DELAY_S_MAX}."
        raise errors.InvalidValue(value=delay_s, name="DelaySeconds", reason=reason)
    return Draft(
        ids.uuid4(),
        body,
        size,
        delay_s,
        group_id,
        deduplication_id,
        trace_header,
        packed,
        digests.of_body(data),
        md5_of_attributes,
        md5_of_system_attributes,
    )


def decode_attributes(packed: bytes) -> dict[str, Attribute]:
    """The attributes of a message as they were sent."""
    return {name: Attribute(*each) for name, each in _decode(packed).items()}


def check_characters(text: str, place: str) -> None:
    """Raises InvalidMessageContents for what XML cannot hold."""
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise errors.InvalidMessageContents(character=ord(found[0]), place=place)


# ---- by type of the queue --------------------------------------------------------------------------------------------


def _check_standard(given: Mapping[str, Any], queue: Queue, body: bytes, is_in_batch: bool) -> tuple[str, str]:  # noqa: ARG001
    deduplication_id = given.get("MessageDeduplicationId")
    if deduplication_id:
        raise errors.InvalidValue(value=deduplication_id, name="MessageDeduplicationId", reason=_NOT_FOR_THIS_TYPE)
    group_id = given.get("MessageGroupId")
    if group_id is None:
        return "", ""
    return _checked_token("MessageGroupId", group_id), ""


def _check_fifo(given: Mapping[str, Any], queue: Queue, body: bytes, is_in_batch: bool) -> tuple[str, str]:
    if given.get("DelaySeconds"):
        raise errors.InvalidValue(value=given["DelaySeconds"], name="DelaySeconds", reason=_NOT_FOR_THIS_TYPE)
    group_id, deduplication_id = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    if not group_id:
        raise errors.NoGroup() if is_in_batch else errors.MissingParameter(name="MessageGroupId")
    _checked_token("MessageGroupId", group_id)
    if deduplication_id:
        return group_id, _checked_token("MessageDeduplicationId", deduplication_id)
    if not queue.deduplicates_by_content:
        raise errors.NoDeduplicationId()
    return group_id, hashlib.sha256(body).hexdigest()


def _checked_token(name: str, value: str) -> str:
    if not _TOKEN.fullmatch(value):
        reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise errors.InvalidValue(value=value, name=name, reason=reason)
    return value


# ---- attributes ------------------------------------------------------------------------------------------------------


def _checked_attributes(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Attribute]:
    if len(given) > ATTRIBUTES_MAX:
        raise errors.InvalidParameterValue(
            reason=f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
        )
    for name in given:
        _check_attribute_name(name)
    return {name: _checked_attribute(f"message (user) attribute '{name}'", value) for name, value in given.items()}


def _check_attribute_name(name: str) -> None:
    if not name:
        raise errors.InvalidParameterValue(reason="The request must contain non-empty message (user) attribute names.")
    if len(name.encode()) > NAME_BYTES_MAX:
        raise errors.InvalidParameterValue(reason=f"Message (user) attribute name must be shorter than {NAME_BYTES_MAX} bytes.")
    if _RESERVED_NAME.match(name):
        raise errors.InvalidParameterValue(
            reason="You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for"
            " internal use."
        )
    if not _ATTRIBUTE_NAME.fullmatch(name) or name[0] == "." or name[-1] == "." or ".." in name:
        raise errors.InvalidParameterValue(reason=f"Message (user) attribute name '{name}' is invalid.")


def _checked_attribute(what: str, given: Mapping[str, Any]) -> Attribute:
    type_ = given.get("DataType") or ""
    if given.get("StringListValues") or given.get("BinaryListValues"):
        raise errors.InvalidParameterValue(reason="Message attribute list values in SendMessage operation are not supported.")
    if not type_:
        raise errors.InvalidParameterValue(reason=f"The {what} must contain a non-empty message attribute type.")
    if len(type_.encode()) > NAME_BYTES_MAX:
        raise errors.InvalidParameterValue(reason=f"Message (user) attribute type must be shorter than {NAME_BYTES_MAX} bytes.")
    base = type_.partition(".")[0]
    if base not in TYPES:
        raise errors.InvalidParameterValue(
            reason=f"The type of {what} is invalid. You must use only the following supported type prefixes:"
            " Binary, Number, String."
        )
    kind = "Binary" if base == "Binary" else "String"
    value: str | bytes | None = given.get(f"{kind}Value")
    if not value:
        raise errors.InvalidParameterValue(
            reason=f"{what[0].upper()}{what[1:]} must contain a non-empty value of type '{kind}'."
        )
    if isinstance(value, str):
        check_characters(value, what)
    if base == "Number" and not _NUMBER.fullmatch(str(value)):
        raise errors.InvalidParameterValue(reason=f"Can't cast the value of {what} to a number.")
    return Attribute(type_, value)


def _checked_system(given: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """The trace header, which is the one system attribute that can be sent, and the digest."""
    for name in given:
        if name != TRACE_HEADER:
            raise errors.InvalidParameterValue(reason=f"Message system attribute name '{name}' is invalid.")
    attribute = _checked_attribute(f"message system attribute '{TRACE_HEADER}'", given[TRACE_HEADER])
    if attribute.type != "String" or not isinstance(attribute.value, str):
        raise errors.InvalidParameterValue(
            reason=f"The type of message system attribute '{TRACE_HEADER}' is invalid. You must use only the String type."
        )
    return attribute.value, digests.of_attributes({TRACE_HEADER: attribute})


def _bytes_of(name: str, attribute: Attribute) -> int:
    value = attribute.value.encode() if isinstance(attribute.value, str) else attribute.value
    return len(name.encode()) + len(attribute.type.encode()) + len(value)
