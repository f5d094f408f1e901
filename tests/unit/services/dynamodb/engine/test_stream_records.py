"""Records of one write, as both kinds of streams tell them."""

import json
import re

import pytest

from lambent.services.dynamodb.engine import stream_records
from lambent.services.dynamodb.engine.stream_records import Image, Written

KEYS = Image(b'{"id":{"S":"x"}}', 3)
OLD = Image(b'{"id":{"S":"x"},"v":{"N":"1"}}', 6)
NEW = Image(b'{"id":{"S":"x"},"v":{"N":"22"}}', 7)
AT = 1_767_225_600.75

INSERT, MODIFY, REMOVE = (
    Written(KEYS, old, new, is_by_ttl=False, at=AT) for old, new in ((None, NEW), (OLD, NEW), (OLD, None))
)


def told(written, view_type="NEW_AND_OLD_IMAGES"):
    return json.loads(stream_records.stream_record(written, view_type, "eu-west-1", "1" * 23))


def test_a_record_is_shaped_as_aws_tells_it():
    record = told(MODIFY)
    assert re.fullmatch("[0-9a-f]{32}", record.pop("eventID"))
    assert record == {
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_225_600,
            "Keys": {"id": {"S": "x"}},
            "NewImage": {"id": {"S": "x"}, "v": {"N": "22"}},
            "OldImage": {"id": {"S": "x"}, "v": {"N": "1"}},
            "SequenceNumber": "1" * 23,
            "SizeBytes": 16,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


def test_events_are_named_by_what_was_there_and_is():
    assert [told(written)["eventName"] for written in (INSERT, MODIFY, REMOVE)] == ["INSERT", "MODIFY", "REMOVE"]


@pytest.mark.parametrize(
    ("view_type", "images", "size"),
    [
        ("KEYS_ONLY", set(), 3),
        ("NEW_IMAGE", {"NewImage"}, 10),
        ("OLD_IMAGE", {"OldImage"}, 9),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}, 16),
    ],
)
def test_a_view_has_its_images_and_their_size(view_type, images, size):
    record = told(MODIFY, view_type)["dynamodb"]
    assert {name for name in record if name.endswith("Image")} == images
    assert record["SizeBytes"] == size


def test_a_deletion_by_time_to_live_names_the_service():
    by_ttl = Written(KEYS, OLD, None, is_by_ttl=True, at=AT)
    identity = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert told(by_ttl)["userIdentity"] == identity
    assert json.loads(stream_records.kinesis_record(by_ttl, "songs", "eu-west-1", ""))["userIdentity"] == identity


def test_kinesis_is_sent_both_images_in_milliseconds():
    record = json.loads(stream_records.kinesis_record(MODIFY, "songs", "eu-west-1", ""))
    assert list(record) == [
        "awsRegion",
        "eventID",
        "eventName",
        "userIdentity",
        "recordFormat",
        "tableName",
        "dynamodb",
        "eventSource",
    ]
    assert re.fullmatch(r"[0-9a-f-]{36}", record["eventID"])
    assert (record["userIdentity"], record["recordFormat"], record["tableName"]) == (None, "application/json", "songs")
    assert record["dynamodb"] == {
        "ApproximateCreationDateTime": 1_767_225_600_750,
        "Keys": {"id": {"S": "x"}},
        "NewImage": {"id": {"S": "x"}, "v": {"N": "22"}},
        "OldImage": {"id": {"S": "x"}, "v": {"N": "1"}},
        "SizeBytes": 16,
    }


def test_microseconds_are_told_where_they_are_wanted():
    record = json.loads(stream_records.kinesis_record(INSERT, "songs", "eu-west-1", "MICROSECOND"))["dynamodb"]
    assert record["ApproximateCreationDateTime"] == 1_767_225_600_750_000
    assert record["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_a_partition_key_is_of_32_capital_hexadecimal_digits():
    assert stream_records.partition_key(bytes(range(16))) == "000102030405060708090A0B0C0D0E0F"
