"""Whose turn it is."""

import asyncio
import itertools
import math
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lambent.core.ports import Invocation
from lambent.environments import turns
from lambent.environments.turns import Starts, Turn, Turns


class Feed:
    """Where a test's events lie. ``begun`` names those that can no longer be taken back."""

    def __init__(self) -> None:
        self.ahead: deque[Turn[Any]] = deque()
        self.begun: set[Turn[Any]] = set()
        self.room = 2
        self.turn: Turn[Any] | None = None
        self.answered = False

    def has_answered(self) -> bool:
        return self.answered

    def begin(self, turn: Turn[Any]) -> None:
        self.turn = turn

    def offer(self, turn: Turn[Any]) -> bool:
        if len(self.ahead) >= self.room:
            return False
        turn.frame = b"event"
        self.ahead.append(turn)
        return True

    def take_back(self) -> list[Turn[Any]]:
        taken = [turn for turn in self.ahead if turn not in self.begun]
        for turn in taken:
            self.ahead.remove(turn)
        return taken


class Environment:
    def __init__(self, *, computes: bool = True) -> None:
        self.computes = computes
        self.is_retired = False
        self.feed = Feed()

    def is_computing(self) -> bool:
        return self.computes


def taught(*, event_s: float = 0.001, waits: float = 1.0, looks_ahead: bool = False) -> "Turns[Environment]":
    known: Turns[Environment] = Turns(1, looks_ahead=looks_ahead)
    for _ in range(turns.WINDOWS_MIN):
        known.learn((event_s, waits))
    return known


def turn() -> "Turn[Environment]":
    return Turn(Invocation(request_id="r", payload=b"{}", invoked_function_arn="arn"))


async def begun(known: "Turns[Environment]", environment: Environment | None = None) -> "Turn[Environment]":
    one = turn()
    await known.begin(one)
    one.environment = one.environment or environment
    return one


def test_a_function_of_which_nothing_is_known_runs_as_often_as_it_is_asked() -> None:
    known: Turns[Environment] = Turns(2)
    for _ in range(turns.WINDOWS_MIN - 1):
        known.learn((0.001, 1.0))
    assert known.places == math.inf


def test_a_function_that_only_computes_runs_as_often_as_there_are_places() -> None:
    assert taught().places == 3


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three, though the tests have one processor."""
    monkeypatch.setattr(turns, "PLACES_SPARE", 2)


@pytest.mark.parametrize(("event_s", "waits"), [(0.001, 2.0), (1.0, 1.0)], ids=["waits", "is not brief"])
def test_a_function_that_waits_or_is_not_brief_runs_as_often_as_it_is_asked(event_s: float, waits: float) -> None:
    assert taught(event_s=event_s, waits=waits).places == math.inf
    known = taught()
    known.learn((event_s, waits))
    assert known.places == math.inf


@pytest.mark.parametrize(("event_s", "expected"), [(0.0004, 1), (0.001, 2), (0.009, 4)])
def test_events_that_lie_ahead_need_as_many_places_as_the_platform_can_feed(
    event_s: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform_s = itertools.count(0.0, 8 * 0.0005)  # half a millisecond for each event
    monkeypatch.setattr(turns, "processor_s", lambda _: next(platform_s))
    known: Turns[Environment] = Turns(4, looks_ahead=True)
    for _ in range(20):
        for _event in range(7):
            known.learn(None)
        known.learn((event_s, 1.0))
    assert known.places == expected


async def test_it_is_crowded_when_more_wait_than_are_under_way() -> None:
    known = taught()
    running = [await begun(known) for _ in range(3)]
    tasks = [asyncio.create_task(begun(known)) for _ in range(4)]
    await asyncio.sleep(0)
    assert known.is_crowded
    known.end(running.pop())
    await asyncio.sleep(0)
    assert not known.is_crowded
    await cancelled(*tasks)


async def cancelled(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_events_take_their_turn_in_the_order_in_which_they_came() -> None:
    known = taught()
    first, *_ = [await begun(known) for _ in range(3)]
    order: list[str] = []
    tasks = [asyncio.create_task(_take(known, name, order)) for name in "abc"]
    await asyncio.sleep(0)
    assert order == []
    known.end(first)
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c"]


async def _take(known: "Turns[Environment]", name: str, order: list[str]) -> None:
    one = await begun(known)
    order.append(name)
    known.end(one)


@pytest.mark.parametrize("computes", [True, False], ids=["computes", "sleeps"])
async def test_who_runs_for_long_takes_no_place_from_the_others(computes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S_MAX", 3600)
    known = taught()
    for _ in range(3):
        await begun(known, Environment(computes=computes))
    async with asyncio.timeout(10):
        await begun(known)


async def test_who_computes_keeps_its_place_for_longer_than_who_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COMPUTING_S_MAX", 3600)
    known = taught()
    running = [await begun(known, Environment(computes=number != 1)) for number in range(3)]
    async with asyncio.timeout(10):
        await begun(known)
    assert running[1] not in known._running
    assert {running[0], running[2]} <= known._running.keys()


async def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "COMPUTING_S_MAX", 3600)
    monkeypatch.setattr(turns, "WAIT_S_MAX", 0.05)
    known = taught()
    for _ in range(3):
        await begun(known, Environment())
    async with asyncio.timeout(10):
        await begun(known)
    assert len(known._running) == 4


async def test_who_no_longer_waits_takes_no_place() -> None:
    known = taught()
    running = [await begun(known) for _ in range(3)]
    waiting = asyncio.create_task(begun(known))
    await asyncio.sleep(0)
    known.end(running.pop())
    waiting.cancel()  # its turn has come, and it does not know yet
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(known._running) == 2


# ---- ahead -----------------------------------------------------------------------------------------------------------


class Crowd:
    """Five events, of which one is under way, two lie ahead behind it and two wait."""

    def __init__(self, known: "Turns[Environment]", environment: Environment, first: "Turn[Environment]") -> None:
        self.known = known
        self.environment = environment
        self.turns = [first]
        self.tasks: list[asyncio.Task[None]] = []
        self.came: list[Turn[Environment]] = []  # whose turn has come, in that order

    @classmethod
    async def gathered(cls) -> "Crowd":
        known = taught(event_s=0.0, looks_ahead=True)
        environment = Environment()
        crowd = cls(known, environment, await begun(known, environment))
        for _ in range(4):
            one = turn()
            crowd.turns.append(one)
            crowd.tasks.append(asyncio.create_task(crowd._await(one)))
        await looked()
        return crowd

    async def _await(self, one: "Turn[Environment]") -> None:
        await self.known.begin(one)
        self.came.append(one)

    def end(self, number: int, *, is_usable: bool = True) -> bool:
        """The event ``number`` is over."""
        one = self.turns[number]
        is_handed_on = self.known.hand_on(one, self.environment, is_usable=is_usable)
        self.known.end(one)
        return is_handed_on

    @property
    def ahead(self) -> list[int]:
        return [self.turns.index(one) for one in self.environment.feed.ahead]

    async def numbers(self) -> list[int]:
        """Those whose turn has come."""
        for _ in range(3):
            await asyncio.sleep(0)
        return [self.turns.index(one) for one in self.came]


async def looked() -> None:
    """What has come in this turn of the loop lies ahead, as far as there is room."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@pytest.fixture
async def crowd(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    """At which nobody looks: a test calls ``_look`` itself."""
    monkeypatch.setattr(turns, "LOOK_S", 3600)
    crowd = await Crowd.gathered()
    assert crowd.ahead == [1, 2]
    yield crowd
    await cancelled(*crowd.tasks)


async def test_an_environment_goes_on_with_what_lies_ahead_and_more_is_put_there(crowd: Crowd) -> None:
    assert crowd.end(0)
    crowd.known.look_ahead()
    assert crowd.ahead == [2, 3]
    assert await crowd.numbers() == [1]
    assert crowd.turns[1].environment is crowd.environment


async def test_what_has_not_been_begun_waits_again_before_what_came_later(crowd: Crowd) -> None:
    assert not crowd.end(0, is_usable=False)
    assert crowd.ahead == []
    assert await crowd.numbers() == [1]
    assert (crowd.turns[1].environment, crowd.turns[1].frame) == (None, b"")
    assert [crowd.turns.index(one) for one in crowd.known._waiting] == [2, 3, 4]


async def test_what_an_environment_has_begun_stays_with_it_when_it_is_good_for_nothing_more(crowd: Crowd) -> None:
    crowd.environment.feed.begun = {crowd.turns[1]}
    assert crowd.end(0, is_usable=False)
    assert await crowd.numbers() == [1]
    assert crowd.turns[1].environment is crowd.environment


async def test_what_is_handed_on_is_known_as_the_event_of_its_environment_at_once(crowd: Crowd) -> None:
    assert crowd.end(0)
    assert crowd.environment.feed.turn is crowd.turns[1]  # before its task goes on


@pytest.mark.parametrize("number", [1, 2])
async def test_an_event_that_lies_ahead_when_it_is_given_up_is_told_its_turn_all_the_same(crowd: Crowd, number: int) -> None:
    await cancelled(crowd.tasks[number - 1])
    assert crowd.ahead == [1, 2]
    for over in range(number):
        crowd.end(over)
        await crowd.numbers()
    assert crowd.turns[number].environment is crowd.environment  # who gave it up sees it through
    assert crowd.turns[number].told is not None
    assert crowd.turns[number].told.done()
    assert crowd.turns[number] in crowd.known._running


@pytest.mark.parametrize("is_usable", [True, False])
async def test_an_event_that_is_given_up_just_when_its_turn_comes_has_an_environment(crowd: Crowd, *, is_usable: bool) -> None:
    crowd.environment.feed.begun = {crowd.turns[1]}
    crowd.tasks[0].cancel()  # and has not heard of it
    assert crowd.end(0, is_usable=is_usable)
    await asyncio.gather(crowd.tasks[0], return_exceptions=True)
    assert (crowd.turns[1].environment, crowd.turns[1].told) == (crowd.environment, None)


async def test_an_event_that_is_given_up_and_was_not_begun_is_let_go(crowd: Crowd) -> None:
    await cancelled(crowd.tasks[0])
    assert not crowd.end(0, is_usable=False)
    assert crowd.turns[1].environment is None
    crowd.known.end(crowd.turns[1])
    assert await crowd.numbers() == [2]


async def test_further_events_lie_where_there_is_room_though_fewer_lie_elsewhere() -> None:
    known = taught(event_s=0.0, looks_ahead=True)
    known._processors, known._share = 2, 2.0
    full, free = Environment(), Environment()
    await begun(known, full)
    await begun(known, free)
    full.feed.room = 0
    waiting = asyncio.create_task(begun(known))
    await looked()
    assert len(free.feed.ahead) == 1
    await cancelled(waiting)


async def test_events_that_come_together_are_put_there_together() -> None:
    known = taught(event_s=0.0, looks_ahead=True)
    environment = Environment()
    environment.feed.room = 8
    await begun(known, environment)
    waiting = [asyncio.create_task(begun(known)) for _ in range(4)]
    await asyncio.sleep(0)
    assert len(known._waiting) == 4
    await looked()
    assert len(environment.feed.ahead) == 4
    await cancelled(*waiting)


async def test_further_events_are_put_there_several_at_once_when_few_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "AHEAD_MIN", 1)
    known = taught(event_s=0.0, looks_ahead=True)
    environment = Environment()
    environment.feed.room = 4
    over = await begun(known, environment)
    waiting = [asyncio.create_task(begun(known)) for _ in range(8)]
    await looked()
    lay = []
    for _ in range(5):
        lay.append(len(environment.feed.ahead))
        assert known.hand_on(over, environment, is_usable=True)
        over = environment.feed.turn  # type: ignore[assignment]
        known.look_ahead()
    assert lay == [4, 3, 2, 4, 3]
    await cancelled(*waiting)


async def test_what_is_put_there_at_once_is_shared_by_all() -> None:
    known = taught(event_s=0.0, looks_ahead=True)
    known._processors, known._share = 2, 2.0
    fuller, empty = Environment(), Environment()
    fuller.feed.room = empty.feed.room = 8
    for environment in (fuller, empty):
        await begun(known, environment)
    fuller.feed.ahead.extend(turn() for _ in range(3))
    waiting = [asyncio.create_task(begun(known)) for _ in range(7)]
    await looked()
    assert [len(environment.feed.ahead) for environment in (fuller, empty)] == [5, 5]
    await cancelled(*waiting)


async def test_an_event_whose_answer_has_come_keeps_what_lies_behind_it(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLEEPING_S_MAX", 0)
    crowd.environment.feed.answered = True
    crowd.known._look()
    assert crowd.ahead == [1, 2]
    monkeypatch.setattr(turns, "COMPUTING_S_MAX", 0)
    crowd.known._look()
    assert crowd.ahead == []


async def test_what_lies_behind_one_that_takes_long_goes_elsewhere(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLEEPING_S_MAX", 0)
    crowd.known._look()
    assert crowd.ahead == []
    assert await crowd.numbers() == [1, 2]  # in the places that it has besides, for it may be brief no longer
    assert {crowd.turns[number].environment for number in (1, 2)} == {None}
    crowd.turns[1].environment, crowd.turns[2].environment = Environment(), Environment()
    crowd.environment.computes = False  # it has fallen asleep: its place is another's
    crowd.known._look()
    assert await crowd.numbers() == [1, 2, 3]


async def test_an_event_that_may_not_lie_ahead_waits_and_those_behind_it_do() -> None:
    known = taught(event_s=0.0, looks_ahead=True)
    environment = Environment()
    first = await begun(known, environment)
    waiting = [asyncio.create_task(known.begin(Turn())), asyncio.create_task(begun(known))]
    await asyncio.sleep(0)
    assert not environment.feed.ahead
    assert not known.hand_on(first, environment, is_usable=True)
    known.end(first)
    await waiting[0]
    await cancelled(*waiting)


# ---- starts ----------------------------------------------------------------------------------------------------------


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
