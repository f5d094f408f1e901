"""The clocks: the virtual one wakes sleepers in order and lets everything settle in between."""

import asyncio

import pytest

from lambent.core import turning
from lambent.core.clock import (
    NEVER,
    ClockRefusal,
    Clocks,
    NeverIdle,
    RealClock,
    VirtualClock,
    Work,
    acting_for,
    resting,
    wall_s,
)

ACCOUNT, OTHER = "111122223333", "444455556666"


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
        for _ in range(turning.QUIET_TURNS // 2):
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


async def test_a_real_clock_cannot_be_turned():
    clock = RealClock()
    with pytest.raises(ClockRefusal, match="Make it virtual first"):
        await clock.advance(1)


async def test_time_does_not_go_back_nor_beyond_what_can_be_written():
    clock = VirtualClock(start=1000.0)
    with pytest.raises(ClockRefusal, match="time does not go back"):
        await clock.set_time(999.0)
    with pytest.raises(ClockRefusal, match="No clock goes beyond"):
        await clock.advance(1e15)
    assert clock.now() == 1000.0


async def test_setting_the_clock_wakes_all_between(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    tasks(note(clock, seen, "a", 10.0))
    await clock.set_time(20.0)
    assert (clock.now(), seen) == (20.0, [("a", 10.0)])


async def test_who_turns_the_clock_is_told_what_fired_in_order(tasks):
    clock = VirtualClock(start=0.0)
    tasks(clock.sleep_until(20, kind="test.second", key="b"))
    tasks(clock.sleep_until(10, kind="test.first", key="a"))
    tasks(clock.sleep_until(15))
    await clock.settle()
    fired = await clock.advance(30)
    assert [(each.at, each.kind, each.key) for each in fired] == [(10, "test.first", "a"), (20, "test.second", "b")]
    assert await clock.advance(30) == []


async def test_what_was_not_due_yet_when_cancelled_is_not_kept(tasks):
    clock = VirtualClock(start=0.0)
    sleepers = [tasks(clock.sleep_until(1e6 + number)) for number in range(1000)]
    await clock.settle()
    for sleeper in sleepers[1:]:
        sleeper.cancel()
    await clock.settle()
    assert len(clock._platform._waiting) < 100


async def test_ten_thousand_sleepers_of_one_instant_wake_together(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    for number in range(10_000):
        tasks(note(clock, seen, number, 5.0))
    turns = asyncio.create_task(count_turns())
    await clock.advance(5)
    turns.cancel()
    assert [name for name, _ in seen] == list(range(10_000))
    assert count_turns.turns < 1_000


async def count_turns():
    count_turns.turns = 0
    while True:
        await asyncio.sleep(0)
        count_turns.turns += 1


# ---- until idle ----


async def test_until_idle_jumps_until_nothing_is_left_but_housekeeping(tasks):
    clock = VirtualClock(start=0.0)
    seen = []

    async def housekeeping():
        while True:
            await clock.sleep_until(clock.now() + 30, is_background=True)
            seen.append(("swept", clock.now()))

    async def retries():
        for delay_s in (60, 120):
            await clock.sleep_until(clock.now() + delay_s, kind="test.retry")
            seen.append(("tried", clock.now()))

    tasks(housekeeping())
    tasks(retries())
    fired = await clock.run_until_idle()
    assert [at for what, at in seen if what == "tried"] == [60.0, 180.0]
    assert [at for what, at in seen if what == "swept"] == [30.0 * number for number in range(1, 7)]
    assert [each.at for each in fired] == [60.0, 180.0]
    assert clock.now() == 180.0


async def test_what_repeats_for_ever_is_given_up_and_named(tasks):
    clock = VirtualClock(start=0.0)

    async def every_minute():
        while True:
            await clock.sleep_until(clock.now() + 60, kind="test.rule", key="every-minute")

    tasks(every_minute())
    with pytest.raises(NeverIdle, match="rule of every-minute, 100 times"):
        await clock.run_until_idle(jumps_max=100)
    assert clock.now() == 6_000.0
    with pytest.raises(NeverIdle, match="After 10 jumps"):
        await clock.run_until_idle(span_s_max=600)


# ---- modes ----


async def test_a_clock_made_virtual_stands_where_the_machines_time_was(tasks):
    clock = RealClock()
    seen = []
    due_at = clock.now() + 3_600
    tasks(note(clock, seen, "a", due_at))
    await clock.settle()
    await clock.set_mode("virtual")
    assert abs(clock.now() - wall_s()) < 5
    await clock.advance(3_601)
    assert seen == [("a", due_at)]


async def test_a_clock_made_real_goes_on_from_where_it_stood():
    clock = VirtualClock(start=wall_s() + 1_000_000)
    stood = clock.now()
    await clock.set_mode("real")
    assert stood <= clock.now() < stood + 60
    assert clock.shift_s() == pytest.approx(1_000_000, abs=60)
    behind = VirtualClock(start=0.0)
    await behind.set_mode("real")
    assert (abs(behind.now() - wall_s()) < 5, behind.shift_s()) == (True, 0.0)


async def test_what_fell_due_while_the_clock_stood_rings_when_it_is_made_real(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    sleeper = tasks(note(clock, seen, "a", 1000.0))
    await clock.settle()
    await clock.set_mode("real")
    await sleeper
    assert [name for name, _ in seen] == ["a"]


async def test_an_automatic_clock_jumps_whenever_nothing_is_in_flight(tasks):
    clock = Clocks("auto", start=1.0)
    clock.start()
    gate = asyncio.Event()
    with clock.busy.working():
        sleeper = tasks(clock.sleep_until(1e6))
        tasks(open_later(gate))
        await gate.wait()
        assert clock.now() == 1.0
    await sleeper
    assert clock.now() == 1e6
    await clock.stop()


async def open_later(gate):
    for _ in range(turning.QUIET_TURNS * 3):
        await asyncio.sleep(0)
    gate.set()


async def test_an_automatic_clock_waits_for_requests_but_not_for_those_that_wait_for_it(tasks):
    clock = Clocks("auto", start=1.0)
    clock.start()
    gate = asyncio.Event()

    async def request():
        with Work(ACCOUNT, busy=clock.requests, is_request=True):
            await gate.wait()
            await clock.sleep_until(500.0)  # a long poll

    polling = tasks(request())
    sleeper = tasks(clock.sleep_until(1e6))
    tasks(open_later(later := asyncio.Event()))
    await later.wait()
    assert clock.now() == 1.0
    gate.set()
    await sleeper
    await polling
    assert clock.now() == 1e6
    await clock.stop()


async def test_an_automatic_clock_with_nothing_due_does_nothing():
    clock = Clocks("auto", start=1.0)
    clock.start()
    with clock.busy.working():
        pass
    await clock.settle()
    changes = clock.busy.changes
    jumping = clock._jumping[""]
    await clock.settle()
    assert (clock.busy.changes, clock.now(), jumping.done()) == (changes, 1.0, False)
    await clock.stop()
    assert jumping.cancelled()


# ---- clients that wait ----


async def test_no_clock_jumps_for_a_client_that_waits_and_none_is_held_by_one(tasks):
    clock = VirtualClock(start=0.0)
    seen = []

    async def function():
        with Work(ACCOUNT, busy=clock.busy) as run:
            clock.busy.runs["KEY"] = run
            await tasks(poll())

    async def poll():
        with Work(ACCOUNT, busy=clock.requests, is_request=True) as request:
            request.parent = clock.busy.runs["KEY"]
            await clock.sleep_until(20.0)
            seen.append(clock.now())

    running = tasks(function())
    await clock.settle()
    assert await clock.run_until_idle() == []
    assert clock.now() == 0.0
    await clock.advance(30)
    await running
    assert (seen, clock.busy.count, clock.requests.count) == ([20.0], 0, 0)


async def test_a_client_waits_no_longer_than_in_real_time(tasks):
    clock = VirtualClock(start=0.0)
    with Work(ACCOUNT, busy=clock.requests, is_request=True):
        async with asyncio.timeout(5):
            await clock.sleep_until(0.01)
    assert clock.now() == 0.0


async def test_a_client_that_waits_when_the_clock_is_stopped_waits_no_longer_either(tasks):
    clock = RealClock()

    async def poll():
        with Work(ACCOUNT, busy=clock.requests, is_request=True):
            await clock.sleep_until(clock.now() + 0.05)

    polling = tasks(poll())
    await clock.settle()
    await clock.set_mode("virtual")
    await asyncio.wait_for(polling, 5)


# ---- accounts ----


async def test_turning_an_accounts_clock_wakes_nobody_elses_sleepers(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    for account in (ACCOUNT, OTHER):
        tasks(note(clock.of(account), seen, account, 10.0))
    await clock.settle()
    await clock.advance(10, ACCOUNT)
    assert seen == [(ACCOUNT, 10.0)]
    assert (clock.now(), clock.of(ACCOUNT).now(), clock.of(OTHER).now()) == (0.0, 10.0, 0.0)
    await clock.advance(20)
    assert seen == [(ACCOUNT, 10.0), (OTHER, 10.0)]
    assert clock.of(ACCOUNT).now() == 10.0


async def test_now_is_the_time_of_the_account_for_which_one_acts():
    clock = VirtualClock(start=0.0)
    await clock.advance(100, ACCOUNT)
    with acting_for(ACCOUNT):
        assert clock.now() == 100.0
        with acting_for(OTHER):
            assert clock.now() == 0.0
        assert await asyncio.create_task(asked(clock)) == 100.0
    assert clock.now() == 0.0


async def asked(clock):
    return clock.now()


async def test_an_account_may_have_a_virtual_clock_where_the_platforms_is_real():
    clock = RealClock()
    await clock.set_mode("virtual", ACCOUNT)
    assert clock.state(ACCOUNT).mode == "virtual"
    assert clock.state().mode == "real"
    stood = clock.of(ACCOUNT).now()
    await clock.advance(1_000_000, ACCOUNT)
    assert clock.of(ACCOUNT).now() == stood + 1_000_000
    assert clock.of(ACCOUNT).shift_s() == pytest.approx(1_000_000, abs=60)
    assert (clock.shift_s(), clock.is_virtual) == (0.0, True)


async def test_sleepers_go_along_when_an_accounts_clock_is_made_and_given_back(tasks):
    clock = VirtualClock(start=0.0)
    seen = []
    tasks(note(clock.of(ACCOUNT), seen, "a", 10.0))
    await clock.settle()
    await clock.advance(5, ACCOUNT)
    await clock.advance(50)
    assert seen == []
    await clock.release(ACCOUNT)
    await clock.settle()
    assert seen == [("a", 50.0)]


async def test_who_watches_is_told_of_clocks_made_and_given_back():
    clock = VirtualClock(start=0.0)
    told = []
    watcher = lambda: told.append(clock.has_own(ACCOUNT))  # noqa: E731
    clock.watch(watcher)
    await clock.advance(1, ACCOUNT)
    await clock.release(ACCOUNT)
    await clock.release(ACCOUNT)
    clock.unwatch(watcher)
    await clock.advance(1, ACCOUNT)
    assert told == [True, False]


async def test_the_earliest_of_many_dues_is_told_by_clock():
    clock = VirtualClock(start=0.0)
    await clock.advance(1, ACCOUNT)
    dues = [(ACCOUNT, 50.0), (OTHER, 30.0), ("", 40.0), (ACCOUNT, 45.0)]
    assert clock.earliest(dues) == {ACCOUNT: 45.0, "": 30.0}
    assert clock.moments() == {ACCOUNT: 1.0, "": 0.0}


async def test_clocks_are_kept_as_they_move_and_before_they_are_there():
    kept = {}

    async def save(account, line):
        kept[account] = (line.mode, line.now())

    async def forget(account):
        del kept[account]

    clock = VirtualClock(start=0.0)
    clock.keep(save, forget)
    await clock.advance(10)
    await clock.advance(5, ACCOUNT)
    await clock.set_mode("auto", OTHER)
    assert kept == {"": ("virtual", 10.0), ACCOUNT: ("virtual", 15.0), OTHER: ("auto", 10.0)}
    await clock.release(OTHER)
    assert OTHER not in kept


async def test_a_clock_that_is_taken_away_while_it_turns_is_not_kept_as_the_platforms():
    kept = {}

    async def save(account, line):
        kept[account] = line.now()

    async def forget(account):
        kept.pop(account, None)

    clock = VirtualClock(start=0.0)
    clock.keep(save, forget)
    with clock.busy.working():
        turn = asyncio.create_task(clock.advance(1_000, ACCOUNT))
        for _ in range(5):
            await asyncio.sleep(0)
        assert clock.has_own(ACCOUNT)
        await clock.release(ACCOUNT)
    await turn
    await clock.settle()
    assert kept == {}


async def test_a_clock_that_is_made_real_while_it_turns_turns_no_further_and_forgets_no_sleeper(tasks):
    clock = VirtualClock(start=wall_s())
    work = clock.busy.working()
    due_at = clock.now() + 500
    is_turning = asyncio.Event()
    clock.call_at(clock.now() + 1, lambda: (work.__enter__(), is_turning.set()))
    tasks(clock.sleep_until(due_at))
    turn = tasks(clock.advance(1_000))
    await is_turning.wait()
    await clock.set_mode("real")
    work.__exit__(None, None, None)
    with pytest.raises(ClockRefusal, match="real"):
        await turn
    assert clock.state().next_due_at == due_at


async def test_a_reset_takes_the_clocks_of_accounts_away():
    clock = VirtualClock(start=0.0)
    await clock.advance(5, ACCOUNT)
    await clock.advance(5, OTHER)
    clock.drop(ACCOUNT)
    assert (clock.has_own(ACCOUNT), clock.has_own(OTHER)) == (False, True)
    clock.drop(None)
    assert not clock.has_own(OTHER)


async def test_what_is_due_never_has_no_alarm():
    clock = VirtualClock(start=0.0)
    clock.call_at(NEVER, lambda: None)
    clock.call_at(float("inf"), lambda: None)
    assert clock.state().next_due_at == NEVER


async def test_resting_outside_of_any_work_is_nothing():
    with resting():
        pass
