"""Tags and policies of streams and consumers."""

import json
from contextlib import closing

import pytest

OTHER = "999988887777"


@pytest.fixture
def consumer(kinesis, arn):
    return kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]["ConsumerARN"]


@pytest.fixture
def stranger(client):
    """A client of another account."""
    return client("kinesis", account=OTHER)


def allowing(arn, *actions):
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": list(actions), "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_stream_is_tagged_by_both_families_of_operations(kinesis, stream, arn):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"b": "2", "a": "1"})
    kinesis.tag_resource(ResourceARN=arn, Tags={"c": "3", "a": "one"})
    wanted = [{"Key": "a", "Value": "one"}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == wanted
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == wanted
    page = kinesis.list_tags_for_stream(StreamName=stream, Limit=1, ExclusiveStartTagKey="a")
    assert (page["Tags"], page["HasMoreTags"]) == (wanted[1:2], True)
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["a"])
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["b", "none"])
    assert kinesis.list_tags_for_stream(StreamName=stream) | {"ResponseMetadata": 0} == {
        "Tags": wanted[2:],
        "HasMoreTags": False,
        "ResponseMetadata": 0,
    }


def test_a_stream_is_made_with_tags(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=1, Tags={"a": "1"})
    assert kinesis.list_tags_for_stream(StreamName="s")["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_consumer_is_tagged(kinesis, consumer):
    kinesis.tag_resource(ResourceARN=consumer, Tags={"a": "1"})
    kinesis.tag_resource(ResourceARN=consumer, Tags={"b": "2"})
    kinesis.untag_resource(ResourceARN=consumer, TagKeys=["a"])
    assert kinesis.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_tags_have_limits(kinesis, stream, refused):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={str(number): "" for number in range(50)})
    assert refused("add_tags_to_stream", StreamName=stream, Tags={"more": ""})[0] == "InvalidArgumentException"
    assert refused("add_tags_to_stream", StreamName=stream, Tags={"a": "%"}) == (
        "InvalidArgumentException",
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.",
    )


def test_a_policy_is_kept_and_taken_away(kinesis, arn, consumer, refused):
    for resource in (arn, consumer):
        policy = allowing(resource, "kinesis:DescribeStreamSummary")
        kinesis.put_resource_policy(ResourceARN=resource, Policy=policy)
        assert json.loads(kinesis.get_resource_policy(ResourceARN=resource)["Policy"]) == json.loads(policy)
        kinesis.delete_resource_policy(ResourceARN=resource)
        assert kinesis.get_resource_policy(ResourceARN=resource)["Policy"] == "{}"
    assert refused("put_resource_policy", ResourceARN=arn, Policy="nonsense")[0] == "InvalidArgumentException"


def test_another_account_does_what_the_policy_of_the_stream_lets_it_do(kinesis, arn, stranger, refused, data):
    put = {"StreamARN": arn, "Data": b"a", "PartitionKey": "k"}
    code, message = refused("put_record", by=stranger, **put)
    assert code == "AccessDeniedException"
    wanted = "because no resource-based policy allows the kinesis:PutRecord action"
    assert (
        message
        == f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: kinesis:PutRecord on resource: {arn} {wanted}"
    )
    kinesis.put_resource_policy(ResourceARN=arn, Policy=allowing(arn, "kinesis:PutRecord", "kinesis:GetShardIterator"))
    stranger.put_record(**put)
    assert data() == ["a"]
    asked = {"StreamARN": arn, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = stranger.get_shard_iterator(**asked)["ShardIterator"]
    assert refused("get_records", by=stranger, ShardIterator=iterator)[0] == "AccessDeniedException"
    kinesis.put_resource_policy(ResourceARN=arn, Policy=allowing(arn, "kinesis:GetRecords"))
    assert len(stranger.get_records(ShardIterator=iterator)["Records"]) == 1


def test_another_account_subscribes_where_the_policy_of_the_consumer_lets_it(kinesis, consumer, stranger, refused):
    asked = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}
    assert refused("subscribe_to_shard", by=stranger, **asked)[0] == "AccessDeniedException"
    kinesis.put_resource_policy(ResourceARN=consumer, Policy=allowing(consumer, "kinesis:SubscribeToShard"))
    with closing(stranger.subscribe_to_shard(**asked)["EventStream"]) as events:
        assert next(iter(events))["SubscribeToShardEvent"]["Records"] == []


def test_a_resource_that_is_not_there_is_not_found(arn, consumer, refused):
    for resource in (f"{arn}x", f"{arn}/consumer/none:1", f"{consumer}1"):
        assert refused("list_tags_for_resource", ResourceARN=resource)[0] == "ResourceNotFoundException"
