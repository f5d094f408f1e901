"""Records of streams as a function receives them, written to the last key as AWS writes them.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant

RecordJson = dict[str, Any]

encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode

_FRAME_BYTES = len('{"Records":[]}')


class Entry(Struct):
    """A record on its way to the function; ``text`` is its JSON, ``read_at`` when it was read.

    ``is_done``: it was handled, filtered out or given up, and its text is no longer needed.
    """

    sequence: str
    arrived_at: Instant
    read_at: Instant
    text: bytes
    is_done: bool = False


class Origin(Struct, frozen=True):
    """What is told of every record of a shard: where it comes from, and in whose name it is read."""

    shard_id: str
    source_arn: str
    region: str
    role_arn: str


class Dialect(Protocol):
    """How one kind of stream tells its records. ``info_name`` is of the block that tells of a failed batch."""

    info_name: str
    info_timespec: str

    def sequence(self, record: Mapping[str, Any]) -> str: ...

    def arrived_at(self, record: Mapping[str, Any]) -> Instant: ...

    def key(self, record: Mapping[str, Any]) -> bytes:
        """Records with the same key are handled in order."""
        ...

    def told(self, record: Mapping[str, Any], origin: Origin) -> RecordJson:
        """As the consumer gets it; bytes are encoded as base64."""
        ...

    def filtered(self, told: RecordJson) -> RecordJson:
        """As filters look at it."""
        ...


class KinesisRecords:
    """Records of Kinesis."""

    info_name = "KinesisBatchInfo"
    info_timespec = "milliseconds"

    def sequence(self, record: Mapping[str, Any]) -> str:
        sequence: str = record["SequenceNumber"]
        return sequence

    def arrived_at(self, record: Mapping[str, Any]) -> Instant:
        arrived_at: Instant = record["ApproximateArrivalTimestamp"].timestamp()
        return arrived_at

    def key(self, record: Mapping[str, Any]) -> bytes:
        key: str = record["PartitionKey"] or record["SequenceNumber"]  # a stream that distributes records needs no keys
        return key.encode()

    def told(self, record: Mapping[str, Any], origin: Origin) -> RecordJson:
        sequence = record["SequenceNumber"]
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": sequence,
                "data": record["Data"],
                "approximateArrivalTimestamp": round(record["ApproximateArrivalTimestamp"].timestamp(), 3),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{origin.shard_id}:{sequence}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": origin.role_arn,
            "awsRegion": origin.region,
            "eventSourceARN": origin.source_arn,
        }

    def filtered(self, told: RecordJson) -> RecordJson:
        """What is told of the record in "kinesis" stands beside the rest, and its data is text, not base64."""
        fields = told["kinesis"]
        return {**told, **fields, "data": fields["data"].decode(errors="replace")}


class DynamoDBRecords:
    """Records of the streams of tables."""

    info_name = "DDBStreamBatchInfo"
    info_timespec = "seconds"

    def sequence(self, record: Mapping[str, Any]) -> str:
        sequence: str = record["dynamodb"]["SequenceNumber"]
        return sequence

    def arrived_at(self, record: Mapping[str, Any]) -> Instant:
        arrived_at: Instant = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
        return arrived_at

    def key(self, record: Mapping[str, Any]) -> bytes:
        return _encode_sorted(record["dynamodb"]["Keys"])

    def told(self, record: Mapping[str, Any], origin: Origin) -> RecordJson:
        change = dict(record["dynamodb"])
        change["ApproximateCreationDateTime"] = int(change["ApproximateCreationDateTime"].timestamp())
        told: RecordJson = {
            "eventID": record["eventID"],
            "eventName": record["eventName"],
            "eventVersion": record["eventVersion"],
            "eventSource": record["eventSource"],
            "awsRegion": record["awsRegion"],
            "dynamodb": {name: change[name] for name in _CHANGE_MEMBERS if name in change},
        }
        if (identity := record.get("userIdentity")) is not None:
            told["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
        told["eventSourceARN"] = origin.source_arn
        return told

    def filtered(self, told: RecordJson) -> RecordJson:
        """As its JSON is: with binary values as base64."""
        seen: RecordJson = _decode(encode(told))
        return seen


_CHANGE_MEMBERS = (
    "ApproximateCreationDateTime",
    "Keys",
    "NewImage",
    "OldImage",
    "SequenceNumber",
    "SizeBytes",
    "StreamViewType",
)

DIALECTS: Mapping[str, Dialect] = {"kinesis": KinesisRecords(), "dynamodb": DynamoDBRecords()}
"""By the services that ARNs of streams name."""


def cut(entries: deque[Entry], *, count_max: int, bytes_max: int, until: Instant) -> list[Entry]:
    """The records of the next batch, which stay where they are; one record makes a batch, however long it is.

    Those that arrived at ``until`` or later belong to another window.
    """
    size, batch = _FRAME_BYTES, list[Entry]()
    for entry in entries:
        size += len(entry.text) + 1
        if len(batch) >= count_max or entry.arrived_at >= until or (batch and size > bytes_max):
            break
        batch.append(entry)
    return batch
