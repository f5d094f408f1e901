"""Records are kept in blocks with indexes that follow one another, and readers are told."""

import pytest
from tests.unit.services.kinesis.engine.conftest import NOW

from lambent.services.kinesis.engine import writing
from lambent.services.kinesis.engine.writing import Gathered
from lambent.services.kinesis.tables import blocks, shards


@pytest.fixture
def append(tx):
    """``append(stream, count, now)``: where they went."""

    def put(stream, count, now=NOW):
        records = [("k", str(at).encode()) for at in range(count)]
        (taken,) = writing.append(tx, [Gathered(stream, stream.open[0], records)], lambda _: now)
        return taken

    return put


def test_indexes_follow_one_another(tx, make, append):
    stream = make()
    assert [append(stream, 3).next_index, append(stream, 2).next_index] == [4, 6]
    found = blocks.page(tx, stream.open[0].id, from_index=0, after=0.0, count_max=10)
    assert [(block.first_index, block.last_index) for block in found] == [(1, 3), (4, 5)]


def test_many_records_are_kept_in_several_blocks(tx, make, append):
    stream = make()
    append(stream, 1_200)
    found = blocks.page(tx, stream.open[0].id, from_index=0, after=0.0, count_max=10)
    assert [(block.first_index, block.records) for block in found] == [(1, 500), (501, 500), (1_001, 200)]


def test_time_never_goes_backwards_in_a_shard(make, append):
    stream = make()
    assert [append(stream, 1, NOW + at).arrived_at - NOW for at in (5.0, 3.0, 7.0)] == [5.0, 5.0, 7.0]


def test_readers_of_the_shard_are_told(tx, make, append):
    stream = make()
    tx.topics.clear()
    append(stream, 1)
    assert tx.topics == [stream.open[0].topic] == [f"stream.records/{stream.arn}/shardId-000000000000"]


def test_a_closed_shard_takes_nothing(tx, make, append):
    stream = make()
    shards.close(tx, stream.open[0].id, NOW)
    tx.topics.clear()
    assert append(stream, 1) is None
    assert tx.topics == []
    assert blocks.page(tx, stream.open[0].id, from_index=0, after=0.0, count_max=10) == []
