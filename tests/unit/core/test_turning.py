"""Turning: that it ends, and what it tells. How sleepers wake is told in test_clock.py."""

import asyncio

import pytest

from lambent.core import turning
from lambent.core.timeline import Alarm, Timeline
from lambent.core.turning import Fired, Turner
from lambent.core.work import Busy


@pytest.fixture
def busy():
    return Busy()


@pytest.fixture
def turner(busy):
    return Turner(busy, Busy(), lambda line: None)


async def test_what_never_ends_holds_no_turn_for_ever(turner, busy, monkeypatch, caplog):
    monkeypatch.setattr(turning, "SETTLE_S_MAX", 0.01)
    line = Timeline(mode="virtual", at=0.0)
    with busy.working():
        await asyncio.wait_for(turner.advance(line, seconds=5), 5)
    assert line.now() == 5.0
    assert "unsettled" in caplog.text


async def test_what_fires_outside_of_a_turn_is_told_to_nobody(turner):
    line = Timeline(mode="virtual", at=0.0)
    turner.note(Fired(0.0, "test.before", "", "", ""))
    line.add(Alarm(1.0, lambda: turner.note(Fired(1.0, "test.within", "", "", ""))))
    assert [each.kind for each in await turner.advance(line, seconds=5)] == ["test.within"]


async def test_only_so_much_is_told_but_all_is_counted(turner, monkeypatch):
    monkeypatch.setattr(turning, "FIRED_MAX", 3)
    line = Timeline(mode="virtual", at=0.0)
    for number in range(10):
        line.add(Alarm(1.0 + number, lambda: None, kind="test.alarm"))
    fired = await turner.advance(line, seconds=100)
    assert (len(fired), fired.total) == (3, 10)


async def test_a_turn_that_is_given_up_lets_the_next_one_in(turner, busy):
    line = Timeline(mode="virtual", at=0.0)
    with busy.working():
        turn = asyncio.create_task(turner.advance(line, seconds=5))
        await asyncio.sleep(0)
        turn.cancel()
    await turner.advance(line, seconds=5)
    assert line.now() == 5.0
