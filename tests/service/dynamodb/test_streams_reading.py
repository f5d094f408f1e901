"""Reading streams: iterators, limits, what is trimmed, who reads."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config

from lambent.core.context import Context

MINUTE_S, HOUR_S = 60.0, 3_600.0
TRIMMED = ("TrimmedDataAccessException", "The data you are trying to access has been trimmed")


def keys(records):
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


@pytest.fixture
def three(songs, advance):
    """Records of a, b and c, a second apart."""
    for key in "abc":
        songs.put(key)
        advance(1)
    return songs


def test_an_iterator_begins_where_its_type_says(three):
    records = three.records()
    second = records[1]["dynamodb"]["SequenceNumber"]
    moment = records[1]["dynamodb"]["ApproximateCreationDateTime"]
    latest = three.iterator("LATEST")
    three.put("d")
    assert keys(three.records(latest)) == ["d"]
    assert keys(three.records(three.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=second))) == ["b", "c", "d"]
    assert keys(three.records(three.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=second))) == ["c", "d"]
    assert keys(three.records(three.iterator("AT_TIMESTAMP", Timestamp=moment))) == ["b", "c", "d"]


def test_the_next_iterator_goes_on_where_the_last_answer_ended(three):
    first = three.streams.get_records(ShardIterator=three.iterator(), Limit=2)
    assert keys(first["Records"]) == ["a", "b"]
    second = three.streams.get_records(ShardIterator=first["NextShardIterator"])
    assert keys(second["Records"]) == ["c"]
    three.put("d")
    assert keys(three.records(second["NextShardIterator"])) == ["d"]


def test_an_answer_has_at_most_a_megabyte(songs):
    for number in range(6):
        songs.put(str(number), text={"S": "x" * 200_000})
    first = songs.streams.get_records(ShardIterator=songs.iterator())
    assert len(first["Records"]) == 5
    assert keys(songs.records(first["NextShardIterator"])) == ["5"]


def test_an_iterator_expires_after_fifteen_minutes(three, advance, refusal):
    iterator = three.iterator()
    advance(15 * MINUTE_S + 1)
    assert refusal(three.streams.get_records, ShardIterator=iterator) == (
        "ExpiredIteratorException",
        "The provided iterator exceeds the maximum age allowed.",
    )


def test_records_are_gone_after_a_day(three, advance, refusal):
    number = three.records()[0]["dynamodb"]["SequenceNumber"]
    shard_id = three.shards()[0]["ShardId"]
    advance(24 * HOUR_S - 1)
    three.put("d")
    assert keys(three.all_records()) == ["c", "d"]
    where = {"StreamArn": three.stream_arn, "ShardId": shard_id, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    assert refusal(three.streams.get_shard_iterator, SequenceNumber=number, **where) == TRIMMED


def test_a_shard_rolls_after_four_hours_and_its_child_takes_over(three, advance):
    advance(4 * HOUR_S)
    three.put("d")
    parent, child = three.shards()
    assert child["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in child["SequenceNumberRange"]
    answer = three.streams.get_records(ShardIterator=three.iterator())
    assert keys(answer["Records"]) == ["a", "b", "c"]
    assert "NextShardIterator" not in answer
    assert keys(three.records(three.iterator(shard=1))) == ["d"]


def test_shards_come_and_go_by_themselves(three, advance):
    advance(100 * HOUR_S)
    shards = three.shards()
    assert 6 <= len(shards) <= 8
    assert [shard["ParentShardId"] for shard in shards[1:]] == [shard["ShardId"] for shard in shards[:-1]]


def test_a_stream_is_described_page_by_page(three, advance):
    advance(8 * HOUR_S)
    first, second, third = (shard["ShardId"] for shard in three.shards())
    page = three.describe(Limit=2)
    assert [shard["ShardId"] for shard in page["Shards"]] == [first, second]
    assert page["LastEvaluatedShardId"] == second
    page = three.describe(Limit=2, ExclusiveStartShardId=second)
    assert [shard["ShardId"] for shard in page["Shards"]] == [third]
    assert "LastEvaluatedShardId" not in page
    page = three.describe(ShardFilter={"Type": "CHILD_SHARDS", "ShardId": first})
    assert [shard["ShardId"] for shard in page["Shards"]] == [second]


def test_the_third_reader_of_a_shard_is_throttled(three, client, account, still, refusal):
    import boto3

    impatient = boto3.client(
        "dynamodbstreams",
        region_name="us-east-1",
        endpoint_url=still.url,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    nexts = [impatient.get_records(ShardIterator=three.iterator())["NextShardIterator"] for _ in range(3)]
    impatient.get_records(ShardIterator=nexts[0])
    impatient.get_records(ShardIterator=nexts[1])
    assert refusal(impatient.get_records, ShardIterator=nexts[2]) == ("ThrottlingException", "Rate exceeded")
    assert keys(impatient.get_records(ShardIterator=three.iterator())["Records"]) == ["a", "b", "c"]


def test_the_platform_itself_is_no_reader(three, account, still):
    context = Context(account, "us-east-1", "request", principal_arn="", endpoint_url=still.url)
    for _ in range(4):
        first = three.streams.get_records(ShardIterator=three.iterator())
        asked = {"ShardIterator": first["NextShardIterator"]}
        assert still.run(still.platform.call(context, "dynamodbstreams", "GetRecords", asked))["Records"] == []


def test_what_is_wrong_is_said_in_aws_words(three, refusal):
    streams, arn = three.streams, three.stream_arn
    shard_id, where = three.shards()[0]["ShardId"], {"StreamArn": arn, "ShardIteratorType": "LATEST"}
    missing = arn.replace("songs", "films")
    assert refusal(streams.describe_stream, StreamArn=missing) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {missing} not found",
    )
    assert refusal(streams.describe_stream, StreamArn="x" * 40) == ("ValidationException", "Invalid StreamArn")
    assert refusal(streams.get_shard_iterator, ShardId="shardId-" + "0" * 29, **where) == (
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )
    assert refusal(streams.get_records, ShardIterator="x" * 40) == ("ValidationException", "Invalid ShardIterator")
    for operation, limit, most in ((streams.list_streams, 101, 100), (streams.get_records, 1001, 1000)):
        given = {"ShardIterator": three.iterator()} if most == 1000 else {}
        code, message = refusal(operation, Limit=limit, **given)
        assert code == "ValidationException"
        assert message.endswith(f"Member must have value less than or equal to {most}")
    late = datetime.now(UTC) + timedelta(days=4000)
    timed = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": "AT_TIMESTAMP"}
    assert refusal(streams.get_shard_iterator, Timestamp=late, **timed)[0] == "ValidationException"
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert refusal(streams.get_shard_iterator, StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind)[0] == (
            "ValidationException"
        )


def test_a_stream_is_its_accounts_and_regions_alone(three, client, refusal):
    for other in (client("dynamodbstreams", account="999999999999"), client("dynamodbstreams", region="eu-west-1")):
        assert other.list_streams()["Streams"] == []
        assert refusal(other.describe_stream, StreamArn=three.stream_arn)[0] == "ResourceNotFoundException"
        assert refusal(other.get_records, ShardIterator=three.iterator())[0] == "ResourceNotFoundException"
