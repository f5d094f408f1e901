"""Receiving from FIFO queues: what a locked group costs, and when it is free."""

import pytest
from tests.unit.services.sqs.conftest import bodies

from lambent.core.clock import NEVER
from lambent.services.sqs.engine import fifo, leases, queues, receipts
from lambent.services.sqs.engine.standard import Asked


@pytest.fixture
async def queue(world):
    return await world.queue("q.fifo", MessageRetentionPeriod="1000")


async def receive(world, queue, count_max=10, timeout_s=30.0, attempt_id=""):
    now = world.clock.now()
    return await world.store.write(fifo.receive, queue, Asked(count_max, now, now + timeout_s), attempt_id)


def handle_of(queue, message):
    return receipts.handle(queue.receipt_seed, message.id, message.receives, is_body_apart=message.is_body_apart)


async def test_a_group_is_free_when_its_last_message_is_done_with(world, queue):
    await world.send(queue, "a", "b", "c", MessageGroupId="g")
    now = world.clock.now()
    received = await receive(world, queue, 2)
    assert (await receive(world, queue)).next_visible_at == now + 30
    with world.signals.listen(queue.topic) as listener:
        await world.store.write(leases.delete, queue, handle_of(queue, received.messages[0]), now)
        assert not await listener.wait(now)
        await world.store.write(leases.delete, queue, handle_of(queue, received.messages[1]), now)
        assert await listener.wait(now)
    assert bodies(await receive(world, queue)) == ["c"]


async def test_a_group_without_messages_leaves_no_row(world, queue):
    await world.send(queue, "a", MessageGroupId="g")
    received = await receive(world, queue)
    await world.store.write(leases.delete, queue, handle_of(queue, received.messages[0]), world.clock.now())
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_groups")) == (0,)
    assert (await receive(world, queue)).next_visible_at == NEVER


async def test_the_longest_lease_locks_the_group(world, queue):
    await world.send(queue, "a", "b", MessageGroupId="g")
    received = await receive(world, queue)
    now = world.clock.now()
    due_at = await world.store.write(leases.change_visibility, queue, handle_of(queue, received.messages[0]), 60, now)
    assert due_at == now + 60
    await world.clock.advance(59)
    assert (await receive(world, queue)).messages == []
    await world.clock.advance(1)
    assert bodies(await receive(world, queue)) == ["a", "b"]


async def test_messages_that_stay_visible_are_found_once(world, queue):
    await world.send(queue, "a", "b", MessageGroupId="g")
    await world.send(queue, "c", MessageGroupId="h")
    assert bodies(await receive(world, queue, timeout_s=0)) == ["a", "b", "c"]


async def test_very_many_expired_messages_are_removed_bit_by_bit(world, queue, monkeypatch):
    monkeypatch.setattr(fifo, "ROUNDS_MAX", 1)
    monkeypatch.setattr(fifo, "GROUPS_MAX", 2)
    await world.send(queue, *map(str, range(50)), MessageGroupId="g")
    await world.clock.advance(1_000)
    received = await receive(world, queue)
    assert (received.messages, received.next_visible_at) == ([], world.clock.now())
    while (await receive(world, queue)).next_visible_at != NEVER:
        pass
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_messages")) == (0,)


async def test_a_repeated_receive_has_the_same_handles_until_something_changes(world, queue):
    await world.send(queue, "a", "b", MessageGroupId="g")
    first = await receive(world, queue, attempt_id="t")
    again = await receive(world, queue, attempt_id="t")
    assert [message.receives for message in again.messages] == [1, 1]
    assert [message.id for message in again.messages] == [message.id for message in first.messages]
    now = world.clock.now()
    await world.store.write(leases.change_visibility, queue, handle_of(queue, first.messages[0]), 5, now)
    assert (await receive(world, queue, attempt_id="t")).messages == []


async def test_a_refreshed_group_is_told_when_it_may_be_had(world, queue):
    assert await world.store.write(fifo.refresh, queue, "none", world.clock.now()) is None
    await world.send(queue, "a", MessageGroupId="g")
    assert await world.store.write(fifo.refresh, queue, "g", world.clock.now()) == world.clock.now()
    (message,) = (await receive(world, queue)).messages
    assert fifo.is_in_flight(message, world.clock.now())
    assert not fifo.is_in_flight(message, world.clock.now() + 30)


async def test_a_queue_that_was_purged_has_no_groups_left(world, queue):
    await world.send(queue, "a", MessageGroupId="g")
    await world.store.write(queues.purge, queue, world.timers, world.clock.now())
    await world.store.write(queues.sweep, queue.backlog_id)
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_groups")) == (0,)
