"""Signals: nobody misses one, nobody waits in a busy loop, nothing is left behind."""

import asyncio

import pytest

from lambent.core.clock import NEVER, VirtualClock
from lambent.durable.signals import Signals


@pytest.fixture
def clock():
    return VirtualClock(start=0.0)


@pytest.fixture
def signals(clock):
    return Signals(clock)


async def test_a_signal_wakes_all_who_wait_for_its_topic_and_no_others(signals, clock):
    waits = [asyncio.create_task(signals.wait(topic)) for topic in ("a", "a", "b")]
    await clock.settle()
    signals.notify("a")
    await clock.settle()
    assert [wait.done() for wait in waits] == [True, True, False]
    waits[2].cancel()
    await asyncio.gather(*waits, return_exceptions=True)


async def test_a_wait_tells_whether_a_signal_or_the_instant_came_first(signals, clock):
    signalled, timed_out = asyncio.create_task(signals.wait("a", 10.0)), asyncio.create_task(signals.wait("b", 10.0))
    await clock.settle()
    signals.notify("a")
    await clock.advance(10)
    assert (await signalled, await timed_out) == (True, False)


async def test_a_signal_between_the_look_and_the_sleep_is_heard(signals):
    with signals.listen("a") as listener:
        signals.notify("a")
        assert await listener.wait(10.0)


async def test_signals_while_nobody_sleeps_are_kept_as_one(signals, clock):
    with signals.listen("a") as listener:
        signals.notify("a")
        signals.notify("a")
        assert await listener.wait(10.0)
        second = asyncio.create_task(listener.wait(10.0))
        await clock.advance(10)
        assert not await second


async def test_a_signal_nobody_listens_to_is_forgotten(signals, clock):
    signals.notify("a")
    wait = asyncio.create_task(signals.wait("a", 5.0))
    await clock.advance(5)
    assert not await wait


async def test_a_cancelled_wait_leaves_nothing_behind(signals, clock):
    before = asyncio.all_tasks()
    wait = asyncio.create_task(signals.wait("a", 10.0))
    await clock.settle()
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    await clock.settle()
    assert signals._listeners == {}
    assert asyncio.all_tasks() == before


async def test_a_commit_that_signalled_wakes_who_listens(world):
    wait = asyncio.create_task(world.signals.wait("a"))
    await world.clock.settle()
    await world.store.write(lambda tx: tx.signal("a"))
    assert await wait


async def test_who_serves_many_accounts_sleeps_until_the_first_is_due_by_its_own_clock(signals, clock):
    await clock.advance(0, "111122223333")
    with signals.listen("a") as listener:
        due_at = {"111122223333": clock.now() + 10, "": clock.now() + 20}
        wait = asyncio.create_task(listener.wait(due_at))
        await clock.advance(19)
        assert not wait.done()
        await clock.advance(10, "111122223333")
        assert not await wait


async def test_who_serves_many_accounts_looks_again_when_one_is_given_a_clock(signals, clock):
    with signals.listen("a") as listener:
        wait = asyncio.create_task(listener.wait({"": clock.now() + 20}))
        await clock.settle()
        await clock.set_mode("virtual", "111122223333")
        assert await wait


async def test_who_serves_many_accounts_hears_of_a_clock_that_was_made_while_it_looked(signals, clock):
    with signals.listen("a") as listener:
        assert not await listener.wait({"": clock.now()})
        await clock.set_mode("virtual", "111122223333")
        assert await asyncio.wait_for(listener.wait({"": NEVER}), timeout=10)
    assert clock._watchers == {}


async def test_a_topic_is_what_fired_unless_said_otherwise(signals, clock):
    for options in ({}, {"kind": "test.other", "key": "k"}, {"kind": ""}):
        with signals.listen("test.topic") as listener:
            wait = asyncio.create_task(listener.wait(clock.now() + 1, **options))
            told = await clock.advance(1)
            assert not await wait
            assert [(each.kind, each.key) for each in told] == {
                0: [("test.topic", "")], 2: [("test.other", "k")], 1: [],
            }[len(options)]  # fmt: skip


async def test_a_wait_in_the_background_is_nothing_to_jump_to(signals, clock):
    with signals.listen("a") as listener:
        wait = asyncio.create_task(listener.wait(clock.now() + 1, is_background=True))
        await clock.settle()
        assert await clock.run_until_idle() == []
        wait.cancel()


async def test_a_clock_that_is_made_while_nobody_sleeps_is_heard_by_who_serves_many_accounts(signals, clock):
    with signals.listen("a") as listener:
        signals.notify("a")
        assert await listener.wait({"": 10.0})
        await clock.set_mode("virtual", "111122223333")  # while it looks, as it were
        assert await listener.wait({"": 10.0})
    await clock.release("111122223333")
    assert not listener._is_signalled
