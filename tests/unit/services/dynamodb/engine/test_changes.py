"""What is told of a write: exactly what changed, to those who follow."""

import pytest
from msgspec import structs

from lambent.services.dynamodb.engine import changes
from lambent.services.dynamodb.engine.table import Destination


def told(streamed):
    return [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in streamed.records()]


def test_a_put_a_change_and_a_deletion_are_told(streamed):
    streamed.put("a", v={"N": "1"})
    streamed.put("a", v={"N": "2"})
    streamed.delete("a")
    assert told(streamed) == [("INSERT", "a"), ("MODIFY", "a"), ("REMOVE", "a")]


def test_a_write_that_changes_nothing_is_not_told(streamed):
    streamed.put("a", v={"N": "1"}, s={"SS": ["x", "y"]})
    streamed.put("a", v={"N": "1.0"}, s={"SS": ["y", "x"]})
    streamed.delete("b")
    assert told(streamed) == [("INSERT", "a")]


def test_sizes_are_counted_as_aws_counts_them(streamed):
    streamed.put("hello world", value={"S": "x"})
    assert streamed.records()[0]["dynamodb"]["SizeBytes"] == 13 + 13 + 6


def test_nobody_follows_a_plain_table(unstreamed):
    assert not changes.is_followed(unstreamed.table)


@pytest.mark.parametrize(
    "settings", [{"ttl_attribute": "t"}, {"destinations": (Destination("arn", "ACTIVE"),)}], ids=["ttl", "kinesis"]
)
def test_whoever_follows_is_told(unstreamed, settings):
    assert changes.is_followed(unstreamed.define(**settings))


def test_a_stream_that_has_ended_is_followed_no_longer(streamed):
    stream = structs.replace(streamed.table.definition.stream, is_enabled=False)
    assert not changes.is_followed(streamed.define(stream=stream))
