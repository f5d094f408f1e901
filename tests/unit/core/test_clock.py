"""The clocks: the virtual one wakes sleepers in order and lets everything settle in between."""

import asyncio

import pytest

from lambent.core import clock as module
from lambent.core.clock import Busy, RealClock, VirtualClock


@pytest.fixture
async def tasks():
    started = []
    yield lambda coroutine: started.append(asyncio.create_task(coroutine)) or started[-1]
    for task in started:
        task.cancel()
    await asyncio.gather(*started, return_exceptions=True)


async def note(clock, seen, name, due_at):
    await clock.sleep_until(due_at)
    seen.append((name, clock.now()))


async def test_a_virtual_clock_stands_still_until_it_is_turned(tasks):
    clock = VirtualClock(start=100.0)
    seen = []
    tasks(note(clock, seen, "a", 101.0))
    await clock.settle()
    assert (clock.now(), seen) == (100.0, [])


async def test_sleepers_wake_in_order_of_time_each_at_its_own_instant(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    for name, due_at in (("c", 30.0), ("a", 10.0), ("b", 20.0), ("d", 40.5)):
        tasks(note(clock, seen, name, due_at))
    await clock.advance(40)
    assert seen == [("a", 10.0), ("b", 20.0), ("c", 30.0)]
    assert clock.now() == 40.0


async def test_sleepers_of_one_instant_wake_in_the_order_they_lay_down(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    for name in "abc":
        tasks(note(clock, seen, name, 5.0))
    await clock.advance(5)
    assert [name for name, _ in seen] == ["a", "b", "c"]


async def test_who_goes_to_sleep_again_within_the_span_is_woken_again(tasks):
    clock = VirtualClock(start=0.0)
    seen = []

    async def every_ten_seconds():
        while True:
            await clock.sleep_until(clock.now() + 10)
            seen.append(clock.now())

    tasks(every_ten_seconds())
    await clock.advance(35)
    assert seen == [10.0, 20.0, 30.0]


async def test_a_chain_of_tasks_settles_before_the_next_sleeper_wakes(tasks):
    clock = VirtualClock(start=0.0)
    seen = []

    async def chain():
        await clock.sleep_until(10)
        for _ in range(module.QUIET_TURNS // 2):
            await asyncio.sleep(0)
        seen.append(("chain", clock.now()))

    tasks(chain())
    tasks(note(clock, seen, "next", 11.0))
    await clock.advance(20)
    assert seen == [("chain", 10.0), ("next", 11.0)]


async def test_the_clock_waits_for_work_in_flight_on_other_threads(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    gate = asyncio.Event()

    async def worker():
        await clock.sleep_until(10)
        with clock.busy.working():
            await gate.wait()
        seen.append(("worked", clock.now()))

    tasks(worker())
    tasks(note(clock, seen, "next", 11.0))
    turning = tasks(clock.advance(20))
    await asyncio.to_thread(lambda: None)
    assert seen == []
    gate.set()
    await turning
    assert seen == [("worked", 10.0), ("next", 11.0)]


async def test_a_cancelled_sleeper_is_passed_over(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    tasks(note(clock, seen, "cancelled", 10.0)).cancel()
    sleeper = tasks(note(clock, seen, "asleep", 10.0))
    await clock.settle()
    sleeper.cancel()
    tasks(note(clock, seen, "other", 10.0))
    await clock.advance(10)
    assert seen == [("other", 10.0)]


async def test_turns_asked_for_at_once_happen_one_after_another(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    tasks(note(clock, seen, "a", 15.0))
    await asyncio.gather(clock.advance(10), clock.advance(10))
    assert (clock.now(), seen) == (20.0, [("a", 15.0)])


async def test_sleeping_until_the_past_lets_others_run_and_returns():
    clock = VirtualClock(start=100.0)
    await clock.sleep_until(50.0)
    assert clock.now() == 100.0


async def test_the_real_clock_sleeps_until_its_instant_has_come():
    clock = RealClock()
    due_at = clock.now() + 0.01
    await clock.sleep_until(due_at)
    assert clock.now() >= due_at


async def test_the_real_clock_looks_again_in_case_the_machine_was_suspended(monkeypatch):
    now, naps = [1000.0], []

    async def nap(delay_s):
        naps.append(delay_s)
        now[0] += 3600.0

    monkeypatch.setattr(module.time, "time", lambda: now[0])
    monkeypatch.setattr(module.asyncio, "sleep", nap)
    await RealClock().sleep_until(5000.0)
    assert naps == [module.NAP_S_MAX] * 2


async def test_idle_returns_when_the_last_work_has_ended(tasks):
    busy = Busy()
    busy.began()
    busy.began()
    idle = tasks(busy.idle())
    busy.ended()
    await asyncio.sleep(0)
    assert not idle.done()
    busy.ended()
    await idle


def test_ending_more_work_than_began_is_a_defect():
    with pytest.raises(AssertionError, match="more work ended"):
        Busy().ended()


def test_the_machines_clocks_move_forward():
    assert module.monotonic_s() <= module.monotonic_s()
    assert module.wall_s() > 1_700_000_000
