"""However shards are split and merged, the open ones share all hash keys, and each child has its parents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.services.kinesis.conftest import KEY
from tests.unit.services.kinesis.engine.conftest import NOW
from tests.unit.services.kinesis.engine.test_stream import stream_of

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import shards, streams
from lambent.services.kinesis.engine.stream import HASH_KEY_MAX


def ranges(change):
    return [(part.first_hash, part.last_hash) for part in change.open()]


@given(st.data(), st.integers(1, 40))
def test_any_scaling_ends_with_even_shares(data, count):
    target = data.draw(st.integers(-(-count // 2), 2 * count))
    change = shards.scale(stream_of(count), target)
    assert [first for first, _ in ranges(change)] == shards.even_starts(target)
    assert [last for _, last in ranges(change)] == [*(first - 1 for first, _ in ranges(change)[1:]), HASH_KEY_MAX]
    assert change.more == target - count
    numbers = [part.number for part in change.parts]
    assert numbers == list(range(len(numbers)))
    for part in change.parts[count:]:
        assert 0 <= part.parent < part.number


def test_doubling_splits_each_shard_once_and_halving_merges_pairs():
    assert len(shards.scale(stream_of(4), 8).parts) == 12
    assert [(part.parent, part.adjacent_parent) for part in shards.scale(stream_of(4), 2).parts[4:]] == [(0, 1), (2, 3)]


def test_thousands_of_shards_are_evened_out_in_one_go():
    """Each step that looked at all of them once held up every write for minutes."""
    change = shards.scale(stream_of(4_000), 7_999)
    assert [first for first, _ in ranges(change)] == shards.even_starts(7_999)


def test_a_count_is_at_most_doubled_and_at_most_halved():
    with pytest.raises(errors.ScaledTooFarUp):
        shards.scale(stream_of(4), 9)
    with pytest.raises(errors.ScaledTooFarDown):
        shards.scale(stream_of(4), 1)


def test_a_change_is_written_and_told_to_readers(tx, make):
    stream = make()
    tx.topics.clear()
    shards.split(stream, stream.open[0], 1000).write(tx, stream, NOW + 5)
    found = streams.find(tx, KEY)
    assert [(shard.number, shard.parents, shard.closed_at) for shard in found.shards.values()] == [
        (0, (), NOW + 5),
        (1, (0,), 0.0),
        (2, (0,), 0.0),
    ]
    assert tx.topics == [stream.open[0].topic]


def test_children_are_made_a_second_after_their_parents_at_least(tx, make):
    """Or their sequence numbers would not be behind."""
    stream = make()
    shards.split(stream, stream.open[0], 1000).write(tx, stream, NOW)
    found = streams.find(tx, KEY)
    assert [shard.created_at for shard in found.open] == [NOW + 1] * 2


def test_shards_that_live_for_no_time_are_closed_at_once(tx, make):
    stream = make(3)
    shards.scale(stream, 4).write(tx, stream, NOW + 5)
    found = streams.find(tx, KEY)
    assert len(found.open) == 4
    assert any(shard.parents and not shard.is_open for shard in found.shards.values())


def test_an_account_has_so_many_shards(tx, make, monkeypatch):
    make(4)
    monkeypatch.setattr(shards, "SHARDS_MAX", 5)
    shards.require_room(tx, *KEY[:2], 1)
    with pytest.raises(errors.TooManyShards, match=r"Current shard count for the account: 4\. Limit: 5"):
        shards.require_room(tx, *KEY[:2], 2)


def test_shards_are_listed_from_the_first_that_is_kept(tx, make):
    stream = make()
    shards.split(stream, stream.open[0], 1000).write(tx, stream, NOW + 5)
    found = streams.find(tx, KEY)

    def numbers(kind, *, moment=0.0, after=-1, now=NOW + 10):
        return [shard.number for shard in shards.listed(found, kind, moment=moment, after_number=after, now=now)]

    assert numbers("") == numbers("FROM_TRIM_HORIZON") == [0, 1, 2]
    assert numbers("AT_TRIM_HORIZON") == numbers("AT_TIMESTAMP", moment=NOW + 1) == [0]
    assert numbers("AT_LATEST") == numbers("AFTER_SHARD_ID", after=0) == numbers("FROM_TIMESTAMP", moment=NOW + 6) == [1, 2]
    assert numbers("AT_TRIM_HORIZON", now=NOW + 25 * 3_600) == numbers("", now=NOW + 25 * 3_600) == [1, 2]
