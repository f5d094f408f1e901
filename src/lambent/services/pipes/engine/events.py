"""Events as pipes hand them on: what a record looks like, and what of it is read as JSON.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

from lambent.durable.followers.stream_records import DIALECTS, Dialect, KinesisRecords, Origin, RecordJson

ENCODED = {"aws:sqs": "body", "aws:kinesis": "data"}
"""The member that holds the user's data as text, by where the record is from."""
IDENTIFIERS = {"aws:sqs": "messageId", "aws:kinesis": "eventID", "aws:dynamodb": "eventID"}
"""The member by which a report of failures names a record."""

_decode = msgspec.json.Decoder().decode


class FlatKinesisRecords(KinesisRecords):
    """Records of Kinesis with what lambda tells below "kinesis" beside the rest."""

    def told(self, record: Mapping[str, Any], origin: Origin) -> RecordJson:
        told = super().told(record, origin)
        fields: RecordJson = told.pop("kinesis")
        return fields | told

    def filtered(self, told: RecordJson) -> RecordJson:
        return {**told, "data": told["data"].decode(errors="replace")}


PIPE_DIALECTS: Mapping[str, Dialect] = {"kinesis": FlatKinesisRecords(), "dynamodb": DIALECTS["dynamodb"]}


def decoded(event: object) -> object:
    """The event with its encoded member as what it is in JSON; as it stands where that is none."""
    if not isinstance(event, dict):
        return event
    member = ENCODED.get(event.get("eventSource", ""))
    text = event.get(member) if member is not None else None
    if not isinstance(text, str):
        return event
    try:
        value = _decode(base64.b64decode(text, validate=True) if member == "data" else text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error, ValueError):
        return event
    return {**event, member: value}


def identifier(event: object) -> str:
    """How a report of failures names the record; empty for what is none."""
    if not isinstance(event, dict):
        return ""
    return str(event.get(IDENTIFIERS.get(event.get("eventSource", ""), ""), ""))
