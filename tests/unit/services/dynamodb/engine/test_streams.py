"""Streams of tables: enabled, disabled, rolled and gone after a day."""

import json

import pytest
from tests.unit.services.dynamodb.streamed import NAMED, START

from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import changes, shards, streams, tables
from lambent.services.dynamodb.engine.stream_names import StreamName

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S


class Timers:
    def set(self, *_, **__):
        """Nothing is swept later here."""


def test_a_table_with_a_stream_has_one_that_is_enabled(streamed):
    assert streamed.stream.is_enabled
    assert streamed.stream.name.arn == streamed.table.stream_arn
    assert json.loads(streamed.stream.key_schema) == [{"AttributeName": "id", "KeyType": "HASH"}]


def test_a_disabled_stream_takes_nothing_and_is_read_for_a_day(streamed):
    streamed.put("a")
    streamed.end_stream()
    assert not streamed.stream.is_enabled
    streamed.now += DAY_S - 1
    streamed.keep()
    assert [record["eventName"] for record in streamed.records()] == ["INSERT"]
    streamed.now += 1
    streamed.keep()
    with pytest.raises(stream_errors.StreamNotFound):
        _ = streamed.stream


def test_a_stream_outlives_its_table_for_a_day(streamed):
    streamed.put("a")
    name = streamed.stream.name
    tables.delete(streamed.tx, NAMED, Timers(), streamed.now)
    stream = streams.require(streamed.tx, name)
    assert not stream.is_enabled
    streamed.now += DAY_S
    streamed.keep()
    with pytest.raises(stream_errors.StreamNotFound):
        streams.require(streamed.tx, name)


def test_ending_a_stream_twice_changes_nothing(streamed):
    streamed.end_stream()
    before = streamed.stream
    streamed.now += 10
    streamed.end_stream()
    assert streamed.stream == before


def test_a_stream_that_follows_another_at_once_has_a_label_of_its_own(streamed):
    moment = changes.free_moment(streamed.tx, NAMED, streamed.now)
    assert moment == pytest.approx(START + 0.001)


def test_an_open_shard_rolls_after_four_hours(streamed):
    streamed.now += shards.ROLLS_AFTER_S - 1
    assert streamed.keep() == 0
    streamed.now += 1
    streamed.keep()
    parent, child = streamed.shards
    assert (parent.is_open, child.is_open, child.parent) == (False, True, parent.name)
    assert streamed.stream.due_at == child.opened_at + shards.ROLLS_AFTER_S


def test_a_closed_shard_goes_a_day_after_with_its_records(streamed):
    streamed.put("a")
    streamed.now += shards.ROLLS_AFTER_S
    streamed.keep()
    first = streamed.shards[0]
    for _ in range(6):
        streamed.now += 4 * HOUR_S
        streamed.keep()
    assert first.name not in [shard.name for shard in streamed.shards]
    assert streamed.shards[0].parent == first.name  # which is still told of
    assert streamed.tx.one("SELECT count(*) FROM dynamodb_stream_records", into=int) == 0


@pytest.mark.parametrize(("bound", "value", "steps"), [("RECORDS_AT_ONCE", 2, 3), ("BYTES_AT_ONCE", 1, 6)])
def test_many_records_go_a_little_at_a_time(streamed, monkeypatch, bound, value, steps):
    monkeypatch.setattr(streams, bound, value)
    for number in range(5):
        streamed.put(str(number))
    streamed.end_stream()
    streamed.now += DAY_S
    assert streamed.keep() == steps


def test_what_is_due_next_is_told_by_account(streamed):
    assert streams.dues(streamed.tx) == [(NAMED.scope.account, START + shards.ROLLS_AFTER_S)]


def test_streams_are_listed_by_table_and_label(streamed):
    scope = NAMED.scope
    assert [
        stream.name.table for stream in streams.listed(streamed.tx, StreamName(*scope, "", ""), is_of_table=False, count_max=9)
    ] == ["songs"]
    other = StreamName(*scope, "other", "")
    assert streams.listed(streamed.tx, other, is_of_table=True, count_max=9) == []


def test_children_of_a_shard_can_be_asked_for(streamed):
    shards.split(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    parent, *children = streamed.shards
    name = streamed.stream.name
    _, found = streams.described(streamed.tx, name, after="", parent=parent.name, count_max=9)
    assert found == children
    _, found = streams.described(streamed.tx, name, after=parent.name, parent="", count_max=1)
    assert found == children[:1]
