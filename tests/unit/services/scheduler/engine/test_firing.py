"""Timers of schedules: set, kept, set anew, cancelled; places in windows; groups that are emptied."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.scheduler.engine.conftest import ACCOUNT, GROUP, NAME, NOW, SCOPE, SERVICES, settings

from lambent.core import ids
from lambent.core.clock import VirtualClock
from lambent.durable.tables import Timer
from lambent.services.scheduler.engine import firing, groups, schedules
from lambent.services.scheduler.engine.deliveries import Deliveries
from lambent.services.scheduler.engine.firing import OCCURRENCE, PLACE, SWEEP, Firing
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.services.scheduler.tables import groups as group_rows
from lambent.services.scheduler.tables import schedules as rows

HOUR = 3_600


class Clockwork:
    """Two lanes of timers that keep together what was set."""

    def __init__(self, lane: str, due: dict[Any, Any]) -> None:
        self.lane = lane
        self.due = due
        self.handlers: dict[str, Any] = {}

    def on(self, kind: str, handler: Any) -> None:
        self.handlers[kind] = handler

    def set(self, tx: Any, kind: str, key: str, due_at: float, payload: Any, *, account: str, region: str) -> None:
        self.due[kind, key] = self.lane, Timer(1, account, region, kind, key, due_at, payload)

    def cancel(self, tx: Any, kind: str, key: str, *, account: str, region: str) -> bool:
        return self.due.pop((kind, key), None) is not None


@dataclass
class World:
    """Schedules, their timers, and what they write."""

    tx: Any
    clock: VirtualClock
    once: Clockwork
    recurring: Clockwork
    lane: Lane
    firing: Firing

    def make(self, name: ScheduleName = NAME, expression: str = "rate(1 hour)", **members: Any) -> None:
        made = schedules.create(self.tx, name, "ENABLED", settings(expression, **members), self.clock.now())
        self.firing.begin(self.tx, made, self.clock.now())

    def change(self, expression: str = "rate(1 hour)", state: str = "ENABLED", **members: Any) -> None:
        before, after = schedules.update(self.tx, NAME, state, settings(expression, **members), self.clock.now())
        self.firing.follow(self.tx, before, after, self.clock.now())

    @property
    def due_at(self) -> float | None:
        found = self.once.due.get((OCCURRENCE, NAME.arn))
        return found[1].due_at if found is not None else None

    def fire(self, kind: str = OCCURRENCE) -> list[float]:
        """The occurrences of which targets are told by the first timer of a kind."""
        self.lane.calls.clear()
        key = next(key for key in self.once.due if key[0] == kind)
        lane, timer = self.once.due.pop(key)
        assert (timer.account, timer.region) == (ACCOUNT, "us-east-1")
        clockwork = self.once if lane == "once" else self.recurring
        clockwork.handlers[kind](self.tx, timer)
        return [given["ScheduledAt"] for _, _, _, given, _ in self.lane.calls]


@pytest.fixture
def world(tx: Any) -> World:
    due: dict[Any, Any] = {}
    clock, once, recurring, lane = VirtualClock(start=NOW), Clockwork("once", due), Clockwork("recurring", due), Lane()
    ways = Deliveries(lane=lane, dead_letters=Lane(), services=SERVICES)
    made = Firing(recurring=recurring, once=once, clock=clock, ways=ways, endpoint_url=lambda: "http://here")
    return World(tx, clock, once, recurring, lane, made)


async def test_a_rate_fires_at_once_and_again(world):
    world.make()
    assert world.fire() == [NOW]
    assert world.lane.calls[0][0].endpoint_url == "http://here"
    assert world.due_at == NOW + HOUR
    await world.clock.advance(HOUR)
    assert world.fire() == [NOW + HOUR]


async def test_what_was_missed_comes_once_and_in_step(world):
    world.make()
    await world.clock.advance(10 * HOUR + 5)
    assert world.fire() == [NOW]
    assert world.due_at == NOW + 11 * HOUR


def test_what_comes_once_is_nobodys_reason_not_to_wait(world):
    world.make(expression="at(2026-01-02T00:00:00)")
    assert world.once.due[OCCURRENCE, NAME.arn][0] == "once"
    world.change("rate(1 day)")
    assert world.once.due[OCCURRENCE, NAME.arn][0] == "recurring"


def test_one_that_is_disabled_or_deleted_has_no_timer(world):
    world.make()
    world.change(state="DISABLED")
    assert world.due_at is None
    world.change()
    assert world.due_at == NOW + HOUR
    world.firing.delete(world.tx, NAME)
    assert world.due_at is None


def test_a_timer_whose_schedule_is_gone_or_disabled_does_nothing(world):
    world.make()
    rows.delete(world.tx, NAME)
    assert world.fire() == []
    assert world.due_at is None


async def test_another_end_is_kept_to(world):
    world.make()
    world.fire()
    world.change(EndDate=NOW + HOUR - 1)
    assert world.due_at is None
    world.change(EndDate=NOW + HOUR)
    assert world.due_at == NOW + HOUR


def test_what_has_ended_goes_where_that_is_wanted(world):
    world.make(EndDate=NOW + HOUR, ActionAfterCompletion="DELETE")
    assert world.fire() == [NOW]
    assert rows.find(world.tx, NAME) is not None
    assert world.fire() == [NOW + HOUR]
    assert rows.find(world.tx, NAME) is None


@pytest.mark.parametrize("window", [{"Mode": "OFF"}, {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1}])
async def test_what_ended_while_the_platform_was_not_running_goes_too(world, window):
    world.make(EndDate=NOW + 2 * HOUR, ActionAfterCompletion="DELETE", FlexibleTimeWindow=window)
    await world.clock.advance(5 * HOUR)
    world.fire()
    if window["Mode"] == "FLEXIBLE":
        world.fire(PLACE)
    assert rows.find(world.tx, NAME) is None


def test_an_occurrence_has_a_seeded_place_in_its_window(world):
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
    places = []
    for seed in (1, 1, 2):
        with ids.seeded(seed):
            world.make(expression="at(2026-01-02T00:00:00)", FlexibleTimeWindow=window)
            assert world.fire() == []
            (place,) = [timer for _, timer in world.once.due.values() if timer.kind == PLACE]
        places.append(place.due_at - NOW - 24 * HOUR)
        assert world.fire(PLACE) == [NOW + 24 * HOUR]
        world.firing.delete(world.tx, NAME)
    assert places[0] == places[1] != places[2]
    assert all(0 <= place < HOUR for place in places)


def test_a_place_of_a_schedule_of_before_does_nothing(world):
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
    world.make(expression="at(2026-01-02T00:00:00)", FlexibleTimeWindow=window)
    world.fire()
    world.firing.delete(world.tx, NAME)
    schedules.create(world.tx, NAME, "ENABLED", settings(), NOW + 1)
    assert world.fire(PLACE) == []


def test_a_group_is_emptied_bit_by_bit(world, monkeypatch):
    monkeypatch.setattr(firing, "SWEPT_MAX", 2)
    group = GroupName(SCOPE, "g")
    groups.create(world.tx, group, {}, NOW)
    for name in ("a", "b", "c"):
        world.make(ScheduleName(group, name))
    world.make(ScheduleName(GROUP, "kept"))
    groups.close(world.tx, group, NOW)
    world.firing.empty(world.tx, group, NOW)
    assert groups.find(world.tx, group).state == "DELETING"
    world.fire(SWEEP)
    assert group_rows.find(world.tx, group) is None
    assert [key for _, key in world.once.due] == [ScheduleName(GROUP, "kept").arn]
    assert rows.count(world.tx, SCOPE) == 1
