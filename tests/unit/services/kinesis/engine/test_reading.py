"""Records are read from an index on, whole blocks or parts of them, and a reader knows how far behind it is."""

import pytest
from tests.unit.services.kinesis.engine.conftest import NOW

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import reading, sequences, writing
from lambent.services.kinesis.engine.writing import Gathered


@pytest.fixture
def put(tx, make):
    """``put("a", "b", at=5.0)``: to the stream's one shard; ``put.stream`` is the stream."""
    stream = make()

    def append(*data, at=0.0):
        records = [("k", each.encode()) for each in data]
        writing.append(tx, [Gathered(stream, stream.open[0], records)], lambda _: NOW + at)

    append.stream = stream
    return append


@pytest.fixture
def read(tx, put):
    def found(from_index=0, *, count_max=100, bytes_max=10_000, horizon=0.0):
        shard = put.stream.open[0].id
        return reading.read(tx, shard, from_index=from_index, horizon=horizon, count_max=count_max, bytes_max=bytes_max)

    return found


def data(found):
    return "".join(body.decode() for each in found.slices for _, body in each.records)


def test_all_is_read_from_the_beginning(put, read):
    put("a", "b")
    put("c")
    found = read()
    assert (data(found), found.count, found.next_index, found.has_reached_tip) == ("abc", 3, 4, True)


@pytest.mark.parametrize("from_index", range(1, 8))
@pytest.mark.parametrize("count_max", range(1, 8))
def test_a_read_takes_parts_of_blocks(put, read, from_index, count_max):
    put("a", "b")
    put("c", "d", "e")
    put("f")
    found = read(from_index, count_max=count_max)
    assert data(found) == "abcdef"[from_index - 1 :][:count_max]
    assert found.next_index == from_index + found.count
    assert found.has_reached_tip == (found.next_index == 7)
    assert [each.first_index for each in found.slices][:1] == ([from_index] if found.count else [])


def test_a_read_is_bounded_by_bytes_but_brings_one_record(put, read):
    put("x" * 60, "y" * 60, "z" * 60)
    assert (read(bytes_max=130).count, read(bytes_max=1).count) == (2, 1)


def test_many_blocks_are_read_look_by_look(put, read):
    for number in range(3 * reading.BLOCKS_PER_LOOK_MAX):
        put(str(number % 10))
    assert read(count_max=1_000).count == 3 * reading.BLOCKS_PER_LOOK_MAX
    assert read(count_max=50).next_index == 51


def test_who_stops_before_the_tip_is_behind_since_the_next_record_came(put, read):
    put("a", "b", at=1.0)
    put("c", at=3.0)
    assert read(count_max=1).ms_behind(NOW + 10) == 9_000
    assert read(count_max=2).ms_behind(NOW + 10) == 7_000
    assert read(count_max=3).ms_behind(NOW + 10) == 0


def test_what_has_expired_is_passed_over(put, read):
    put("a", at=1.0)
    put("b", at=2.0)
    assert data(read(horizon=NOW + 1.0)) == "b"
    assert data(read(horizon=NOW + 2.0)) == ""


def start(tx, put, kind, **asked):
    stream = put.stream
    options = {"sequence": None, "moment": None, "now": NOW + 10} | asked
    return reading.start_index(tx, stream, stream.open[0], kind=kind, **options)


def number(put, index):
    return str(sequences.numbered(put.stream.open[0].sequence_base, index, NOW))


def test_a_reader_begins_where_it_says(tx, put):
    put("a", "b", at=1.0)
    put("c", at=3.0)
    assert start(tx, put, "TRIM_HORIZON") == 0
    assert start(tx, put, "LATEST") == 4
    assert start(tx, put, "AT_SEQUENCE_NUMBER", sequence=number(put, 2)) == 2
    assert start(tx, put, "AFTER_SEQUENCE_NUMBER", sequence=number(put, 2)) == 3
    assert [start(tx, put, "AT_TIMESTAMP", moment=NOW + at) for at in (0.0, 1.0, 2.0, 3.0, 4.0)] == [1, 1, 3, 3, 4]


@pytest.mark.parametrize(
    ("kind", "asked", "error"),
    [
        ("LATEST", {"sequence": "1"}, errors.SequenceWithType),
        ("AT_SEQUENCE_NUMBER", {}, errors.SequenceWithType),
        ("AT_SEQUENCE_NUMBER", {"sequence": "1"}, errors.BadSequence),
        ("AT_TIMESTAMP", {}, errors.MissingTimestamp),
        ("AT_TIMESTAMP", {"moment": NOW + 11}, errors.FutureTimestamp),
    ],
)
def test_a_beginning_that_is_none_is_refused(tx, put, kind, asked, error):
    with pytest.raises(error):
        start(tx, put, kind, **asked)


def test_sequence_numbers_of_other_shards_and_streams_are_refused(tx, put):
    other_shard = str(sequences.numbered(sequences.base_of(NOW, 5), 1, NOW))
    with pytest.raises(errors.SequenceOfOtherShard):
        start(tx, put, "AT_SEQUENCE_NUMBER", sequence=other_shard)
    other_stream = str(sequences.numbered(sequences.base_of(NOW - 1, 0), 1, NOW))
    with pytest.raises(errors.ForeignSequence):
        start(tx, put, "AT_SEQUENCE_NUMBER", sequence=other_stream)
