"""Requests and answers in CBOR, as the SDKs for Java make them: a client made by hand."""

import struct
from datetime import UTC, datetime

import cbor2
import pytest

CONTENT_TYPE = "application/x-amz-cbor-1.1"
EPOCH_TAG = 1


@pytest.fixture
def java(raw):
    """``java("PutRecord", StreamName=…)``: the status and the members of the answer; timestamps are numbers under their tag."""

    def ask(operation, **parameters):
        status, headers, body = raw(operation, cbor2.dumps(parameters), CONTENT_TYPE)
        assert headers["content-type"] == CONTENT_TYPE
        return status, decoded(body)

    return ask


def decoded(body):
    return cbor2.loads(body, semantic_decoders={EPOCH_TAG: lambda value, _: cbor2.CBORTag(EPOCH_TAG, value)}) if body else {}


def moment(at):
    return cbor2.CBORTag(EPOCH_TAG, int(at.timestamp() * 1000))


def test_a_java_client_makes_a_stream_puts_records_and_reads_them(java, still):
    assert java("CreateStream", StreamName="s", ShardCount=1) == (200, {})
    status, described = java("DescribeStreamSummary", StreamName="s")
    created = described["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    assert (status, created) == (200, moment(still.now()))
    put = java("PutRecord", StreamName="s", Data=b"\x00\xff", PartitionKey="k")[1]
    assert put["ShardId"] == "shardId-000000000000"
    many = java("PutRecords", StreamName="s", Records=[{"Data": b"a", "PartitionKey": "k"}] * 2)[1]
    assert (many["FailedRecordCount"], len(many["Records"])) == (0, 2)
    asked = {"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP"}
    iterator = java("GetShardIterator", **asked, Timestamp=created)[1]["ShardIterator"]
    reply = java("GetRecords", ShardIterator=iterator, Limit=2)[1]
    assert [record["Data"] for record in reply["Records"]] == [b"\x00\xff", b"a"]
    assert reply["Records"][0]["SequenceNumber"] == put["SequenceNumber"]
    assert reply["Records"][0]["ApproximateArrivalTimestamp"] == moment(still.now())
    assert reply["MillisBehindLatest"] == 0


def test_a_map_of_no_told_length_is_read(raw):
    """As Jackson, which the SDKs write with, makes them."""
    members = b"".join(cbor2.dumps(part) for part in ("StreamName", "s", "ShardCount", 1))
    assert raw("CreateStream", b"\xbf" + members + b"\xff", CONTENT_TYPE)[0] == 200


def test_errors_are_told_in_cbor(java, account):
    told = {"__type": "ResourceNotFoundException", "message": f"Stream nope under account {account} not found."}
    assert java("DescribeStream", StreamName="nope") == (400, told)
    status, error = java("PutRecord", StreamName="s")
    assert (status, error["__type"]) == (400, "ValidationException")
    assert "Value null at 'data' failed to satisfy constraint: Member must not be null" in error["message"]
    assert java("NoSuchOperation")[1]["__type"] == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"\xbf", b"\x80", b"\xa1\x01\x02\x03\xff", cbor2.dumps({"StreamName": b"s"})])
def test_what_cannot_be_read_is_refused(raw, body):
    status, _, answer = raw("DescribeStream", body, CONTENT_TYPE)
    assert (status, decoded(answer)["__type"]) in ((400, "SerializationException"), (400, "InvalidArgumentException"))


def test_a_timestamp_without_its_tag_is_taken_in_milliseconds(java):
    java("CreateStream", StreamName="s", ShardCount=1)
    asked = {"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP"}
    assert java("GetShardIterator", **asked, Timestamp=1_000)[0] == 200
    assert java("GetShardIterator", **asked, Timestamp=2**70)[1]["__type"] == "SerializationException"


def test_events_of_a_subscription_are_in_cbor(java, raw, account):
    java("CreateStream", StreamName="s", ShardCount=1)
    stream_arn = f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    consumer = java("RegisterStreamConsumer", StreamARN=stream_arn, ConsumerName="c")[1]["Consumer"]["ConsumerARN"]
    java("PutRecord", StreamName="s", Data=b"\xff", PartitionKey="k")
    kept = java("SplitShard", StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="1000")
    assert kept[0] == 200
    (initial, _), (event, members) = frames(subscription(raw, consumer))
    assert (initial[":event-type"], event[":event-type"]) == ("initial-response", "SubscribeToShardEvent")
    assert event[":content-type"] == CONTENT_TYPE
    assert members["Records"][0]["Data"] == b"\xff"
    assert members["Records"][0]["ApproximateArrivalTimestamp"].value > datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000
    assert len(members["ChildShards"]) == 2


def subscription(raw, consumer):
    asked = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}}
    status, headers, body = raw("SubscribeToShard", cbor2.dumps(asked), CONTENT_TYPE)
    assert (status, headers["content-type"]) == (200, "application/vnd.amazon.eventstream")
    return body


def frames(body):
    """(headers, members) of each frame; all headers are strings here."""
    found = []
    while body:
        total, of_headers = struct.unpack(">II", body[:8])
        head, headers = body[12 : 12 + of_headers], {}
        while head:
            name_length = head[0]
            name, rest = head[1 : 1 + name_length].decode(), head[1 + name_length :]
            (length,) = struct.unpack(">H", rest[1:3])
            headers[name], head = rest[3 : 3 + length].decode(), rest[3 + length :]
        found.append((headers, decoded(body[12 + of_headers : total - 4])))
        body = body[total:]
    return found
