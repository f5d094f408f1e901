"""One line of time: what is due, in order, and what a real line does by itself."""

import asyncio

import pytest

from lambent.core import timeline
from lambent.core.timeline import Alarm, Timeline


@pytest.fixture
def machine(monkeypatch):
    """The machine's time, to be set; it begins at 1000."""
    now = [1000.0]
    monkeypatch.setattr(timeline.moments, "wall_s", lambda: now[0])
    return now


def alarm(due_at, rung=None, **options):
    return Alarm(due_at, lambda: None if rung is None else rung.append(due_at), **options)


def test_what_is_due_comes_by_instant_those_of_one_as_they_were_set():
    line = Timeline(mode="virtual", at=0.0)
    late, first, background, second = alarm(20), alarm(10), alarm(10, is_background=True), alarm(10)
    for each in (late, first, background, second):
        line.add(each)
    assert line.due(5) == []
    assert line.due(30) == [first, background, second]
    assert line.due(30) == [late]
    assert line.due(30) == []


def test_the_next_instant_is_that_of_an_alarm_worth_a_jump():
    line = Timeline(mode="virtual", at=0.0)
    line.add(alarm(10, is_background=True))
    cancelled = alarm(15)
    line.add(cancelled)
    line.add(alarm(20))
    cancelled.cancel()
    assert line.next_due_at() == 20


def test_cancelled_alarms_do_not_pile_up():
    line = Timeline(mode="virtual", at=0.0)
    line.add(alarm(1))
    for number in range(10_000):
        each = alarm(10 + number)
        line.add(each)
        each.cancel()
        each.cancel()
    assert len(line._waiting) <= timeline.CANCELLED_MAX * 2 + 1
    assert line.next_due_at() == 1


def test_the_alarms_of_an_account_can_be_taken_away():
    line = Timeline(mode="virtual", at=0.0)
    mine, other = alarm(10, account="1"), alarm(11, account="2")
    line.add(mine)
    line.add(other)
    assert line.take("1") == [mine]
    assert line.due(20) == [other]


async def test_what_is_due_already_rings_without_a_turn():
    line = Timeline(mode="virtual", at=100.0)
    rung = asyncio.Event()
    line.add(Alarm(50, rung.set))
    await asyncio.wait_for(rung.wait(), 5)


async def test_a_real_line_looks_again_in_case_the_machine_was_suspended(machine, monkeypatch):
    naps = []
    loop = asyncio.get_running_loop()

    def call_later(delay_s, callback):
        naps.append(delay_s)
        machine[0] += 3600.0
        return loop.call_soon(callback)

    monkeypatch.setattr(
        timeline.asyncio, "get_running_loop", lambda: type("Loop", (), {"call_later": staticmethod(call_later)})
    )
    line = Timeline()
    rung = []
    line.add(alarm(5000.0, rung))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (naps, rung) == ([timeline.NAP_S_MAX] * 2, [5000.0])


async def test_a_real_line_has_one_timer_however_many_wait(machine):
    line = Timeline()
    for number in range(100):
        line.add(alarm(1001.0 + number))
    timer = line._timer
    line.add(alarm(1500.0))
    assert line._timer is timer
    line.close()
    assert line._timer is None


def test_a_real_line_that_begins_ahead_stays_ahead(machine):
    line = Timeline(ahead_s=3000.0)
    machine[0] += 5
    assert (line.now(), line.is_shifted) == (4005.0, True)
    assert not Timeline().is_shifted


async def test_changing_the_mode_never_goes_back(machine):
    line = Timeline(mode="virtual", at=4000.0)
    line.set_mode("real")
    assert line.now() == 4000.0
    machine[0] += 10
    line.set_mode("virtual")
    machine[0] += 10
    assert line.now() == 4010.0
    line.move(3.0)
    assert line.now() == 4010.0


async def test_who_asks_from_another_thread_while_the_mode_changes_is_told_no_earlier_time(monkeypatch):
    line = Timeline(mode="virtual", at=4000.0)
    told = []

    def wall_s():
        if not told:
            told.append(None)
            told[0] = line.now()  # as if from another thread, in the middle of the change
        return 1000.0

    monkeypatch.setattr(timeline.moments, "wall_s", wall_s)
    line.set_mode("real")
    assert told == [4000.0]
