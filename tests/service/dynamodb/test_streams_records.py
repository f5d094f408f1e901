"""What the stream of a table tells of writes to it."""

import re

import pytest
from tests.service.dynamodb.streams import Songs

A, B = ({"id": {"S": key}} for key in "ab")


def events(songs):
    return [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in songs.all_records()]


def test_a_put_a_change_nothing_and_a_deletion_are_exactly_three_records(songs):
    songs.put("a", n={"N": "1"}, b={"B": b"\x00\xff"})
    songs.dynamodb.update_item(
        TableName="songs", Key=A, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": {"N": "2"}}
    )
    songs.put("a", n={"N": "2.0"}, b={"B": b"\x00\xff"})
    songs.delete("a")
    insert, modify, remove = songs.records()
    assert [record["eventName"] for record in (insert, modify, remove)] == ["INSERT", "MODIFY", "REMOVE"]
    before, after = (A | {"n": {"N": n}, "b": {"B": b"\x00\xff"}} for n in "12")
    assert insert["dynamodb"]["NewImage"] == before
    assert "OldImage" not in insert["dynamodb"]
    assert (modify["dynamodb"]["OldImage"], modify["dynamodb"]["NewImage"]) == (before, after)
    assert remove["dynamodb"]["OldImage"] == after
    assert "NewImage" not in remove["dynamodb"]


def test_a_record_says_all_that_aws_says(songs):
    songs.put("a")
    [record] = songs.records()
    assert re.fullmatch("[0-9a-f]{32}", record["eventID"])
    assert (record["eventVersion"], record["eventSource"], record["awsRegion"]) == ("1.1", "aws:dynamodb", "us-east-1")
    told = record["dynamodb"]
    assert told["ApproximateCreationDateTime"].microsecond == 0
    assert re.fullmatch("[0-9]{21,40}", told["SequenceNumber"])
    assert (told["SizeBytes"], told["StreamViewType"]) == (6, "NEW_AND_OLD_IMAGES")
    assert "userIdentity" not in record


def test_an_update_that_changes_nothing_is_not_told(songs):
    songs.put("a", n={"N": "1"})
    songs.dynamodb.update_item(
        TableName="songs", Key=A, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": {"N": "1"}}
    )
    songs.delete("b")
    assert events(songs) == [("INSERT", "a")]


@pytest.mark.parametrize(
    ("view_type", "images"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})],
)
def test_a_view_tells_only_its_images(dynamodb, streams, view_type, images):
    songs = Songs(dynamodb, streams, StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type})
    songs.put("a", n={"N": "1"})
    songs.put("a", n={"N": "2"})
    told = songs.records()[-1]["dynamodb"]
    assert {name for name in told if name.endswith("Image")} == images
    assert told["StreamViewType"] == view_type


def test_a_batch_is_told_item_by_item(songs):
    puts = [{"PutRequest": {"Item": item}} for item in (A, B)]
    songs.dynamodb.batch_write_item(RequestItems={"songs": puts})
    songs.dynamodb.batch_write_item(RequestItems={"songs": [{"DeleteRequest": {"Key": A}}]})
    assert sorted(events(songs)[:2]) == [("INSERT", "a"), ("INSERT", "b")]
    assert events(songs)[2:] == [("REMOVE", "a")]


def test_a_transaction_is_told_item_by_item_and_one_that_fails_not_at_all(songs):
    songs.put("a")
    delete = {"Delete": {"TableName": "songs", "Key": A}}
    put = {"Put": {"TableName": "songs", "Item": B, "ConditionExpression": "attribute_exists(id)"}}
    with pytest.raises(songs.dynamodb.exceptions.TransactionCanceledException):
        songs.dynamodb.transact_write_items(TransactItems=[delete, put])
    put["Put"]["ConditionExpression"] = "attribute_not_exists(id)"
    songs.dynamodb.transact_write_items(TransactItems=[delete, put])
    assert sorted(events(songs)) == [("INSERT", "a"), ("INSERT", "b"), ("REMOVE", "a")]


def test_a_refused_write_is_not_told(songs):
    songs.put("a")
    with pytest.raises(songs.dynamodb.exceptions.ConditionalCheckFailedException):
        songs.dynamodb.put_item(TableName="songs", Item=A | {"n": {"N": "1"}}, ConditionExpression="attribute_not_exists(id)")
    assert events(songs) == [("INSERT", "a")]
