"""One arrival wakes one who waits; who finds something wakes two more; nobody misses anything."""

import asyncio

import pytest

from lambent.core.clock import VirtualClock
from lambent.services.sqs.rooms import Rooms


class Hall:
    """A queue of items in a room, and polls that take one each. ``looks`` counts their looks."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.rooms = Rooms(clock=self.clock)
        self.items: list[str] = []
        self.looks = 0

    def arrive(self, *items: str) -> None:
        self.items += items
        self.rooms.notify("t")

    async def look(self) -> str | None:
        self.looks += 1
        await asyncio.sleep(0)
        return self.items.pop(0) if self.items else None

    async def poll(self, wait_s: float = 20.0) -> str | None:
        with self.rooms.enter("t", "1", self.clock.now() + wait_s) as guest:
            found = await self.look()
            while found is None:
                if not await guest.wait():
                    return None
                found = await self.look()
            guest.found()
        return found

    async def waiting(self, count: int, wait_s: float = 20.0) -> list[asyncio.Task[str | None]]:
        tasks = [asyncio.create_task(self.poll(wait_s)) for _ in range(count)]
        await self.clock.settle()
        self.looks = 0
        return tasks


@pytest.fixture
def hall() -> Hall:
    return Hall()


async def end(tasks: list[asyncio.Task[str | None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_arrival_costs_few_looks_however_many_wait(hall):
    tasks = await hall.waiting(64)
    hall.arrive("a")
    await hall.clock.settle()
    assert sum(task.done() for task in tasks) == 1
    assert hall.looks <= 3
    await end(tasks)


async def test_a_batch_is_spread_among_those_who_wait(hall):
    tasks = await hall.waiting(64)
    hall.arrive(*(str(number) for number in range(20)))
    await hall.clock.settle()
    assert sorted(task.result() for task in tasks if task.done()) == sorted(map(str, range(20)))
    assert hall.looks <= 41
    await end(tasks)


async def test_what_arrives_while_somebody_looks_is_not_missed(hall):
    poll = asyncio.create_task(hall.poll())
    await asyncio.sleep(0)  # it looks, and has not seen the end of it
    hall.arrive("a")
    assert await poll == "a"


async def test_who_is_cancelled_after_being_woken_passes_it_on(hall):
    first, second = await hall.waiting(2)
    hall.arrive("a")
    first.cancel()
    await hall.clock.settle()
    assert first.cancelled()
    assert await second == "a"


async def test_who_is_cancelled_while_looking_passes_it_on(hall):
    first, second = await hall.waiting(2)
    hall.arrive("a")
    await asyncio.sleep(0)
    assert hall.looks == 1, "it is looking"
    first.cancel()
    assert await second == "a"


async def test_a_wait_ends_when_its_time_is_over_and_leaves_nothing_behind(hall):
    (task,) = await hall.waiting(1, wait_s=5)
    await hall.clock.advance(5)
    assert task.result() is None
    assert hall.rooms._rooms == {}


async def test_who_is_too_late_takes_nothing_from_the_others(hall):
    (first,) = await hall.waiting(1, wait_s=5)
    (second,) = await hall.waiting(1, wait_s=20)
    await hall.clock.advance(5)
    assert first.result() is None
    hall.arrive("a")
    assert await second == "a"


async def test_nobody_waits_any_longer_once_the_platform_stops(hall):
    tasks = await hall.waiting(3)
    hall.rooms.close()
    assert await asyncio.gather(*tasks) == [None, None, None]
    assert await hall.poll() is None


async def test_a_signal_for_nobody_is_nothing(hall):
    hall.rooms.notify("elsewhere")
    assert hall.rooms._rooms == {}
