"""The sweeper deletes what is past its retention when the clock says so, and sleeps otherwise."""

import asyncio
from contextlib import asynccontextmanager

from tests.unit.services.kinesis.conftest import CONTEXT

DAY_S = 24 * 3_600


@asynccontextmanager
async def sweeping(world):
    [worker] = world.kinesis.workers()
    task = asyncio.create_task(worker.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_records_are_deleted_when_their_retention_ends(world):
    async with sweeping(world):
        await world.stream()
        await world.put("old")
        await world.clock.advance(3_600)
        await world.put("young")
        await world.clock.advance(DAY_S - 7_200)
        assert await world.data() == ["old", "young"]
        await world.clock.advance(3_600)
        assert await world.data() == ["young"]
        await world.clock.advance(3_600)
        assert await world.data() == []


async def test_a_shorter_retention_takes_effect_at_once(world):
    async with sweeping(world):
        await world.stream()
        await world.kinesis.increase_stream_retention_period(CONTEXT, {"StreamName": "s", "RetentionPeriodHours": 100})
        await world.put("old")
        await world.clock.advance(2 * DAY_S)
        assert await world.data() == ["old"]
        await world.kinesis.decrease_stream_retention_period(CONTEXT, {"StreamName": "s", "RetentionPeriodHours": 24})
        await world.clock.settle()
        assert await world.data() == []


async def test_closed_shards_go_a_retention_after_they_were_closed(world):
    async with sweeping(world):
        await world.stream()
        asked = {"StreamName": "s", "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}
        await world.kinesis.update_shard_count(CONTEXT, asked)
        assert len((await world.find()).shards) == 3
        await world.clock.advance(DAY_S)
        assert sorted((await world.find()).shards) == [1, 2]


async def test_without_any_stream_the_sweeper_never_wakes(world):
    async with sweeping(world):
        await world.clock.settle()
        changes = world.clock.busy.changes
        await world.clock.advance(30 * DAY_S)
        assert world.clock.busy.changes == changes
