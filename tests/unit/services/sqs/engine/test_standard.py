"""Receiving from standard queues: which messages, at what cost, and what is said of those to come."""

import pytest
from tests.unit.services.sqs.conftest import ARN, bodies

from lambent.core.clock import NEVER
from lambent.services.sqs import errors
from lambent.services.sqs.engine import standard
from lambent.services.sqs.engine.standard import Turn


async def test_a_full_receive_says_nothing_of_what_is_to_come(world):
    queue = await world.queue()
    await world.send(queue, "a", "b")
    assert (await world.receive(queue, 2)).next_visible_at == NEVER


async def test_a_short_receive_says_when_more_becomes_visible(world):
    queue = await world.queue()
    now = world.clock.now()
    await world.send(queue, "late", DelaySeconds=50)
    await world.send(queue, "held")
    received = await world.receive(queue, timeout_s=20)
    assert (bodies(received), received.next_visible_at) == (["held"], now + 20)
    await world.clock.advance(20)
    assert (await world.receive(queue, 5, timeout_s=100)).next_visible_at == now + 50


async def test_an_empty_queue_has_nothing_to_come(world):
    assert (await world.receive(await world.queue())).next_visible_at == NEVER


async def test_many_expired_messages_go_at_once(world):
    queue = await world.queue(MessageRetentionPeriod="60")
    for _ in range(30):
        await world.send(queue, *map(str, range(100)))
    await world.clock.advance(60)
    await world.send(queue, "young")
    assert bodies(await world.receive(queue)) == ["young"]
    counted = await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_messages"))
    assert counted == (1,)


async def test_a_receive_that_cannot_get_through_says_that_there_is_more(world, monkeypatch):
    monkeypatch.setattr(standard, "ROUNDS_MAX", 2)
    monkeypatch.setattr(standard, "EXPIRED_PER_ROUND", 1)
    queue = await world.queue(MessageRetentionPeriod="60")
    await world.send(queue, *map(str, range(50)))
    await world.clock.advance(60)
    received = await world.receive(queue)
    assert (received.messages, received.next_visible_at) == ([], world.clock.now())


async def test_one_transaction_clears_away_only_so_many(world):
    """All other writers wait for it."""
    queue = await world.queue(MessageRetentionPeriod="60")
    count = 8_000
    await world.send(queue, *map(str, range(count)))
    await world.clock.advance(60)
    await world.receive(queue)
    (left,) = await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_messages"))
    assert 0 < left < count


async def test_what_is_to_be_visible_at_once_is_found_behind_what_has_expired(world):
    queue = await world.queue(MessageRetentionPeriod="60")
    await world.send(queue, *map(str, range(20)))
    await world.clock.advance(60)
    await world.send(queue, "young")
    assert bodies(await world.receive(queue, timeout_s=0)) == ["young"]


async def test_dead_letters_make_way_for_the_living(world):
    await world.queue("dead")
    policy = f'{{"deadLetterTargetArn":"{ARN}:dead","maxReceiveCount":1}}'
    queue = await world.queue(RedrivePolicy=policy)
    await world.send(queue, *map(str, range(25)))
    for _ in range(3):
        await world.receive(queue)
    await world.clock.advance(30)
    await world.send(queue, "good")
    assert bodies(await world.receive(queue)) == ["good"]


async def test_messages_in_flight_are_counted_when_there_may_be_too_many(world, monkeypatch):
    monkeypatch.setattr(standard, "IN_FLIGHT_MAX", 2)
    queue = await world.queue()
    await world.send(queue, "a", "b", "c")
    assert (await world.receive(queue, 1, counts_in_flight=True)).in_flight_before == 0
    assert (await world.receive(queue, 1, counts_in_flight=True)).in_flight_before == 1
    with pytest.raises(errors.TooManyInFlight):
        await world.receive(queue, 1, counts_in_flight=True)


# ---- fair queues -----------------------------------------------------------------------------------------------------


async def test_groups_take_turns(world):
    queue = await world.queue()
    turn = Turn()
    for group in ("noisy", "quiet"):
        for number in range(20 if group == "noisy" else 2):
            await world.send(queue, f"{group}-{number}", MessageGroupId=group)
            await world.clock.advance(0.001)
    first = bodies(await world.receive(queue, 4, turn=turn))
    assert sum(body.startswith("quiet") for body in first) >= 1
    second = bodies(await world.receive(queue, 4, turn=turn))
    assert sum(body.startswith("quiet") for body in first + second) == 2


async def test_a_group_that_is_alone_gets_everything(world):
    queue = await world.queue()
    await world.send(queue, *map(str, range(15)), MessageGroupId="g")
    turn = Turn()
    assert len((await world.receive(queue, 10, turn=turn)).messages) == 10
    assert len((await world.receive(queue, 10, turn=turn)).messages) == 5
    assert (await world.receive(queue, 10, turn=turn)).messages == []


async def test_no_message_is_found_twice_though_it_stays_visible(world):
    queue = await world.queue()
    await world.send(queue, "a", MessageGroupId="g")
    await world.send(queue, "b")
    received = await world.receive(queue, 10, timeout_s=0, turn=Turn())
    assert sorted(bodies(received)) == ["a", "b"]


async def test_more_groups_than_are_looked_at_hide_nothing(world, monkeypatch):
    monkeypatch.setattr(standard, "GROUPS_LOOKED_AT_MAX", 4)
    queue = await world.queue()
    for number in range(20):
        await world.send(queue, str(number), MessageGroupId=f"g{number:02}")
    turn = Turn()
    found = [body for _ in range(4) for body in bodies(await world.receive(queue, 5, turn=turn))]
    assert sorted(found, key=int) == [str(number) for number in range(20)]


async def test_who_knows_nothing_of_a_backlog_is_told_whether_it_has_groups(world):
    queue = await world.queue()
    await world.send(queue, "a")
    assert not (await world.receive(queue, 1, counts_in_flight=True)).has_groups
    await world.send(queue, "b", MessageGroupId="g")
    assert (await world.receive(queue, 1, counts_in_flight=True)).has_groups


async def test_what_expires_after_it_was_received_is_not_received_again(world):
    queue = await world.queue(MessageRetentionPeriod="60")
    await world.send(queue, "a", "b")
    await world.receive(queue, timeout_s=50)
    await world.clock.advance(40)
    await world.send(queue, "c")
    await world.clock.advance(20)
    assert bodies(await world.receive(queue)) == ["c"]
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM sqs_messages")) == (1,)
