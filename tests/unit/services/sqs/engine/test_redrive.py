"""Dead letters: when a message is one, and where it goes."""

from tests.unit.services.sqs.conftest import ARN

from lambent.services.sqs.engine import redrive


async def pair(world, suffix=""):
    dead = await world.queue(f"dead{suffix}")
    policy = f'{{"deadLetterTargetArn":"{ARN}:dead{suffix}","maxReceiveCount":2}}'
    return dead, await world.queue(f"q{suffix}", RedrivePolicy=policy)


async def test_a_message_is_exhausted_by_the_receives_in_its_own_queue(world):
    _, queue = await pair(world)
    await world.send(queue, "m")
    (message,) = (await world.receive(queue)).messages
    assert not redrive.is_exhausted(queue, message)
    twice = message._replace(receives=2)
    assert redrive.is_exhausted(queue, twice)
    assert not redrive.is_exhausted(queue, twice._replace(receives_before=1))


async def test_a_move_keeps_the_message_and_signals_where_it_went(world):
    dead, queue = await pair(world)
    await world.send(queue, "x" * 5_000)
    with world.signals.listen(dead.topic) as listener:
        for _ in range(3):
            await world.receive(queue)
            await world.clock.advance(30)
        assert await listener.wait(world.clock.now())
    (message,) = (await world.receive(dead)).messages
    assert (message.body, message.receives, message.receives_before) == ("x" * 5_000, 3, 2)
    assert message.dead_letter_source == f"{ARN}:q"


async def test_a_burial_removes_what_has_expired_among_the_dead_letters(world):
    """In a queue that is neither read nor sent to nobody else would."""
    dead = await world.queue("dead", MessageRetentionPeriod="60")
    queue = await world.queue(RedrivePolicy=f'{{"deadLetterTargetArn":"{ARN}:dead","maxReceiveCount":1}}')
    await world.send(dead, *map(str, range(redrive.EXPIRED_PER_BURIAL)))
    await world.clock.advance(60)
    await world.send(queue, "m")
    await world.receive(queue)
    await world.clock.advance(30)
    await world.receive(queue)
    counted = "SELECT count(*) FROM sqs_messages WHERE backlog_id = ?"
    assert await world.store.read(lambda tx: tx.one(counted, (dead.backlog_id,))) == (1,)


async def test_without_a_policy_or_a_target_there_is_no_dead_letter_queue(world):
    plain = await world.queue("plain")
    _, queue = await pair(world)
    find = redrive.dead_letter_queue
    assert await world.store.read(find, plain) is None
    assert (await world.store.read(find, queue)).name == "dead"
    await world.store.write(lambda tx: tx.run("DELETE FROM sqs_queues WHERE name = 'dead'"))
    assert await world.store.read(find, queue) is None
