"""Reading a shard: where it begins, how far an answer goes, what is trimmed."""

from datetime import UTC, datetime

import pytest
from tests.unit.services.dynamodb.streamed import START

from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import iterators, positions, shard_reading, shards
from lambent.services.dynamodb.engine.shard_reading import Start

DAY_S = 24 * 3_600.0


def begin(streamed, kind, **how):
    start = Start(kind, **how)
    shard_reading.check_start(start, streamed.now)
    return shard_reading.begin(streamed.tx, streamed.stream.name, streamed.shards[0].name, start, streamed.now)


def read(streamed, position, count_max=1_000, shard=0):
    iterator = streamed.iterator(streamed.shards[shard], position)
    return shard_reading.read(streamed.tx, iterator, count_max, streamed.now)


def keys(streamed, position, **how):
    import json

    return [json.loads(record)["dynamodb"]["Keys"]["id"]["S"] for record in read(streamed, position, **how).records]


@pytest.fixture
def three(streamed):
    """Records of a, b and c, a second apart."""
    for key in "abc":
        streamed.put(key)
        streamed.now += 1
    return streamed


def number_of(streamed, index):
    return streamed.records()[index]["dynamodb"]["SequenceNumber"]


def test_the_horizon_is_the_oldest_record(three):
    assert keys(three, begin(three, "TRIM_HORIZON")) == ["a", "b", "c"]


def test_the_latest_is_behind_the_newest_record(three):
    latest = begin(three, "LATEST")
    assert keys(three, latest) == []
    three.put("d")
    assert keys(three, latest) == ["d"]


def test_the_latest_of_an_empty_shard_is_what_comes_first(streamed):
    latest = begin(streamed, "LATEST")
    streamed.put("a")
    assert keys(streamed, latest) == ["a"]


def test_a_number_is_the_record_or_what_follows_it(three):
    number = number_of(three, 1)
    assert keys(three, begin(three, "AT_SEQUENCE_NUMBER", sequence_number=number)) == ["b", "c"]
    assert keys(three, begin(three, "AFTER_SEQUENCE_NUMBER", sequence_number=number)) == ["c"]


def test_the_number_with_which_a_shard_starts_is_one_also_without_a_record(streamed):
    shard = streamed.shards[0]
    streamed.put("a")
    number = positions.sequence_number(shard.first_position, shard.number)
    assert keys(streamed, begin(streamed, "AT_SEQUENCE_NUMBER", sequence_number=number)) == ["a"]


def test_a_moment_is_the_first_record_from_then_on(three):
    for after_s, expected in ((0, ["a", "b", "c"]), (0.5, ["b", "c"]), (1, ["b", "c"]), (2.5, [])):
        moment = datetime.fromtimestamp(START + after_s, UTC)
        assert keys(three, begin(three, "AT_TIMESTAMP", moment=moment)) == expected


def test_a_moment_before_the_horizon_is_the_horizon(three):
    long_ago = datetime.fromtimestamp(START - 10 * DAY_S, UTC)
    assert begin(three, "AT_TIMESTAMP", moment=long_ago) == iterators.HORIZON


@pytest.mark.parametrize(
    ("kind", "how", "error"),
    [
        ("AT_SEQUENCE_NUMBER", {}, stream_errors.SequenceNumberMissing),
        ("AFTER_SEQUENCE_NUMBER", {}, stream_errors.SequenceNumberMissing),
        ("LATEST", {"sequence_number": "1" * 23}, stream_errors.SequenceNumberUnwanted),
        ("TRIM_HORIZON", {"sequence_number": "1" * 23}, stream_errors.SequenceNumberUnwanted),
        ("AT_SEQUENCE_NUMBER", {"sequence_number": "9" * 21}, stream_errors.SequenceNumberInvalid),
        ("AT_SEQUENCE_NUMBER", {"sequence_number": "x" * 23}, stream_errors.SequenceNumberInvalid),
        ("AT_TIMESTAMP", {}, stream_errors.TimestampMissing),
        ("LATEST", {"moment": datetime.fromtimestamp(START, UTC)}, stream_errors.TimestampUnwanted),
        ("AT_TIMESTAMP", {"moment": datetime.fromtimestamp(START + 60, UTC)}, stream_errors.TimestampInFuture),
    ],
)
def test_what_does_not_go_together_is_refused(streamed, kind, how, error):
    with pytest.raises(error):
        begin(streamed, kind, **how)


def test_a_shard_that_is_not_there_is_refused(streamed):
    with pytest.raises(stream_errors.ShardNotFound):
        shard_reading.begin(streamed.tx, streamed.stream.name, "shardId-x", Start("LATEST"), streamed.now)


def test_an_answer_has_no_more_records_than_asked_for(three):
    page = read(three, iterators.HORIZON, count_max=2)
    assert len(page.records) == 2
    assert keys(three, page.next_position) == ["c"]


def test_an_answer_has_at_most_a_megabyte_but_one_record(three, monkeypatch):
    monkeypatch.setattr(shard_reading, "BYTES_MAX", 1)
    page = read(three, iterators.HORIZON)
    assert len(page.records) == 1
    assert keys(three, page.next_position) == ["b"]


def test_an_open_shard_always_goes_on(three):
    page = read(three, iterators.HORIZON)
    again = read(three, page.next_position)
    assert (again.records, again.next_position) == ([], page.next_position)


def test_a_closed_shard_ends_with_its_last_record(three):
    shards.roll(three.tx, three.stream, three.shards[0], three.now)
    page = read(three, iterators.HORIZON, count_max=2)
    assert page.next_position is not None
    assert read(three, page.next_position, count_max=1).next_position is None
    assert read(three, iterators.HORIZON).next_position is None


def test_a_closed_shard_without_records_ends_at_once(streamed):
    shards.roll(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    assert read(streamed, iterators.HORIZON).next_position is None


def test_records_older_than_a_day_are_not_told(three):
    three.now = START + DAY_S + 0.5
    assert keys(three, iterators.HORIZON) == ["b", "c"]


def test_a_place_that_is_trimmed_says_so(three):
    number = number_of(three, 0)
    position = positions.position_of(number)
    three.now = START + DAY_S + 0.5
    with pytest.raises(stream_errors.TrimmedDataAccess):
        read(three, position)
    with pytest.raises(stream_errors.TrimmedDataAccess):
        begin(three, "AT_SEQUENCE_NUMBER", sequence_number=number)


def test_a_shard_that_is_gone_is_trimmed(streamed):
    gone = streamed.iterator(streamed.shards[0])
    streamed.now += shards.ROLLS_AFTER_S
    streamed.keep()
    streamed.now += DAY_S
    streamed.keep()
    with pytest.raises(stream_errors.TrimmedDataAccess):
        shard_reading.read(streamed.tx, gone, 10, streamed.now)
