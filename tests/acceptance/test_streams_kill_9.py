"""An acknowledged record is there after kill -9 at any instant: exactly once, and in order in its shard."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.lives import Life, living

STREAM = "s"
SENDERS = 4
BATCH = 10


def records_of(kinesis: Any, shard: str) -> Iterator[tuple[str, str]]:
    """(partition key, data) of all records of a shard, in order."""
    asked = {"StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    while iterator:
        reply = kinesis.get_records(ShardIterator=iterator, Limit=1_000)
        for record in reply["Records"]:
            yield record["PartitionKey"], record["Data"].decode()
        iterator = reply.get("NextShardIterator") if reply["Records"] else None


def all_records(kinesis: Any) -> dict[str, list[int]]:
    """The numbers under each partition key, in the order of parents, children and sequence numbers."""
    found: dict[str, list[int]] = {}
    for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]:
        for key, data in records_of(kinesis, shard["ShardId"]):
            found.setdefault(key, []).append(int(data))
    return found


@pytest.mark.parametrize("delay_s", [0.05, 0.2, 0.45])
def test_acknowledged_records_are_there_once_and_in_order_when_the_platform_dies_under_load(
    tmp_path: Path, delay_s: float
) -> None:
    acknowledged: dict[str, int] = {}
    with living(tmp_path) as life:
        life.client("kinesis").create_stream(StreamName=STREAM, ShardCount=2)
        senders = [threading.Thread(target=put_until_it_dies, args=(life, f"k{at}", acknowledged)) for at in range(SENDERS)]
        for sender in senders:
            sender.start()
        threading.Event().wait(delay_s)
        life.kill()
        for sender in senders:
            sender.join()
    with living(tmp_path) as life:
        kinesis = life.client("kinesis")
        found = all_records(kinesis)
        (last,) = kinesis.put_records(StreamName=STREAM, Records=[{"Data": b"-1", "PartitionKey": "k0"}])["Records"]
        assert "SequenceNumber" in last
    for key, count in acknowledged.items():
        numbers = found.get(key, [])
        assert numbers == list(range(len(numbers))), "a record is missing, doubled, or out of order"
        assert count <= len(numbers) <= count + BATCH, "a sender had one request under way"


def put_until_it_dies(life: Life, key: str, acknowledged: dict[str, int]) -> None:
    kinesis = life.client("kinesis")
    acknowledged[key] = 0
    for first in range(0, 1_000_000, BATCH):
        records = [{"Data": str(number).encode(), "PartitionKey": key} for number in range(first, first + BATCH)]
        try:
            reply = kinesis.put_records(StreamName=STREAM, Records=records)
        except (BotoCoreError, ClientError):
            return
        assert reply["FailedRecordCount"] == 0
        acknowledged[key] = first + BATCH


def test_a_stream_is_as_it_was_after_kill_9(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        kinesis = life.client("kinesis")
        kinesis.create_stream(StreamName=STREAM, ShardCount=1, Tags={"a": "1"})
        kinesis.put_record(StreamName=STREAM, Data=b"0", PartitionKey="k")
        kinesis.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        kinesis.put_record(StreamName=STREAM, Data=b"1", PartitionKey="k")
        arn = kinesis.describe_stream(StreamName=STREAM)["StreamDescription"]["StreamARN"]
        consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        asked = {"StreamName": STREAM, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
        before = kinesis.list_shards(StreamName=STREAM)["Shards"]
    with living(tmp_path) as life:
        kinesis = life.client("kinesis")
        assert kinesis.list_shards(StreamName=STREAM)["Shards"] == before
        assert all_records(kinesis) == {"k": [0, 1]}
        assert kinesis.list_tags_for_stream(StreamName=STREAM)["Tags"] == [{"Key": "a", "Value": "1"}]
        assert kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE"
        reply = kinesis.get_records(ShardIterator=iterator)  # it is still good
        assert ([record["Data"] for record in reply["Records"]], len(reply["ChildShards"])) == ([b"0"], 2)


def test_what_is_left_of_a_deleted_stream_goes_in_the_next_life(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        kinesis = life.client("kinesis")
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
        for _ in range(10):
            kinesis.put_records(StreamName=STREAM, Records=[{"Data": b"0", "PartitionKey": str(at)} for at in range(100)])
        kinesis.delete_stream(StreamName=STREAM)
    with living(tmp_path) as life:
        kinesis = life.client("kinesis")
        assert kinesis.list_streams()["StreamNames"] == []
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
        assert all_records(kinesis) == {}
