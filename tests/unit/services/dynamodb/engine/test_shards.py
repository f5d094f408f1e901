"""Shards: which takes a key, when they roll and split, and that the order of a key is kept."""

from tests.unit.services.dynamodb.streamed import Streamed

from lambent.services.dynamodb.engine import positions, shards


def order_of(streamed: Streamed, key: str) -> list[str]:
    """What a key's records say, shard by shard, parents before children."""
    records = [record["dynamodb"] for shard in streamed.shards for record in streamed.records(shard)]
    return [record["NewImage"]["v"]["N"] for record in records if record["Keys"]["id"]["S"] == key]


def put_some(streamed: Streamed, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        streamed.put(f"k{number % 7}", v={"N": str(number)})


def test_a_stream_begins_with_one_open_shard(streamed):
    [shard] = streamed.shards
    assert (shard.is_open, shard.parent, shard.number) == (True, "", 0)


def test_sequence_numbers_grow_on_a_clock_that_stands_still(streamed):
    put_some(streamed, 20)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in streamed.records()]
    assert numbers == sorted(set(numbers))


def test_a_rolled_shard_has_one_child_that_takes_all_its_keys(streamed):
    put_some(streamed, 5)
    [parent] = streamed.shards
    shards.roll(streamed.tx, streamed.stream, parent, streamed.now)
    put_some(streamed, 5, first=100)
    parent, child = streamed.shards
    assert (child.parent, child.is_open, parent.is_open) == (parent.name, True, False)
    assert (child.hash_first, child.hash_last) == (parent.hash_first, parent.hash_last)
    assert child.first_position > parent.last_position
    assert len(streamed.records(child)) == 5


def test_a_closed_shard_ends_with_its_last_record(streamed):
    put_some(streamed, 3)
    shards.roll(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    parent = streamed.shards[0]
    last = streamed.records(parent)[-1]["dynamodb"]["SequenceNumber"]
    assert positions.sequence_number(parent.last_position, parent.number) == last


def test_a_shard_without_records_ends_where_it_began(streamed):
    shards.roll(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    assert streamed.shards[0].last_position == streamed.shards[0].first_position


def test_a_split_shard_has_two_children_with_half_of_the_keys_each(streamed):
    shards.split(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    parent, *children = streamed.shards
    assert [child.parent for child in children] == [parent.name] * 2
    halves = sorted((child.hash_first, child.hash_last) for child in children)
    assert halves == [(0, 2**31 - 1), (2**31, 2**32 - 1)]
    put_some(streamed, 70)
    assert all(streamed.records(child) for child in children)


def test_a_keys_records_are_in_order_across_rolls_and_splits(streamed):
    for step in range(6):
        put_some(streamed, 21)
        for shard in [shard for shard in streamed.shards if shard.is_open]:
            (shards.split if step % 2 else shards.roll)(streamed.tx, streamed.stream, shard, streamed.now)
    for number in range(7):
        once = [str(value) for value in range(number, 21, 7)]
        assert order_of(streamed, f"k{number}") == once * 6


def test_no_two_open_shards_give_a_sequence_number_twice(streamed):
    shards.split(streamed.tx, streamed.stream, streamed.shards[0], streamed.now)
    put_some(streamed, 70)
    numbers = [record["dynamodb"]["SequenceNumber"] for shard in streamed.shards for record in streamed.records(shard)]
    assert len(set(numbers)) == 70


def test_a_shard_that_takes_many_records_in_a_short_time_is_split(streamed, monkeypatch):
    monkeypatch.setattr(shards, "SPLIT_AFTER_RECORDS", 10)
    put_some(streamed, 9)
    assert len(streamed.shards) == 1
    put_some(streamed, 1)
    assert len(streamed.shards) == 3


def test_a_shard_that_takes_as_many_in_a_long_time_is_not(streamed, monkeypatch):
    monkeypatch.setattr(shards, "SPLIT_AFTER_RECORDS", 10)
    for _ in range(4):
        streamed.now += shards.SPLIT_WITHIN_S + 1
        put_some(streamed, 10)
    assert len(streamed.shards) == 1


def test_there_is_a_limit_to_open_shards(streamed, monkeypatch):
    monkeypatch.setattr(shards, "SPLIT_AFTER_RECORDS", 2)
    monkeypatch.setattr(shards, "SHARDS_OPEN_MAX", 4)
    put_some(streamed, 200)
    assert sum(shard.is_open for shard in streamed.shards) <= 4
