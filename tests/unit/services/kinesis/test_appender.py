"""The way in: what is put at once shares a commit, in order, and nobody's failure is another's."""

import asyncio

import pytest
from tests.unit.services.kinesis.conftest import CONTEXT, KEY

from lambent.services.kinesis.appender import ShardClosed
from lambent.services.kinesis.engine import writing
from lambent.services.kinesis.tables import shards


@pytest.fixture
def append(world):
    """``append(stream, "a", "b")``: the place of the first."""

    def put(stream, *data):
        return world.kinesis.appender.append(stream, stream.open[0], [("k", each.encode()) for each in data])

    return put


async def test_records_follow_one_another_from_the_first_index_on(world, append):
    stream = await world.stream()
    assert (await append(stream, "a", "b"))[0] == 1
    assert (await append(stream, "c"))[0] == 3
    assert await world.data() == ["a", "b", "c"]


async def test_what_is_put_while_a_commit_is_under_way_shares_the_next_one(world, append, monkeypatch):
    stream = await world.stream()
    commits = []
    monkeypatch.setattr(writing, "append", _counting(writing.append, commits))
    first = append(stream, "first")
    for _ in range(100_000):
        if commits:
            break
        await asyncio.sleep(0)
    places = await asyncio.gather(first, *(append(stream, str(number), "-") for number in range(20)))
    assert commits == [1, 40]
    assert [index for index, _ in places] == [1, *range(2, 42, 2)]


def _counting(function, commits):
    def append(tx, gathered, now_of):
        commits.append(sum(len(each.records) for each in gathered))
        return function(tx, gathered, now_of)

    return append


async def test_a_put_that_is_given_up_does_not_take_the_others_along(world, append):
    stream = await world.stream()
    waits = [append(stream, str(number)) for number in range(3)]
    waits[1].cancel()
    found = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(each) for each in found] == [tuple, asyncio.CancelledError, tuple]
    assert await world.data() == ["0", "1", "2"]


async def test_a_failing_commit_is_told_to_each_who_waits_and_the_next_put_works(world, append, monkeypatch):
    stream = await world.stream()
    with monkeypatch.context() as patched:
        patched.setattr(writing, "append", _failing)
        found = await asyncio.gather(*(append(stream, "lost") for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in found] == ["disk full"] * 3
    await append(stream, "kept")
    assert await world.data() == ["kept"]


def _failing(tx, gathered, now_of):
    raise OSError("disk full")


async def test_a_closed_shard_keeps_nothing_and_says_so(world, append):
    stream = await world.stream()
    await world.store.write(shards.close, stream.open[0].id, world.clock.now())
    with pytest.raises(ShardClosed):
        await append(stream, "lost")
    assert await world.data() == []


async def test_records_whose_shard_is_closed_meanwhile_go_to_its_children(world):
    """The service may have routed them by what it knew before."""
    stream = await world.stream()
    asked = {"StreamName": "s", "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}
    await world.kinesis.update_shard_count(CONTEXT, asked)
    world.kinesis.known._known.values[KEY] = stream
    records = [
        {"Data": str(at).encode(), "PartitionKey": "k", "ExplicitHashKey": key} for at, key in enumerate(("0", str(2**127)))
    ]
    reply = await world.kinesis.put_records(CONTEXT, {"StreamName": "s", "Records": records})
    assert [each["ShardId"] for each in reply["Records"]] == ["shardId-000000000001", "shardId-000000000002"]
    assert [await world.data(shard) for shard in range(3)] == [[], ["0"], ["1"]]
