"""Records are put, one and many, and go to the shards that their keys say."""

import hashlib
import json

import pytest

SHARDS = [f"shardId-{number:012d}" for number in range(4)]


def test_sequence_numbers_are_56_digits_and_grow(put):
    numbers = put("a", "b", "c") + put("d")
    assert all(len(number) == 56 for number in numbers)
    assert [int(number) for number in numbers] == sorted(set(map(int, numbers)))


def test_a_key_goes_to_the_shard_of_its_md5(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=4)
    for key in ("a", "b", "c", "d", "clé"):
        told = kinesis.put_record(StreamName="s", Data=b"", PartitionKey=key)
        hash_key = int(hashlib.md5(key.encode()).hexdigest(), 16)
        assert told["ShardId"] == SHARDS[hash_key >> 126]


def test_an_explicit_hash_key_says_the_shard(kinesis, refused):
    kinesis.create_stream(StreamName="s", ShardCount=4)
    asked = {"StreamName": "s", "Data": b"", "PartitionKey": "a"}
    assert kinesis.put_record(**asked, ExplicitHashKey=str(2**128 - 1))["ShardId"] == SHARDS[3]
    assert kinesis.put_record(**asked, ExplicitHashKey=str(2**126))["ShardId"] == SHARDS[1]
    records = [{"Data": b"", "PartitionKey": "a", "ExplicitHashKey": key} for key in ("0", str(2**127))]
    told = kinesis.put_records(StreamName="s", Records=records)["Records"]
    assert [each["ShardId"] for each in told] == [SHARDS[0], SHARDS[2]]
    assert refused("put_record", **asked, ExplicitHashKey=str(2**128)) == (
        "InvalidArgumentException",
        f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {2**128}",
    )


def test_a_sequence_number_for_ordering_is_taken_and_checked(kinesis, stream, put, refused, account):
    (first,) = put("a")
    asked = {"StreamName": stream, "Data": b"b", "PartitionKey": "a"}
    assert int(kinesis.put_record(**asked, SequenceNumberForOrdering=first)["SequenceNumber"]) > int(first)
    assert refused("put_record", **asked, SequenceNumberForOrdering="1") == (
        "InvalidArgumentException",
        f"ExclusiveMinimumSequenceNumber 1 used in PutRecord on stream {stream} under account {account} is invalid.",
    )


def test_the_answers_to_many_records_stand_in_their_order(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=4)
    records = [{"Data": str(number).encode(), "PartitionKey": str(number)} for number in range(100)]
    reply = kinesis.put_records(StreamName="s", Records=records)
    assert reply["FailedRecordCount"] == 0
    places = {(each["ShardId"], each["SequenceNumber"]): str(at) for at, each in enumerate(reply["Records"])}
    for shard in SHARDS:
        asked = {"StreamName": "s", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        found = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**asked)["ShardIterator"])["Records"]
        numbers = [int(record["Data"]) for record in found]
        assert numbers == sorted(numbers)
        for record in found:
            assert places.pop((shard, record["SequenceNumber"])) == record["Data"].decode() == record["PartitionKey"]
    assert places == {}


def test_a_request_has_at_most_500_records(stream, refused):
    records = [{"Data": b"", "PartitionKey": "k"}] * 501
    code, message = refused("put_records", StreamName=stream, Records=records)
    assert code == "ValidationException"
    assert message.endswith("at 'records' failed to satisfy constraint: Member must have length less than or equal to 500")


def test_a_request_has_at_most_10_mib(kinesis, stream, refused, data):
    records = [{"Data": b"x" * 1_048_575, "PartitionKey": "k"}] * 10
    assert kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0
    more = [*records, {"Data": b"", "PartitionKey": "k"}]
    code, message = refused("put_records", StreamName=stream, Records=more)
    assert (code, message) == ("InvalidArgumentException", "Records size exceeds 10 MB limit")


def test_a_record_that_is_too_large_fails_its_request(kinesis, stream, refused, data):
    records = [{"Data": b"a", "PartitionKey": "k"}, {"Data": b"x" * 1_048_577, "PartitionKey": "k"}]
    code, message = refused("put_records", StreamName=stream, Records=records)
    assert code == "ValidationException"
    assert "at 'records.2.member.data' failed to satisfy constraint" in message
    assert data() == []


def test_a_record_needs_a_partition_key(stream, refused):
    wanted = "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null"
    assert refused("put_record", StreamName=stream, Data=b"") == ("ValidationException", wanted)
    code, message = refused("put_records", StreamName=stream, Records=[{"Data": b""}])
    assert (code, "'records.1.member.partitionKey'" in message) == ("ValidationException", True)


def test_a_stream_that_distributes_records_by_itself_needs_no_keys(kinesis, refused):
    kinesis.create_stream(StreamName="s", RecordDistributionStrategy="AUTO")
    told = kinesis.put_records(StreamName="s", Records=[{"Data": b""}] * 8)["Records"]
    assert sorted(each["ShardId"] for each in told) == sorted(SHARDS * 2)
    kinesis.put_record(StreamName="s", Data=b"")
    arn = kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
    kinesis.update_stream_record_distribution_strategy(StreamARN=arn, RecordDistributionStrategy="USER_PARTITION_KEY")
    assert refused("put_record", StreamName="s", Data=b"")[0] == "ValidationException"


def test_any_bytes_and_any_key_come_back_as_they_were(kinesis, stream, iterator):
    sent = [(bytes(range(256)), "clé ☃ 𝄞"), (b"", "k"), (b"\0" * 1000, "\u0001")]
    for body, key in sent:
        kinesis.put_record(StreamName=stream, Data=body, PartitionKey=key)
    found = kinesis.get_records(ShardIterator=iterator())["Records"]
    assert [(record["Data"], record["PartitionKey"]) for record in found] == sent


def test_a_dry_run_says_so_and_keeps_nothing(stream, refused, data, iterator):
    asked = {"StreamName": stream, "Data": b"a", "PartitionKey": "k", "DryRun": True}
    assert refused("put_record", **asked)[0] == "DryRunOperationException"
    assert refused("get_records", ShardIterator=iterator(), DryRun=True)[0] == "DryRunOperationException"
    assert data() == []


@pytest.mark.parametrize(
    "body",
    [{"StreamName": "stream", "Data": "abc", "PartitionKey": "k"}, {"StreamName": "stream", "Data": 7, "PartitionKey": "k"}],
)
def test_what_is_no_base64_is_refused(stream, raw, body):
    status, _, answer = raw("PutRecord", json.dumps(body).encode())
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")
