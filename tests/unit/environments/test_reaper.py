"""Environments that nobody has asked for in a while end, each account by its own time."""

import asyncio
from typing import Any

from lambent.core.clock import VirtualClock
from lambent.environments.reaper import Reaper

ACCOUNT = "111122223333"


class House:
    """``idle`` holds when each of an account's idle environments was used last."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.idle: dict[Any, float] = {}
        self.reaper = Reaper(self.clock, 600.0, idle=self._idle, end=self._end)

    def _idle(self, account: str) -> list[tuple[Any, Any]]:
        assert account == ACCOUNT
        return [(None, each) for each in self.idle]

    def _end(self, _: Any, environment: Any) -> None:
        del self.idle[environment]

    def release(self, name: str) -> None:
        environment = type("Environment", (), {"idle_since": self.clock.of(ACCOUNT).now(), "name": name})
        self.idle[environment] = 0.0
        self.reaper.soon(ACCOUNT)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.idle]


async def test_who_was_idle_for_so_long_ends_and_who_came_later_ends_later() -> None:
    house = House()
    house.release("first")
    await asyncio.sleep(0)
    await house.clock.advance(400)
    house.release("second")
    await house.clock.advance(199)
    assert house.names == ["first", "second"]
    await house.clock.advance(1)
    assert house.names == ["second"]
    await house.clock.advance(400)
    assert house.names == []


async def test_who_is_idle_again_after_all_had_ended_is_looked_after_again() -> None:
    house = House()
    for name in ("first", "second"):
        house.release(name)
        await asyncio.sleep(0)
        await house.clock.advance(600)
        assert house.names == []


async def test_a_closed_one_ends_nothing() -> None:
    house = House()
    house.release("first")
    await asyncio.sleep(0)
    await house.reaper.close()
    await house.clock.advance(1000)
    assert house.names == ["first"]
