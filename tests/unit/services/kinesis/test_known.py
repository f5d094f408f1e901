"""A stream is read once, and again after it has changed."""

import pytest
from tests.unit.services.kinesis.conftest import CONTEXT, KEY

from lambent.services.kinesis import errors


async def test_a_stream_is_read_once(world):
    await world.stream()
    assert await world.kinesis.known.find(KEY) is await world.kinesis.known.find(KEY)


async def test_a_stream_that_is_not_there_is_not_remembered(world):
    with pytest.raises(errors.StreamNotFound):
        await world.kinesis.known.find(KEY)
    await world.stream()
    assert (await world.kinesis.known.find(KEY)).name == "s"


async def test_a_change_is_known_before_it_is_acknowledged(world):
    await world.stream()
    await world.kinesis.known.find(KEY)
    asked = {"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1000"}
    await world.kinesis.split_shard(CONTEXT, asked)
    assert KEY not in world.kinesis.known.values
    assert len((await world.kinesis.known.find(KEY)).open) == 2


async def test_a_reset_forgets_an_account_or_all(world):
    await world.stream()
    await world.kinesis.known.find(KEY)
    world.kinesis.forget("999988887777")
    assert KEY in world.kinesis.known.values
    world.kinesis.forget(None)
    assert world.kinesis.known.values == {}
