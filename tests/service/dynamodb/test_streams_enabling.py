"""Streams switched on and off with their table."""

import pytest

HOUR_S = 3_600.0
BOTH = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OFF = {"StreamEnabled": False}


def update(songs, specification):
    return songs.dynamodb.update_table(TableName="songs", StreamSpecification=specification)["TableDescription"]


def test_a_table_begins_a_stream_with_one_shard(songs):
    described = songs.describe()
    assert (described["StreamStatus"], described["StreamViewType"]) == ("ENABLED", "NEW_AND_OLD_IMAGES")
    assert (described["TableName"], described["StreamArn"]) == ("songs", songs.stream_arn)
    assert described["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert songs.stream_arn.endswith(described["StreamLabel"])
    assert len(described["Shards"]) == 1


def test_a_stream_is_enabled_on_a_table_that_is_there(plain_songs):
    plain_songs.put("a")
    table = update(plain_songs, BOTH)
    assert table["StreamSpecification"] == BOTH
    assert table["LatestStreamArn"] == plain_songs.stream_arn
    plain_songs.put("b")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in plain_songs.records()] == ["b"]


def test_a_disabled_stream_is_read_for_a_day(songs, advance, refusal):
    songs.put("a")
    update(songs, OFF)
    songs.put("b")
    assert songs.describe()["StreamStatus"] == "DISABLED"
    assert len(songs.records()) == 1
    assert "NextShardIterator" not in songs.streams.get_records(ShardIterator=songs.iterator())
    advance(24 * HOUR_S + 1)
    assert refusal(songs.streams.describe_stream, StreamArn=songs.stream_arn)[0] == "ResourceNotFoundException"


def test_a_stream_that_is_enabled_again_is_another(songs):
    first = songs.stream_arn
    update(songs, OFF)
    update(songs, BOTH)
    second = songs.stream_arn
    assert first != second
    listed = [stream["StreamArn"] for stream in songs.streams.list_streams(TableName="songs")["Streams"]]
    assert listed == [first, second]


def test_a_stream_outlives_its_table(songs, advance):
    songs.put("a")
    arn, iterator = songs.stream_arn, songs.iterator()
    songs.dynamodb.delete_table(TableName="songs")
    assert songs.streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"
    assert len(songs.records(iterator)) == 1
    advance(24 * HOUR_S + 1)
    assert songs.streams.list_streams()["Streams"] == []


def test_streams_are_listed_page_by_page(songs, client):
    for name in ("films", "books"):
        songs.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=BOTH,
        )
    first = songs.streams.list_streams(Limit=2)
    assert [stream["TableName"] for stream in first["Streams"]] == ["books", "films"]
    rest = songs.streams.list_streams(ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])
    assert [stream["TableName"] for stream in rest["Streams"]] == ["songs"]
    assert "LastEvaluatedStreamArn" not in rest


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (BOTH, "Table already has an enabled stream: TableName: songs"),
        (BOTH | {"StreamViewType": "KEYS_ONLY"}, "Table already has an enabled stream: TableName: songs"),
        (
            {"StreamEnabled": True},
            "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required",
        ),
        (
            OFF | {"StreamViewType": "KEYS_ONLY"},
            "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified",
        ),
    ],
)
def test_what_an_enabled_stream_cannot_be_is_said(songs, refusal, specification, message):
    assert refusal(update, songs=songs, specification=specification) == ("ValidationException", message)


def test_a_table_without_a_stream_has_none_to_disable(plain_songs, refusal):
    message = "Table has no stream to disable: TableName: songs"
    assert refusal(update, songs=plain_songs, specification=OFF) == ("ValidationException", message)
