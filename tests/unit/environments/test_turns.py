"""Whose turn it is."""

import asyncio
import math

import pytest

from lambent.environments import turns
from lambent.environments.turns import Starts, Turns

BRIEF_S, LONG_S = 0.001, 1.0


def taught(*, wall_s: float, processor_s: float = BRIEF_S) -> Turns:
    """On two processors."""
    known = Turns(2)
    for _ in range(4 * turns.LEARNT_MIN):
        known.learn(processor_s, wall_s)
    return known


def test_a_function_of_which_nothing_is_known_runs_as_often_as_it_is_asked() -> None:
    assert Turns(2).places == math.inf


def test_where_processor_time_is_not_told_nobody_waits() -> None:
    assert taught(wall_s=BRIEF_S, processor_s=0.0).places == math.inf


def test_a_function_that_only_computes_runs_on_each_processor_and_once_more() -> None:
    assert taught(wall_s=BRIEF_S).places == 3


def test_a_function_that_waits_runs_as_often_as_its_waiting_allows() -> None:
    known = taught(wall_s=LONG_S)
    waited_s = LONG_S - BRIEF_S - turns.ALLOWED_S
    assert known.places > 1 + 2 * waited_s / BRIEF_S / 2


def test_a_crowd_explains_why_events_take_longer() -> None:
    known = Turns(2)
    known._running = dict.fromkeys(range(10), 0.0)
    for _ in range(4 * turns.LEARNT_MIN):
        known.learn(BRIEF_S, 10 * BRIEF_S)
    assert known.places == 3


async def test_events_take_their_turn_in_the_order_in_which_they_came() -> None:
    known = taught(wall_s=BRIEF_S)
    first, *_ = [await known.begin() for _ in range(3)]
    order: list[str] = []
    tasks = [asyncio.create_task(_take(known, name, order)) for name in "abc"]
    await asyncio.sleep(0)
    assert order == []
    known.end(first)
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c"]


async def _take(known: Turns, name: str, order: list[str]) -> None:
    number = await known.begin()
    order.append(name)
    known.end(number)


async def test_who_runs_for_long_takes_no_place_from_the_others() -> None:
    known = taught(wall_s=BRIEF_S)
    for _ in range(3):
        await known.begin()
    async with asyncio.timeout(10):
        await known.begin()


async def test_who_no_longer_waits_takes_no_place() -> None:
    known = taught(wall_s=BRIEF_S)
    running = [await known.begin() for _ in range(3)]
    waiting = asyncio.create_task(known.begin())
    await asyncio.sleep(0)
    known.end(running.pop())
    waiting.cancel()  # its turn has come, and it does not know yet
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(known._running) == 2


async def test_no_more_start_at_once_than_the_processors_can_do_with() -> None:
    starts = Starts(1)
    first, second = await starts.begin("f"), await starts.begin("f")
    assert first is not None
    waiting = asyncio.create_task(starts.begin("f"))
    await asyncio.sleep(0)
    assert not waiting.done()
    starts.end(first)
    assert await waiting not in (None, first, second)


async def test_who_waits_to_start_takes_an_environment_of_its_plan_that_has_become_free() -> None:
    starts = Starts(1)
    for _ in range(2):
        await starts.begin("f")
    other = asyncio.create_task(starts.begin("g"))
    waiting = asyncio.create_task(starts.begin("f"))
    await asyncio.sleep(0)
    starts.freed("f")
    assert await waiting is None
    assert not other.done()
    other.cancel()


async def test_plans_take_turns_in_starting() -> None:
    starts = Starts(1)
    running = [await starts.begin("f") for _ in range(2)]
    order: list[str] = []
    tasks = [asyncio.create_task(_start(starts, plan, order)) for plan in ("f", "f", "f", "g")]
    await asyncio.sleep(0)
    for number in running:
        assert number is not None
        starts.end(number)
    await asyncio.gather(*tasks)
    assert order.index("g") < 2


async def _start(starts: Starts, plan: str, order: list[str]) -> None:
    number = await starts.begin(plan)
    order.append(plan)
    assert number is not None
    await asyncio.sleep(0)
    starts.end(number)


async def test_a_start_that_takes_long_keeps_nobody_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "START_AGED_S", 0.01)
    starts = Starts(1)
    for _ in range(2):
        await starts.begin("f")
    async with asyncio.timeout(10):
        assert await starts.begin("g") is not None


async def test_who_no_longer_waits_to_start_hands_on_what_it_was_given() -> None:
    starts = Starts(1)
    running = [await starts.begin("f") for _ in range(2)]
    gone, next_one = (asyncio.create_task(starts.begin("f")) for _ in range(2))
    await asyncio.sleep(0)
    assert running[0] is not None
    starts.end(running[0])
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await next_one is not None
