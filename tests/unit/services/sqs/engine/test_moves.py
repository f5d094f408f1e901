"""Message move tasks, step by step."""

import pytest
from tests.unit.services.sqs.conftest import ARN, bodies

from lambent.services.sqs import errors
from lambent.services.sqs.engine import moves
from lambent.services.sqs.tables import moves as rows


@pytest.fixture
async def dead(world):
    dead = await world.queue("dead")
    await world.queue("source", RedrivePolicy=f'{{"deadLetterTargetArn":"{ARN}:dead","maxReceiveCount":1}}')
    return dead


async def start(world, destination="", rate=None):
    now = world.clock.now()
    to_move = await world.store.read(moves.count, f"{ARN}:dead", now)
    arn = destination and f"{ARN}:{destination}"
    return await world.store.write(moves.start, f"{ARN}:dead", arn, rate=rate, to_move=to_move, timers=world.timers, now=now)


async def step(world):
    (task,) = await world.store.read(rows.of_source, f"{ARN}:dead", 1)
    await world.store.write(moves.step, task.task_id, world.timers, world.clock.now())
    (task,) = await world.store.read(rows.of_source, f"{ARN}:dead", 1)
    return task.status, task.moved


async def test_a_task_with_a_rate_moves_so_many_in_a_step(world, dead):
    await world.send(dead, *map(str, range(5)))
    await start(world, "source", 2)
    assert [await step(world) for _ in range(3)] == [("RUNNING", 2), ("RUNNING", 4), ("COMPLETED", 5)]
    assert await step(world) == ("COMPLETED", 5)


async def test_what_arrives_after_the_start_is_not_moved(world, dead):
    await world.send(dead, "a")
    await start(world, "source")
    await world.send(dead, "b")
    assert await step(world) == ("COMPLETED", 1)
    assert bodies(await world.receive(dead)) == ["b"]


async def test_what_is_in_flight_stays(world, dead):
    await world.send(dead, "a", "b")
    await world.receive(dead, 1)
    await start(world, "source")
    assert await step(world) == ("COMPLETED", 1)


async def test_large_bodies_move_in_smaller_steps(world, dead, monkeypatch):
    monkeypatch.setattr(moves, "LARGE_PER_STEP", 2)
    target = await world.queue("target")
    await world.send(dead, *("x" * 2_000 for _ in range(5)))
    await start(world, "target")
    assert [await step(world) for _ in range(3)] == [("RUNNING", 2), ("RUNNING", 4), ("COMPLETED", 5)]
    assert bodies(await world.receive(target)) == ["x" * 2_000] * 5
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_bodies")) == (5,)


async def test_a_moved_message_is_a_new_one(world, dead):
    target = await world.queue("target")
    await world.send(dead, "m")
    (before,) = (await world.receive(dead, timeout_s=0)).messages
    await start(world, "target")
    await step(world)
    (after,) = (await world.receive(target)).messages
    assert after.body == before.body
    assert after.message_id != before.message_id
    assert (after.receives, after.sent_at) == (1, world.clock.now())


async def test_an_empty_queue_is_done_at_once(world, dead):
    await start(world)
    assert await step(world) == ("COMPLETED", 0)


async def test_a_source_that_goes_ends_the_task(world, dead):
    await world.send(dead, "m")
    handle = await start(world)
    await world.store.write(lambda tx: tx.run("DELETE FROM sqs_queues WHERE name = 'dead'"))
    assert (await step(world))[0] == "FAILED"
    with pytest.raises(errors.ResourceNotFound):
        await world.store.write(moves.cancel, handle, world.timers)


@pytest.mark.parametrize("handle", ["", "é", "e30=", "bnVsbA==", "W10="])
async def test_what_is_no_handle_is_refused(world, handle):
    with pytest.raises(errors.InvalidParameterValue, match="TaskHandle is invalid"):
        await world.store.write(moves.cancel, handle, world.timers)


async def test_what_has_expired_is_not_moved(world, dead):
    await world.store.write(lambda tx: tx.run('UPDATE sqs_queues SET attributes = \'{"MessageRetentionPeriod":"60"}\''))
    await world.send(dead, "old", "older")
    await world.receive(dead, timeout_s=50)
    await world.clock.advance(50)
    await world.send(dead, "young")
    await start(world, "source")
    await world.clock.advance(10)
    assert [await step(world) for _ in range(2)] == [("RUNNING", 1), ("COMPLETED", 1)]
