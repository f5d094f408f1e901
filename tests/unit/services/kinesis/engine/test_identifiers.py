"""Names, ARNs and ids of streams, shards and consumers."""

import pytest

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import identifiers
from lambent.services.kinesis.engine.identifiers import ConsumerKey

STREAM = "arn:aws:kinesis:eu-west-1:111122223333:stream/s"
KEY = ("111122223333", "eu-west-1", "s")


def test_an_arn_names_a_stream():
    assert identifiers.stream_key(STREAM) == KEY


@pytest.mark.parametrize("text", ["", "s", f"{STREAM}/consumer/c:1", STREAM.replace("kinesis", "sqs"), f"{STREAM} "])
def test_other_texts_name_no_stream(text):
    assert identifiers.stream_key(text) is None


def test_an_arn_names_a_consumer():
    assert identifiers.consumer_key(f"{STREAM}/consumer/c:17") == ConsumerKey(KEY, "c", 17)
    assert identifiers.consumer_key(STREAM) is None
    assert identifiers.consumer_key(f"{STREAM}/consumer/c") is None


def test_a_stream_is_named_in_one_way_or_in_both():
    assert identifiers.named("a", "r", "s", None) == ("a", "r", "s")
    assert identifiers.named("a", "r", None, STREAM) == identifiers.named("a", "r", "s", STREAM) == KEY
    assert identifiers.named("a", "r", None, None) is None
    with pytest.raises(errors.StreamNamedTwice):
        identifiers.named("a", "r", "t", STREAM)
    with pytest.raises(errors.InvalidArgument):
        identifiers.named("a", "r", None, f"{STREAM}/x")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("shardId-000000000003", 3),
        ("shardId-3", 3),
        ("3", 3),
        ("shard", None),
        ("shardId-", None),
        ("shardId-999999999999", None),
    ],
)
def test_a_shard_is_known_by_its_number(text, number):
    assert identifiers.shard_number(text) == number
