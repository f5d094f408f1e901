"""Consumers with enhanced fan-out: registered, described, and subscribed to shards over an event stream."""

from contextlib import closing

import pytest
from botocore.exceptions import EventStreamError

from lambent.services.kinesis.operations import subscribing

SHARD = "shardId-000000000000"


@pytest.fixture
def consumer(kinesis, arn):
    """The ARN of a registered consumer."""
    return kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]["ConsumerARN"]


@pytest.fixture
def subscribe(kinesis, consumer):
    """``subscribe("TRIM_HORIZON")``: the event stream of a subscription."""

    def start(kind="LATEST", *, shard=0, **position):
        asked = {"ShardId": f"shardId-{shard:012d}", "StartingPosition": {"Type": kind, **position}}
        return kinesis.subscribe_to_shard(ConsumerARN=consumer, **asked)["EventStream"]

    return start


def events(stream):
    for event in stream:
        yield event["SubscribeToShardEvent"]


def bodies(stream):
    """The data of the events that follow."""
    for event in events(stream):
        for record in event["Records"]:
            yield record["Data"].decode()


def test_a_consumer_is_registered_described_listed_and_deregistered(kinesis, arn, refused, account):
    told = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="b", Tags={"k": "v"})["Consumer"]
    assert (told["ConsumerName"], told["ConsumerStatus"]) == ("b", "CREATING")
    assert told["ConsumerARN"] == f"{arn}/consumer/b:{int(told['ConsumerCreationTimestamp'].timestamp())}"
    for named in ({"ConsumerARN": told["ConsumerARN"]}, {"StreamARN": arn, "ConsumerName": "b"}):
        described = kinesis.describe_stream_consumer(**named)["ConsumerDescription"]
        assert (described["ConsumerStatus"], described["StreamARN"]) == ("ACTIVE", arn)
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="a")
    first = kinesis.list_stream_consumers(StreamARN=arn, MaxResults=1)
    rest = kinesis.list_stream_consumers(StreamARN=arn, NextToken=first["NextToken"])
    assert [each["ConsumerName"] for each in (*first["Consumers"], *rest["Consumers"])] == ["a", "b"]
    assert kinesis.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]["ConsumerCount"] == 2
    kinesis.deregister_stream_consumer(ConsumerARN=told["ConsumerARN"])
    wanted = ("ResourceNotFoundException", f"Consumer b, account {account} not found.")
    assert refused("describe_stream_consumer", StreamARN=arn, ConsumerName="b") == wanted
    assert refused("describe_stream_consumer", ConsumerARN=told["ConsumerARN"]) == wanted


def test_a_name_is_registered_once_and_a_stream_has_at_most_20(kinesis, arn, refused):
    for number in range(20):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{number}")
    assert refused("register_stream_consumer", StreamARN=arn, ConsumerName="c0")[0] == "ResourceInUseException"
    assert refused("register_stream_consumer", StreamARN=arn, ConsumerName="more")[0] == "LimitExceededException"


def test_records_are_pushed_as_they_come(subscribe, put):
    put("before")
    with closing(subscribe()) as stream:
        found = bodies(stream)
        put("one")
        assert next(found) == "one"
        put("two", "three")
        assert [next(found), next(found)] == ["two", "three"]


def test_the_first_event_comes_at_once_and_tells_where_to_go_on(subscribe, put, kinesis, iterator, advance):
    put("a", "b")
    with closing(subscribe("TRIM_HORIZON")) as stream:
        event = next(events(stream))
    assert [record["Data"] for record in event["Records"]] == [b"a", b"b"]
    assert event["MillisBehindLatest"] == 0
    assert event["ContinuationSequenceNumber"] == event["Records"][-1]["SequenceNumber"]
    put("c")
    advance(5)
    again = {"SequenceNumber": event["ContinuationSequenceNumber"]}
    with closing(subscribe("AFTER_SEQUENCE_NUMBER", **again)) as stream:
        assert next(bodies(stream)) == "c"


def test_an_idle_subscription_says_every_five_seconds_that_it_lives(subscribe, advance):
    with closing(subscribe()) as stream:
        found = events(stream)
        first = next(found)
        assert first["Records"] == []
        advance(5)
        assert next(found)["Records"] == []


def test_an_idle_subscription_says_that_it_lives_also_while_the_clock_stands(subscribe, monkeypatch):
    """Or its client would give the connection up after a minute of its own."""
    monkeypatch.setattr(subscribing, "IDLE_S_MAX", 0.01)
    with closing(subscribe()) as stream:
        found = events(stream)
        assert [next(found)["Records"] for _ in range(3)] == [[], [], []]


def test_a_subscription_ends_after_five_minutes(subscribe, advance):
    with closing(subscribe()) as stream:
        found = events(stream)
        next(found)
        advance(300)
        assert all(event["Records"] == [] for event in found)


def test_a_subscription_ends_with_its_shard_and_names_the_children(subscribe, put, kinesis):
    with closing(subscribe()) as stream:
        found = events(stream)
        next(found)
        kinesis.split_shard(StreamName="stream", ShardToSplit=SHARD, NewStartingHashKey="1000")
        *_, last = found
    assert "ContinuationSequenceNumber" not in last
    assert [child["ShardId"] for child in last["ChildShards"]] == ["shardId-000000000001", "shardId-000000000002"]


def test_a_second_subscription_is_refused_for_five_seconds_and_then_takes_over(subscribe, refused, consumer, advance, put):
    asked = {"ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}
    with closing(subscribe()) as first:
        found = events(first)
        next(found)
        code, message = refused("subscribe_to_shard", **asked)
        assert code == "ResourceInUseException"
        assert message.startswith("Another active subscription exists for this consumer: ")
        advance(5)
        with closing(subscribe()) as second:
            put("a")
            assert next(bodies(second)) == "a"
            with pytest.raises(EventStreamError) as caught:
                list(found)
            assert caught.value.response["Error"]["Code"] == "ResourceInUseException"


def test_each_consumer_gets_all_records(kinesis, arn, subscribe, put):
    other = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="other")["Consumer"]["ConsumerARN"]
    position = {"ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}
    with closing(subscribe()) as one, closing(kinesis.subscribe_to_shard(ConsumerARN=other, **position)["EventStream"]) as two:
        put("a")
        assert (next(bodies(one)), next(bodies(two))) == ("a", "a")


def test_a_subscription_ends_when_its_consumer_or_its_stream_goes(kinesis, subscribe, consumer, stream):
    with closing(subscribe()) as first:
        found = events(first)
        next(found)
        kinesis.deregister_stream_consumer(ConsumerARN=consumer)
        assert list(found) == []


def test_what_is_not_there_cannot_be_subscribed_to(refused, consumer):
    position = {"StartingPosition": {"Type": "LATEST"}}
    asked = {"ConsumerARN": consumer, "ShardId": "shardId-000000000009", **position}
    assert refused("subscribe_to_shard", **asked)[0] == "ResourceNotFoundException"
    gone = {"ConsumerARN": f"{consumer.rpartition(':')[0]}:1", "ShardId": SHARD, **position}
    assert refused("subscribe_to_shard", **gone)[0] == "ResourceNotFoundException"
