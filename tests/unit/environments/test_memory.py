"""Who has room for one more environment, and that nobody waits for room that there is."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from lambent.core.ports import Metrics
from lambent.environments.memory import CHARGE_MB_MIN, Memory


class Environment(SimpleNamespace):
    __hash__ = object.__hash__  # type: ignore[assignment]


class Place:
    """Memory for two environments; ``idle`` are those that may be ended."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.idle: list[Any] = []
        self.memory = Memory(2 * CHARGE_MB_MIN, end_idle=self.end_idle, metrics=self.metrics)
        self.made: list[str] = []

    def end_idle(self) -> bool:
        return bool(self.idle) and self.memory.remove(self.idle.pop(0))

    async def make(self, name: str = "") -> Any:
        environment: Any = Environment(own_mb=0)
        async with self.memory.room():
            self.memory.add(environment)
        self.made.append(name)
        return environment

    async def waiting(self, *names: str) -> list["asyncio.Task[Any]"]:
        tasks = [asyncio.create_task(self.make(name)) for name in names]
        await turns()
        return tasks

    @property
    def waits(self) -> float:
        return sum(self.metrics.values.values())


async def turns() -> None:
    """Whatever can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_longest_idle_one_ends_for_one_more() -> None:
    place = Place()
    place.idle = [await place.make(), await place.make()]
    first, second = place.idle
    await place.make()
    assert (place.idle, place.memory.remove(first), place.memory.remove(second)) == ([second], False, True)
    assert place.waits == 0


async def test_where_all_are_busy_those_who_come_wait_in_order_and_are_counted_once() -> None:
    place = Place()
    busy = [await place.make("busy"), await place.make("busy")]
    await place.waiting("a", "b", "c")
    place.memory.look()
    await turns()
    assert place.made == ["busy", "busy"], "nothing was freed"
    place.memory.remove(busy[0])
    await place.waiting("d")
    assert place.made[2:] == ["a"]
    place.memory.remove(busy[1])
    await turns()
    assert (place.made[2:], place.waits) == (["a", "b"], 4)


async def test_what_one_large_environment_leaves_is_room_for_all_who_fit() -> None:
    place = Place()
    large = await place.make("large")
    large.own_mb = 2 * CHARGE_MB_MIN
    place.memory.charge(large)
    await place.waiting("a", "b", "c")
    place.memory.remove(large)
    await turns()
    assert place.made == ["large", "a", "b"]


@pytest.mark.parametrize("is_freed", [False, True], ids=["waiting", "just told"])
async def test_who_gives_up_leaves_its_room_to_the_next(*, is_freed: bool) -> None:
    place = Place()
    busy, _ = await place.make("busy"), await place.make("busy")
    first, *_ = await place.waiting("a", "b")
    if is_freed:
        place.memory.remove(busy)
    first.cancel()
    place.memory.remove(busy)
    await turns()
    assert place.made == ["busy", "busy", "b"]


async def test_one_alone_has_room_however_little_there_is() -> None:
    place = Place()
    place.memory = Memory(1, end_idle=place.end_idle, metrics=place.metrics)
    await place.make("a")
    assert place.made == ["a"]
