"""A table that a Kinesis stream follows."""

import json

import pytest

from lambent.app import SERVICES

pytestmark = pytest.mark.skipif("kinesis" not in SERVICES, reason="there is no kinesis to send anything to")

STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "


@pytest.fixture
def kinesis(client):
    return client("kinesis")


@pytest.fixture
def stream_arn(kinesis, still):
    kinesis.create_stream(StreamName="changes", ShardCount=1)
    still.settle()
    arn: str = kinesis.describe_stream_summary(StreamName="changes")["StreamDescriptionSummary"]["StreamARN"]
    return arn


@pytest.fixture
def enable(plain_songs, still):
    """``enable(arn)`` and waits until it is known what came of it."""

    def enabled(arn, **how):
        answer = plain_songs.dynamodb.enable_kinesis_streaming_destination(TableName="songs", StreamArn=arn, **how)
        still.settle()
        return answer

    return enabled


@pytest.fixture
def records(kinesis, still):
    """What was sent, decoded, with the partition keys."""

    def sent():
        still.settle()
        [shard] = kinesis.list_shards(StreamName="changes")["Shards"]
        iterator = kinesis.get_shard_iterator(StreamName="changes", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
            "ShardIterator"
        ]
        found = kinesis.get_records(ShardIterator=iterator)["Records"]
        return [(record["PartitionKey"], json.loads(record["Data"])) for record in found]

    return sent


def destinations(songs):
    return songs.dynamodb.describe_kinesis_streaming_destination(TableName="songs")["KinesisDataStreamDestinations"]


def test_changes_are_sent_with_both_images_in_order(plain_songs, stream_arn, enable, records):
    assert enable(stream_arn)["DestinationStatus"] == "ENABLING"
    assert destinations(plain_songs) == [{"StreamArn": stream_arn, "DestinationStatus": "ACTIVE"}]
    for number in "123":
        plain_songs.put("a", n={"N": number})
    plain_songs.delete("a")
    plain_songs.put("b")
    sent = records()
    of_a = [told for key, told in sent if key == sent[0][0]]
    assert [told["eventName"] for told in of_a] == ["INSERT", "MODIFY", "MODIFY", "REMOVE"]
    assert of_a[1]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert of_a[1]["dynamodb"]["NewImage"]["n"] == {"N": "2"}
    assert (of_a[0]["tableName"], of_a[0]["recordFormat"], of_a[0]["userIdentity"]) == ("songs", "application/json", None)
    assert len(sent) == 5


def test_a_stream_that_is_missing_fails(plain_songs, stream_arn, enable):
    missing = stream_arn.replace("changes", "missing")
    enable(missing)
    assert destinations(plain_songs) == [
        {
            "StreamArn": missing,
            "DestinationStatus": "ENABLE_FAILED",
            "DestinationStatusDescription": "User does not have a permission to use kinesis stream",
        }
    ]


def test_moments_are_as_precise_as_wanted(plain_songs, stream_arn, enable, records):
    enable(stream_arn)
    update = plain_songs.dynamodb.update_kinesis_streaming_destination
    precision = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    answer = update(TableName="songs", StreamArn=stream_arn, UpdateKinesisStreamingConfiguration=precision)
    assert (answer["DestinationStatus"], answer["UpdateKinesisStreamingConfiguration"]) == ("UPDATING", precision)
    plain_songs.put("a")
    [(_, told)] = records()
    assert told["dynamodb"]["ApproximateCreationDateTime"] > 10**15
    assert destinations(plain_songs)[0]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_nothing_is_sent_once_it_is_disabled(plain_songs, stream_arn, enable, records):
    enable(stream_arn)
    answer = plain_songs.dynamodb.disable_kinesis_streaming_destination(TableName="songs", StreamArn=stream_arn)
    assert answer["DestinationStatus"] == "DISABLING"
    plain_songs.put("a")
    assert records() == []
    assert destinations(plain_songs) == [{"StreamArn": stream_arn, "DestinationStatus": "DISABLED"}]


def test_what_is_wrong_is_said_in_aws_words(plain_songs, stream_arn, enable, refusal):
    dynamodb, where = plain_songs.dynamodb, {"TableName": "songs", "StreamArn": stream_arn}
    assert refusal(dynamodb.disable_kinesis_streaming_destination, **where) == (
        "ValidationException",
        STATE + "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.",
    )
    enable(stream_arn)
    assert refusal(dynamodb.enable_kinesis_streaming_destination, **where) == (
        "ValidationException",
        STATE + "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.",
    )
    assert refusal(dynamodb.update_kinesis_streaming_destination, **where) == (
        "ValidationException",
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
    )
    missing = {"TableName": "films"}
    assert refusal(dynamodb.describe_kinesis_streaming_destination, **missing)[0] == "ResourceNotFoundException"
