"""The sweeper deletes what is past its retention when the clock says so, and sleeps otherwise."""

import asyncio
from contextlib import asynccontextmanager

from tests.unit.services.logs.conftest import CONTEXT

DAY_S = 24 * 3_600


@asynccontextmanager
async def sweeping(world):
    [worker] = world.logs.workers()
    task = asyncio.create_task(worker.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def batches(world):
    return (await world.store.read(lambda tx: tx.one("SELECT COUNT(*) FROM log_batches")))[0]


async def test_events_are_deleted_when_their_retention_ends(world):
    async with sweeping(world):
        await world.append("s", [(0, "old")])
        await world.append("s", [(2 * DAY_S * 1000, "young")])
        await world.logs.put_retention_policy(CONTEXT, {"logGroupName": "g", "retentionInDays": 1})
        await world.clock.advance(DAY_S - 3_600)
        assert await batches(world) == 2
        await world.clock.advance(2 * 3_600)
        assert await batches(world) == 1
        assert await world.messages("s") == ["young"]


async def test_events_of_groups_without_a_retention_stay(world):
    async with sweeping(world):
        await world.append("s", [(0, "old")])
        await world.clock.advance(400 * DAY_S)
        assert await world.messages("s") == ["old"]


async def test_a_shorter_retention_takes_effect_at_once(world):
    async with sweeping(world):
        await world.append("s", [(-5 * DAY_S * 1000, "old")])
        await world.logs.put_retention_policy(CONTEXT, {"logGroupName": "g", "retentionInDays": 3})
        await world.clock.settle()
        assert await batches(world) == 0


async def test_without_any_retention_the_sweeper_never_wakes(world):
    async with sweeping(world):
        await world.clock.settle()
        changes = world.clock.busy.changes
        await world.clock.advance(30 * DAY_S)
        assert world.clock.busy.changes == changes
