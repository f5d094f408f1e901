"""An alarm rings when time makes messages visible, for who has looked in vain."""

import asyncio

import pytest
from tests.unit.services.sqs.conftest import CONTEXT

from lambent.core.clock import NEVER
from lambent.services.sqs.alarms import Alarms


@pytest.fixture
async def queue(world):
    return await world.queue()


@pytest.fixture
def rung(world):
    return []


@pytest.fixture
def alarms(world, rung):
    return Alarms(clock=world.clock, ring=rung.append)


async def test_an_alarm_rings_once_when_it_is_due(world, queue, alarms, rung):
    alarms.arm(queue, world.clock.now() + 5)
    await world.clock.advance(4)
    assert rung == []
    await world.clock.advance(1)
    await world.clock.advance(100)
    assert rung == [queue.topic]


async def test_the_sooner_of_two_counts(world, queue, alarms, rung):
    now = world.clock.now()
    for due_at in (now + 10, now + 5, now + 20):
        alarms.arm(queue, due_at)
    await world.clock.advance(5)
    assert rung == [queue.topic]
    await world.clock.advance(30)
    assert rung == [queue.topic]


async def test_what_is_hidden_later_is_heard_by_who_found_nothing_at_all(world, queue, alarms, rung):
    alarms.arm(queue, NEVER)
    alarms.sooner(queue, world.clock.now() + 3)
    await world.clock.advance(3)
    assert rung == [queue.topic]


async def test_nothing_is_armed_for_a_queue_that_nobody_looks_at(world, queue, alarms, rung):
    alarms.sooner(queue, world.clock.now() + 3)
    await world.clock.advance(3)
    assert rung == []


async def test_what_is_due_already_rings_at_once(world, queue, alarms, rung):
    alarms.arm(queue, world.clock.now())
    await world.clock.settle()
    assert rung == [queue.topic]


async def test_a_reset_silences_the_alarms_of_its_account_only(world, queue, alarms, rung):
    alarms.arm(queue, world.clock.now() + 5)
    alarms.forget("999988887777")
    await world.clock.advance(5)
    assert rung == [queue.topic]
    alarms.arm(queue, world.clock.now() + 5)
    alarms.forget(queue.account)
    await world.clock.advance(5)
    assert rung == [queue.topic]


async def test_a_deleted_queue_leaves_no_alarm(world, queue):
    url = {"QueueUrl": f"http://localhost:4566/{queue.account}/{queue.name}"}
    await world.sqs.receive_message(CONTEXT, url)
    assert list(world.sqs.alarms.topics) == [queue.topic]
    await world.sqs.delete_queue(CONTEXT, url)
    assert list(world.sqs.alarms.topics) == []


async def test_the_worker_silences_all_when_it_ends(world, queue, alarms, rung):
    worker = asyncio.create_task(alarms.run())
    alarms.arm(queue, world.clock.now() + 5)
    await world.clock.settle()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    await world.clock.advance(10)
    assert rung == []
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("sqs alarm")] == []
