"""Records of streams, as functions and filters see them."""

import json
from collections import deque
from datetime import UTC, datetime

from lambent.durable.followers import stream_records
from lambent.durable.followers.stream_records import DIALECTS, Entry, Origin

AT = datetime(2026, 1, 1, 0, 0, 0, 987_000, tzinfo=UTC)
ORIGIN = Origin("s0", "arn", "us-east-1", "role")
KINESIS = {"SequenceNumber": "49", "ApproximateArrivalTimestamp": AT, "Data": b'{"a": 1}', "PartitionKey": "k"}
CHANGE = {
    "eventID": "e",
    "eventName": "REMOVE",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "us-east-1",
    "dynamodb": {
        "SizeBytes": 70,
        "SequenceNumber": "111",
        "Keys": {"b": {"B": b"\0"}, "a": {"N": "1"}},
        "ApproximateCreationDateTime": AT,
        "StreamViewType": "KEYS_ONLY",
    },
    "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"},
}


def test_a_record_of_kinesis_is_told_as_aws_does():
    told = DIALECTS["kinesis"].told(KINESIS, ORIGIN)
    assert json.loads(stream_records.encode(told))["kinesis"] == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "k",
        "sequenceNumber": "49",
        "data": "eyJhIjogMX0=",
        "approximateArrivalTimestamp": 1767225600.987,
    }
    assert (told["eventID"], told["invokeIdentityArn"]) == ("s0:49", "role")


def test_filters_see_the_fields_of_kinesis_beside_the_rest_and_the_data_as_text():
    dialect = DIALECTS["kinesis"]
    seen = dialect.filtered(dialect.told(KINESIS, ORIGIN))
    assert (seen["data"], seen["partitionKey"], seen["eventName"]) == ('{"a": 1}', "k", "aws:kinesis:record")
    assert dialect.filtered(dialect.told(KINESIS | {"Data": b"\xff"}, ORIGIN))["data"] == "\ufffd"


def test_a_change_is_told_with_whole_seconds_and_in_camel_case():
    told = json.loads(stream_records.encode(DIALECTS["dynamodb"].told(CHANGE, ORIGIN)))
    assert list(told["dynamodb"]) == [
        "ApproximateCreationDateTime", "Keys", "SequenceNumber", "SizeBytes", "StreamViewType",
    ]  # fmt: skip
    assert told["dynamodb"]["ApproximateCreationDateTime"] == 1767225600
    assert told["dynamodb"]["Keys"]["b"] == {"B": "AA=="}
    assert told["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert list(told)[-1] == "eventSourceARN"


def test_filters_see_binary_values_as_base64():
    dialect = DIALECTS["dynamodb"]
    assert dialect.filtered(dialect.told(CHANGE, ORIGIN))["dynamodb"]["Keys"]["b"] == {"B": "AA=="}


def test_records_without_keys_have_each_its_own():
    records = [{"SequenceNumber": number, "PartitionKey": None} for number in ("1", "2")]
    assert [DIALECTS["kinesis"].key(record) for record in records] == [b"1", b"2"]


def test_the_key_of_a_change_is_that_of_its_item_in_whatever_order_it_is_told():
    dialect, change = DIALECTS["dynamodb"], CHANGE["dynamodb"]
    other = CHANGE | {"dynamodb": change | {"Keys": dict(reversed(change["Keys"].items()))}}
    assert dialect.key(CHANGE) == dialect.key(other)
    assert DIALECTS["kinesis"].key(KINESIS) == b"k"


def entries(*lengths: int) -> deque[Entry]:
    return deque(Entry(str(number), float(number), 0.0, b"x" * length) for number, length in enumerate(lengths))


def cut(waiting: deque[Entry], count_max: int = 10, bytes_max: int = 1_000, until: float = 1e18) -> int:
    return len(stream_records.cut(waiting, count_max=count_max, bytes_max=bytes_max, until=until))


def test_a_batch_ends_at_its_count_its_bytes_or_its_window():
    assert cut(entries(1, 1, 1), count_max=2) == 2
    assert cut(entries(400, 500, 500)) == 2
    assert cut(entries(1, 1, 1), until=2.0) == 2
    assert cut(entries()) == 0


def test_one_record_makes_a_batch_however_long_it_is():
    assert cut(entries(5_000, 1)) == 1
