"""A queue is read once, and again after it has changed."""

import asyncio

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import queues

KEY = ("111122223333", "us-east-1", "q")


@pytest.fixture
def known(world):
    return world.sqs.known


async def test_a_queue_is_read_once(world, known):
    await world.queue()
    assert await known.find(KEY) is await known.find(KEY)


async def test_a_queue_that_is_not_there_is_not_remembered(world, known):
    with pytest.raises(errors.QueueDoesNotExist):
        await known.find(KEY)
    await world.queue()
    assert (await known.find(KEY)).name == "q"


async def test_a_change_is_known_before_it_is_acknowledged(world, known):
    await world.queue()
    queue = await known.find(KEY)
    await world.store.write(queues.set_attributes, queue, {"VisibilityTimeout": "5"}, world.clock.now())
    assert KEY not in known.values
    assert (await known.find(KEY)).visibility_timeout_s == 5


async def test_what_was_read_while_something_changed_is_not_kept(world, known):
    await world.queue()
    reading = asyncio.ensure_future(known.find(KEY))
    await asyncio.sleep(0)
    known.forget(KEY)
    assert (await reading).name == "q"
    assert KEY not in known.values


async def test_a_reset_forgets_an_account_or_all(world, known):
    await world.queue()
    await known.find(KEY)
    known.forget_account("999988887777")
    assert KEY in known.values
    known.forget_account(None)
    assert known.values == {}
