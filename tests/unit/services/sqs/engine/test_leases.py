"""What may be done with a message that was received."""

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import leases, receipts


async def received(world, queue, **options):
    (message,) = (await world.receive(queue, 1, **options)).messages
    return receipts.handle(queue.receipt_seed, message.id, message.receives, is_body_apart=message.is_body_apart)


async def count(world, table):
    return (await world.store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}")))[0]


async def test_a_deleted_message_takes_its_body_along(world):
    queue = await world.queue()
    await world.send(queue, "x" * 5_000)
    handle = await received(world, queue)
    assert await world.store.write(leases.delete, queue, handle, world.clock.now())
    assert not await world.store.write(leases.delete, queue, handle, world.clock.now())
    assert (await count(world, "sqs_messages"), await count(world, "sqs_bodies")) == (0, 0)


async def test_a_stale_handle_deletes_nothing(world):
    queue = await world.queue()
    await world.send(queue, "m")
    stale = await received(world, queue, timeout_s=0)
    await received(world, queue)
    assert not await world.store.write(leases.delete, queue, stale, world.clock.now())
    assert await count(world, "sqs_messages") == 1


async def test_a_change_says_when_the_message_is_visible_and_signals_where_that_is_now(world):
    queue = await world.queue()
    await world.send(queue, "m")
    handle = await received(world, queue)
    now = world.clock.now()
    with world.signals.listen(queue.topic) as listener:
        assert await world.store.write(leases.change_visibility, queue, handle, 7, now) == now + 7
        assert not await listener.wait(now)
        assert await world.store.write(leases.change_visibility, queue, handle, 0, now) == now
        assert await listener.wait(now)


async def test_the_twelve_hours_begin_with_the_receive(world):
    queue = await world.queue()
    await world.send(queue, "m")
    handle = await received(world, queue)
    start = world.clock.now()
    await world.store.write(leases.change_visibility, queue, handle, 43_000, start + 200)
    with pytest.raises(errors.InvalidValue, match="beyond the limit"):
        await world.store.write(leases.change_visibility, queue, handle, 43_000, start + 201)


@pytest.mark.parametrize("timeout_s", [-1, 43_201])
async def test_a_timeout_is_within_twelve_hours(world, timeout_s):
    queue = await world.queue()
    await world.send(queue, "m")
    handle = await received(world, queue)
    with pytest.raises(errors.InvalidValue, match="Must be between 0 and 43200"):
        await world.store.write(leases.change_visibility, queue, handle, timeout_s, world.clock.now())
