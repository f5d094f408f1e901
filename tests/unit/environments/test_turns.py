"""Whose turn it is."""

import asyncio
import math

import pytest

from lambent.environments import turns
from lambent.environments.turns import Starts, Turns


class Environment:
    def __init__(self, *, computes: bool) -> None:
        self.computes = computes

    def is_computing(self) -> bool:
        return self.computes


def taught(*, processor_s: float = 0.001, waits: float = 1.0) -> Turns:
    known = Turns(1)
    for _ in range(turns.WINDOWS_MIN):
        known.learn((processor_s, waits))
    return known


def test_a_function_of_which_nothing_is_known_runs_as_often_as_it_is_asked() -> None:
    known = Turns(2)
    for _ in range(turns.WINDOWS_MIN - 1):
        known.learn((0.001, 1.0))
    assert known.places == math.inf


def test_a_function_that_only_computes_runs_as_often_as_there_are_places() -> None:
    assert taught().places == 3


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three, though the tests have one processor."""
    monkeypatch.setattr(turns, "PLACES_SPARE", 2)


@pytest.mark.parametrize(("processor_s", "waits"), [(0.001, 2.0), (1.0, 1.0)], ids=["waits", "is not brief"])
def test_a_function_that_waits_or_is_not_brief_runs_as_often_as_it_is_asked(processor_s: float, waits: float) -> None:
    assert taught(processor_s=processor_s, waits=waits).places == math.inf
    known = taught()
    known.learn((processor_s, waits))
    assert known.places == math.inf


async def test_it_is_crowded_when_more_wait_than_are_under_way() -> None:
    known = taught()
    numbers = [await known.begin() for _ in range(3)]
    tasks = [asyncio.create_task(known.begin()) for _ in range(4)]
    await asyncio.sleep(0)
    assert known.is_crowded
    known.end(numbers.pop())
    await asyncio.sleep(0)
    assert not known.is_crowded
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_events_take_their_turn_in_the_order_in_which_they_came() -> None:
    known = taught()
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


@pytest.mark.parametrize("computes", [True, False], ids=["computes", "sleeps"])
async def test_who_runs_for_long_takes_no_place_from_the_others(computes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S_MAX", 3600)
    known = taught()
    for _ in range(3):
        known.runs_on(await known.begin(), Environment(computes=computes))
    async with asyncio.timeout(10):
        await known.begin()


async def test_who_computes_keeps_its_place_for_longer_than_who_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COMPUTING_S_MAX", 3600)
    known = taught()
    numbers = [await known.begin() for _ in range(3)]
    for number in numbers:
        known.runs_on(number, Environment(computes=number != numbers[1]))
    async with asyncio.timeout(10):
        await known.begin()
    assert numbers[1] not in known._running
    assert {numbers[0], numbers[2]} <= known._running.keys()


async def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COMPUTING_S_MAX", 3600)
    monkeypatch.setattr(turns, "WAIT_S_MAX", 0.05)
    known = taught()
    for _ in range(3):
        known.runs_on(await known.begin(), Environment(computes=True))
    async with asyncio.timeout(10):
        await known.begin()
    assert len(known._running) == 4


async def test_who_no_longer_waits_takes_no_place() -> None:
    known = taught()
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


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_start_that_waits_for_something_keeps_nobody_from_starting(
    monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    monkeypatch.setattr(turns, "START_LOOK_S", 0.001)
    monkeypatch.setattr(turns, "START_AGED_S" if is_known else "START_UNKNOWN_S_MAX", 0.01)
    starts = Starts(1)
    for _ in range(2):
        number = await starts.begin("f")
        assert number is not None
        if is_known:
            starts.runs_on(number, Environment(computes=False))
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
