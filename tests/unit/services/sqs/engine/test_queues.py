"""Queues are made, purged, swept and found."""

import pytest
from tests.unit.services.sqs.conftest import ARN, SCOPE, bodies

from lambent.services.sqs import errors
from lambent.services.sqs.engine import queues


async def count(world, table):
    return (await world.store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}")))[0]


async def test_a_purge_gives_the_queue_a_new_backlog_and_the_old_one_goes_bit_by_bit(world, monkeypatch):
    monkeypatch.setattr(queues, "SWEPT_PER_STEP", 10)
    queue = await world.queue()
    await world.send(queue, *("x" * 2_000 for _ in range(25)))
    await world.store.write(queues.purge, queue, world.timers, world.clock.now())
    purged = await world.store.read(queues.find, *SCOPE, "q")
    assert purged.backlog_id != queue.backlog_id
    assert (await world.receive(purged)).messages == []
    assert [await world.store.write(queues.sweep, queue.backlog_id) for _ in range(3)] == [True, True, False]
    assert (await count(world, "sqs_messages"), await count(world, "sqs_bodies")) == (0, 0)
    assert await count(world, "sqs_backlogs") == 1


async def test_the_sweeper_runs_by_a_timer_of_the_account(world):
    queue = await world.queue()
    await world.send(queue, *map(str, range(100)))
    await world.store.write(queues.delete, queue, world.timers, world.clock.now())
    assert await world.store.read(lambda tx: tx.one("SELECT kind, account FROM timers")) == ("sqs.sweep", "111122223333")
    await world.timers._fire_due(world.clock.moments())
    assert await count(world, "sqs_messages") == 0


async def test_numbers_go_on_after_a_purge(world):
    queue = await world.queue("q.fifo")
    await world.send(queue, "a", "b", MessageGroupId="g")
    await world.store.write(queues.purge, queue, world.timers, world.clock.now())
    purged = await world.store.read(queues.find, *SCOPE, "q.fifo")
    await world.send(purged, "c", MessageGroupId="g")
    assert await world.store.read(lambda tx: tx.one("SELECT max(sequence), body FROM sqs_messages")) == (3, "c")


async def test_names_of_deleted_queues_are_forgotten(world):
    for number in range(3):
        queue = await world.queue(f"q{number}")
        await world.store.write(queues.delete, queue, world.timers, world.clock.now())
        await world.clock.advance(61)
    await world.queue("new")
    assert await count(world, "sqs_deleted_queues") == 0


async def test_a_page_ends_with_its_prefix(world):
    for name in ("a1", "a2", "b1"):
        await world.queue(name)
    page = await world.store.read(queues.page, SCOPE, prefix="a", after="", count_max=2)
    assert ([queue.name for queue in page.queues], page.is_truncated) == (["a1", "a2"], False)
    page = await world.store.read(queues.page, SCOPE, prefix="", after="a1", count_max=1)
    assert ([queue.name for queue in page.queues], page.is_truncated) == (["a2"], True)


async def test_sources_are_found_by_their_target(world):
    dead = await world.queue("dead")
    await world.queue("s", RedrivePolicy=f'{{"deadLetterTargetArn":"{ARN}:dead","maxReceiveCount":1}}')
    page = await world.store.read(queues.sources, dead, after="", count_max=5)
    assert [queue.name for queue in page.queues] == ["s"]


async def test_a_dead_letter_queue_is_of_the_same_account_and_region(world):
    elsewhere = "arn:aws:sqs:eu-west-1:111122223333:dead"
    with pytest.raises(errors.InvalidValue, match="owner should be same"):
        await world.queue(RedrivePolicy=f'{{"deadLetterTargetArn":"{elsewhere}","maxReceiveCount":1}}')


async def test_a_queue_that_is_gone_cannot_change(world):
    queue = await world.queue()
    await world.store.write(queues.delete, queue, world.timers, world.clock.now())
    for change in (
        lambda tx: queues.set_attributes(tx, queue, {}, 0.0),
        lambda tx: queues.add_tags(tx, queue, {}),
        lambda tx: queues.purge(tx, queue, world.timers, 0.0),
        lambda tx: queues.delete(tx, queue, world.timers, 0.0),
    ):
        with pytest.raises(errors.QueueDoesNotExist):
            await world.store.write(change)


async def test_what_was_received_counts_until_it_returns(world):
    queue = await world.queue()
    await world.send(queue, "a", "b", "c")
    assert len(bodies(await world.receive(queue, 2))) == 2
    assert await world.store.read(queues.counts, queue, world.clock.now()) == (1, 2, 0)
    assert await world.store.read(queues.counts, queue, world.clock.now() + 30) == (3, 0, 0)
