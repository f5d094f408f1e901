"""Timers: they fire once, in order, after restarts too, and one handler's defect holds up no other."""

import asyncio

import pytest
from tests.unit.durable.conftest import World, count, counts

from lambent.core.clock import NEVER, VirtualClock
from lambent.durable import tables
from lambent.durable.timekeeper import Timekeeper
from lambent.durable.timers import FIRED_MAX, Timers


def timers_of(world, fired, *, kinds=("test",)):
    timers = Timers(store=world.store, clock=world.clock, signals=world.signals)

    def handle(tx, timer):
        count(tx, timer.key)
        fired.append((timer.key, world.clock.now(), timer.payload))

    for kind in kinds:
        timers.on(kind, handle)
    return timers


async def test_timers_fire_in_order_each_at_its_instant(world):
    fired = []
    timers = timers_of(world, fired)
    world.run(timers)
    for key, due_at in (("c", 1030.0), ("a", 1010.0), ("b", 1020.0), ("d", 2000.0)):
        await world.store.write(timers.set, "test", key, due_at, {"of": key})
    await world.clock.advance(100)
    assert fired == [("a", 1010.0, {"of": "a"}), ("b", 1020.0, {"of": "b"}), ("c", 1030.0, {"of": "c"})]


async def test_a_timer_whose_transaction_rolls_back_was_never_set(world):
    fired = []
    timers = timers_of(world, fired)
    world.run(timers)

    def set_then_fail(tx):
        timers.set(tx, "test", "a", 1001.0)
        raise ValueError

    with pytest.raises(ValueError):
        await world.store.write(set_then_fail)
    await world.clock.advance(10)
    assert fired == []


async def test_setting_a_timer_again_replaces_it(world):
    fired = []
    timers = timers_of(world, fired)
    world.run(timers)
    await world.store.write(timers.set, "test", "a", 1010.0, "old")
    await world.store.write(timers.set, "test", "a", 1005.0, "new")
    await world.clock.advance(20)
    assert fired == [("a", 1005.0, "new")]


async def test_a_cancelled_timer_does_not_fire(world):
    fired = []
    timers = timers_of(world, fired)
    world.run(timers)
    await world.store.write(timers.set, "test", "a", 1010.0)
    assert await world.store.write(timers.cancel, "test", "a")
    assert not await world.store.write(timers.cancel, "test", "a")
    await world.clock.advance(20)
    assert fired == []


async def test_keys_of_two_accounts_are_two_timers(world):
    fired = []
    timers = timers_of(world, fired)
    world.run(timers)
    for account in ("1", "2"):
        await world.store.write(timers.set, "test", "a", 1010.0, account, account=account)
    await world.store.reset("1")
    await world.clock.advance(20)
    assert fired == [("a", 1010.0, "2")]


async def test_a_timer_survives_a_restart_and_fires_late_rather_than_never(world):
    fired = []
    await world.store.write(timers_of(world, fired).set, "test", "a", 1010.0, b"\x00bytes")
    world = await world.restart()
    await world.clock.advance(500)
    world.run(timers_of(world, fired))
    await world.clock.settle()
    assert fired == [("a", 1500.0, b"\x00bytes")]
    await world.end()


async def test_what_a_handler_writes_and_the_timers_end_are_one_transaction(world):
    timers = Timers(store=world.store, clock=world.clock, signals=world.signals)
    attempts = []

    def fail_first(tx, timer):
        count(tx, "attempts that committed")
        attempts.append(timer.failures)
        if len(attempts) < 4:
            raise RuntimeError("boom")

    timers.on("test", fail_first)
    world.run(timers)
    await world.store.write(timers.set, "test", "a", 1001.0)
    await world.clock.advance(100)
    assert await world.store.read(counts) == {"attempts that committed": 1}


async def test_one_handlers_defect_holds_up_no_other_timer(world):
    fired = []
    timers = timers_of(world, fired)

    def fail(tx, timer):
        raise RuntimeError("boom")

    timers.on("broken", fail)
    world.run(timers)
    await world.store.write(timers.set, "broken", "x", 1010.0)
    await world.store.write(timers.set, "test", "a", 1010.0)
    await world.store.write(timers.set, "test", "b", 1011.0)
    await world.clock.advance(11)
    assert [key for key, _, _ in fired if key != "x"][-2:] == ["a", "b"]
    assert await world.store.read(counts) == {"a": 1, "b": 1}


async def test_a_handler_may_set_its_timer_again(world):
    timers = Timers(store=world.store, clock=world.clock, signals=world.signals)

    def again(tx, timer):
        count(tx, "fired")
        timers.set(tx, "test", timer.key, timer.due_at + 10)

    timers.on("test", again)
    world.run(timers)
    await world.store.write(timers.set, "test", "a", 1010.0)
    await world.clock.advance(55)
    assert await world.store.read(counts) == {"fired": 5}


async def test_a_handler_may_cancel_a_timer_that_is_due_at_once(world):
    timers = Timers(store=world.store, clock=world.clock, signals=world.signals)

    def cancel_other(tx, timer):
        count(tx, timer.key)
        timers.cancel(tx, "test", "b" if timer.key == "a" else "a")

    timers.on("test", cancel_other)
    await world.store.write(timers.set, "test", "a", 1010.0)
    await world.store.write(timers.set, "test", "b", 1010.0)
    world.run(timers)
    await world.clock.advance(10)
    assert await world.store.read(counts) == {"a": 1}


async def test_thousands_due_at_once_fire_in_few_transactions(world):
    fired = []
    timers = timers_of(world, fired)
    number = FIRED_MAX * 4

    def set_all(tx):
        for key in range(number):
            timers.set(tx, "test", str(key), 1010.0)

    await world.store.write(set_all)
    commits = world.store._writer.commits
    world.run(timers)
    await world.clock.advance(10)
    assert [key for key, _, _ in fired] == [str(key) for key in range(number)]
    assert world.store._writer.commits - commits == 4


async def test_an_idle_loop_asks_the_store_nothing(world):
    timers = timers_of(world, [])
    world.run(timers)
    await world.store.write(timers.set, "test", "a", 1_000_000.0)
    await world.clock.settle()
    changes = world.clock.busy.changes
    await asyncio.sleep(0)
    await world.clock.advance(1000)
    assert world.clock.busy.changes == changes


async def test_timers_of_a_lane_are_fired_by_its_own_worker(world):
    fired = []
    timers = timers_of(world, fired)
    schedules = Timers(store=world.store, clock=world.clock, signals=world.signals, lane="schedules", is_background=True)
    schedules.on("tick", lambda tx, timer: fired.append((timer.key, timer.due_at, timer.payload)))
    world.run(timers)
    await world.store.write(schedules.set, "tick", "a", 1010.0)
    await world.store.write(timers.set, "test", "b", 1020.0)
    await world.clock.advance(30)
    assert fired == [("b", 1020.0, None)]
    world.run(schedules)
    await world.clock.settle()
    assert fired == [("b", 1020.0, None), ("a", 1010.0, None)]


async def test_a_background_timer_fires_when_time_passes_and_no_clock_jumps_for_it(world):
    fired = []
    schedules = Timers(store=world.store, clock=world.clock, signals=world.signals, lane="schedules", is_background=True)

    def tick(tx, timer):
        fired.append(timer.due_at)
        schedules.set(tx, "tick", "a", timer.due_at + 60)

    schedules.on("tick", tick)
    world.run(schedules)
    await world.store.write(schedules.set, "tick", "a", 1060.0)
    await world.clock.run_until_idle()
    assert fired == []
    await world.clock.advance(180)
    assert fired == [1060.0, 1120.0, 1180.0]


# ---- accounts with clocks of their own ----

ACCOUNT, OTHER = "111122223333", "444455556666"


async def keep_clocks(world):
    await Timekeeper(store=world.store, clocks=world.clock).restore("")


async def set_one_for_each(timers, world, due_at=1010.0):
    for account in (ACCOUNT, OTHER, ""):
        await world.store.write(timers.set, "test", account or "platform", due_at, account=account)


async def test_turning_an_accounts_clock_fires_its_timers_and_no_others(world):
    fired = []
    await keep_clocks(world)
    timers = timers_of(world, fired)
    world.run(timers)
    await set_one_for_each(timers, world)
    told = await world.clock.advance(10, ACCOUNT)
    assert [key for key, _, _ in fired] == [ACCOUNT]
    assert [(each.at, each.kind, each.key, each.account) for each in told] == [(1010.0, "test", ACCOUNT, ACCOUNT)]
    told = await world.clock.advance(10)
    assert [key for key, _, _ in fired] == [ACCOUNT, OTHER, "platform"]
    assert [each.key for each in told] == [OTHER, "platform"]


async def test_an_account_whose_clock_stands_keeps_its_timers_while_others_go_on(world):
    fired = []
    await keep_clocks(world)
    timers = timers_of(world, fired)
    world.run(timers)
    await world.clock.set_mode("virtual", ACCOUNT)
    await set_one_for_each(timers, world)
    await world.clock.advance(1000)
    assert [key for key, _, _ in fired] == [OTHER, "platform"]
    assert await world.store.read(tables.next_timers_due_at) == {ACCOUNT: 1010.0, "": NEVER}


async def test_timers_are_looked_at_again_when_a_clock_is_given_back(world):
    fired = []
    await keep_clocks(world)
    timers = timers_of(world, fired)
    world.run(timers)
    await world.clock.set_mode("virtual", ACCOUNT)
    await set_one_for_each(timers, world)
    await world.clock.advance(1000)
    await world.clock.release(ACCOUNT)
    await world.clock.settle()
    assert [key for key, _, _ in fired] == [OTHER, "platform", ACCOUNT]


async def test_after_a_restart_each_timer_is_due_by_its_own_clock_again(world):
    fired = []
    await keep_clocks(world)
    await world.clock.advance(5, ACCOUNT)
    await set_one_for_each(timers_of(world, fired), world)
    await world.end()
    world = World.begin(world.path, VirtualClock(start=0.0))
    await keep_clocks(world)
    world.run(timers_of(world, fired))
    await world.clock.advance(5, ACCOUNT)
    assert [key for key, _, _ in fired] == [ACCOUNT]
    await world.clock.advance(10)
    assert [key for key, _, _ in fired] == [ACCOUNT, OTHER, "platform"]
    await world.end()


async def test_a_timer_whose_handler_fails_is_postponed_by_its_own_clock(world):
    await keep_clocks(world)
    timers = Timers(store=world.store, clock=world.clock, signals=world.signals)
    attempts = []

    def fail_first(tx, timer):
        attempts.append(timer.failures)
        if len(attempts) < 3:  # together with others, then alone
            raise RuntimeError("boom")

    timers.on("test", fail_first)
    world.run(timers)
    await world.clock.set_mode("virtual", ACCOUNT)
    await world.store.write(timers.set, "test", "a", 1001.0, account=ACCOUNT)
    await world.clock.advance(100)
    assert attempts == []
    await world.clock.advance(1, ACCOUNT)
    assert attempts == [0, 0]
    await world.clock.advance(1, ACCOUNT)
    assert attempts == [0, 0, 1]
