"""How messages enter a queue, and who hears of it."""

import pytest
from tests.unit.services.sqs.conftest import bodies

from lambent.services.sqs.engine import drafts, queues, sending


async def test_who_listens_hears_of_what_is_visible_only(world):
    queue = await world.queue()
    with world.signals.listen(queue.topic) as listener:
        await world.send(queue, "later", DelaySeconds=5)
        assert not await listener.wait(world.clock.now())
        await world.send(queue, "now")
        assert await listener.wait(world.clock.now())


async def test_a_backlog_that_has_ended_takes_no_more(world):
    for name, body in (("q", "m"), ("q2", "x" * 5_000), ("q.fifo", "m")):
        queue = await world.queue(name)
        await world.store.write(queues.purge, queue, world.timers, world.clock.now())
        with pytest.raises(sending.BacklogEnded):
            await world.send(queue, body, MessageGroupId="g")


async def test_bodies_of_all_lengths_enter_together(world):
    queue = await world.queue()
    texts = ["a", "b" * 1_501, "c", "d" * 100_000]
    await world.send(queue, *texts)
    assert sorted(bodies(await world.receive(queue))) == texts


async def test_a_duplicate_gets_the_first_ones_id_and_number(world):
    queue = await world.queue("q.fifo")
    new = [drafts.draft({"MessageBody": "m", "MessageGroupId": "g"}, queue) for _ in range(2)]
    first, second = await world.store.write(sending.send, queue, new, sender_id="1", now=world.clock.now())
    assert first == second
    assert first.message_id == new[0].message_id


async def test_what_is_remembered_of_old_messages_is_forgotten(world):
    queue = await world.queue("q.fifo")
    for number in range(10):
        await world.send(queue, str(number), MessageGroupId="g")
        await world.clock.advance(120)
    counted = await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_deduplications"))
    assert counted == (3,)


def test_numbers_are_told_with_twenty_digits():
    assert sending.told_sequence(1) == "18850000000000000256"
    assert sending.told_sequence(2) > sending.told_sequence(1)


async def test_who_sends_removes_what_nobody_received(world):
    queue = await world.queue(MessageRetentionPeriod="60")
    await world.send(queue, "old", "older")
    await world.clock.advance(60)
    await world.send(queue, "young")
    await world.store.write(sending.expire, queue, world.clock.now())
    assert await world.store.read(lambda tx: tx.one("SELECT count(*), max(body) FROM sqs_messages")) == (1, "young")
