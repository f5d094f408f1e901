"""Scheduled rules: a timer each, set anew whenever it fires."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS, QUEUE, wish

from lambent.core.clock import VirtualClock
from lambent.durable.tables import Timer
from lambent.services.events.engine import rules, targets
from lambent.services.events.engine.deliveries import Deliveries
from lambent.services.events.engine.identifiers import RuleName
from lambent.services.events.engine.schedules import KIND, Schedules

NAME = RuleName(BUS, "r")
START = 1_000_000.0


class Clockwork:
    """Timers that keep what was set."""

    def __init__(self) -> None:
        self.due: dict[str, Any] = {}
        self.handlers: dict[str, Any] = {}

    def on(self, kind: str, handler: Any) -> None:
        self.handlers[kind] = handler

    def set(self, tx: Any, kind: str, key: str, due_at: float, payload: Any, *, account: str, region: str) -> None:
        self.due[key] = Timer(1, account, region, kind, key, due_at, payload)

    def cancel(self, tx: Any, kind: str, key: str, *, account: str, region: str) -> bool:
        return self.due.pop(key, None) is not None


@dataclass
class World:
    """Schedules, and what they write."""

    tx: Any
    clock: VirtualClock
    timers: Clockwork
    lane: Lane
    schedules: Schedules

    def put(self, **members: Any) -> None:
        before, after = rules.put(self.tx, wish("r", pattern="", **members))
        self.schedules.follow(self.tx, before, after, self.clock.now())

    @property
    def due_at(self) -> float | None:
        timer = self.timers.due.get(NAME.arn)
        return timer.due_at if timer is not None else None

    def fire(self) -> list[dict[str, Any]]:
        """The events of one firing."""
        self.lane.calls.clear()
        timer = self.timers.due.pop(NAME.arn)
        assert (timer.account, timer.region) == (ACCOUNT, "us-east-1")
        self.timers.handlers[KIND](self.tx, timer)
        return [json.loads(call.parameters["Event"]) for call in self.lane.calls]


@pytest.fixture
def world(tx: Any) -> World:
    clock, timers, lane = VirtualClock(start=START), Clockwork(), Lane()
    ways = Deliveries(lane=lane, dead_letters=Lane())
    return World(tx, clock, timers, lane, Schedules(timers=timers, clock=clock, ways=ways, endpoint_url=lambda: "http://here"))


async def test_a_schedule_fires_a_period_after_it_was_put_and_again(world):
    world.put(schedule="rate(1 hour)")
    targets.put(world.tx, NAME, [{"Id": "1", "Arn": QUEUE}])
    assert world.due_at == START + 3600
    await world.clock.advance(3600)
    (event,) = world.fire()
    assert (event["detail-type"], event["source"], event["resources"]) == ("Scheduled Event", "aws.events", [NAME.arn])
    assert event["time"] == "1970-01-12T14:46:40Z"
    assert world.lane.calls[0].context.endpoint_url == "http://here"
    assert world.due_at == START + 7200


async def test_what_was_missed_comes_once_and_in_step(world):
    world.put(schedule="rate(1 hour)")
    targets.put(world.tx, NAME, [{"Id": "1", "Arn": QUEUE}])
    await world.clock.advance(3600 * 10 + 5)
    assert len(world.fire()) == 1
    assert world.due_at == START + 3600 * 11


def test_a_rule_that_stays_the_same_keeps_its_step(world):
    world.put(schedule="rate(1 hour)")
    world.timers.due[NAME.arn] = "kept"
    world.put(schedule="rate(1 hour)", description="new")
    assert world.timers.due[NAME.arn] == "kept"


async def test_another_schedule_begins_anew(world):
    world.put(schedule="rate(1 hour)")
    await world.clock.advance(60)
    world.put(schedule="rate(2 hours)")
    assert world.due_at == START + 60 + 7200


async def test_a_rule_that_is_disabled_does_not_fire_until_it_is_enabled(world):
    world.put(schedule="rate(1 hour)")
    world.schedules.follow(world.tx, *rules.set_state(world.tx, NAME, "DISABLED"), world.clock.now())
    assert world.due_at is None
    await world.clock.advance(60)
    world.schedules.follow(world.tx, *rules.set_state(world.tx, NAME, "ENABLED"), world.clock.now())
    assert world.due_at == START + 60 + 3600


def test_a_rule_without_a_schedule_has_no_timer(world):
    world.put(schedule="cron(0 12 * * ? *)")
    assert world.due_at is not None
    before, after = rules.put(world.tx, wish("r"))
    world.schedules.follow(world.tx, before, after, START)
    assert world.due_at is None


def test_a_schedule_that_never_comes_round_has_no_timer(world):
    world.put(schedule="cron(0 0 30 2 ? *)")
    assert world.due_at is None


def test_a_timer_whose_rule_is_gone_does_nothing(world):
    world.put(schedule="rate(1 hour)")
    rules.delete(world.tx, NAME)
    assert world.fire() == []
    assert world.due_at is None
