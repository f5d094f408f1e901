"""The clocks' rows: time goes on where it stood, and never back."""

import asyncio

from lambent.core.clock import Clocks, VirtualClock, wall_s
from lambent.durable.timekeeper import Timekeeper

ACCOUNT, OTHER = "111122223333", "444455556666"


async def restored(world, clocks, mode=""):
    await Timekeeper(store=world.store, clocks=clocks).restore(mode)
    return clocks


async def test_time_goes_on_where_it_stood(world):
    clocks = await restored(world, VirtualClock(start=1000.0))
    await clocks.advance(500)
    await clocks.advance(7, ACCOUNT)
    await clocks.set_mode("auto", OTHER)
    again = await restored(world, Clocks())
    assert again.moments() == {"": 1500.0, ACCOUNT: 1507.0, OTHER: 1500.0}
    assert [again.state(account).mode for account in ("", ACCOUNT, OTHER)] == ["virtual", "virtual", "auto"]


async def test_a_clock_that_was_never_turned_stands_still_too(world):
    await restored(world, VirtualClock(start=1000.0))
    assert (await restored(world, VirtualClock(start=0.0))).now() == 1000.0


async def test_a_clock_that_runs_ahead_goes_on_running_as_far_ahead(world):
    clocks = await restored(world, VirtualClock(start=wall_s() + 1_000_000))
    await clocks.set_mode("real")
    before = clocks.now()
    again = await restored(world, Clocks())
    assert before <= again.now() < before + 60


async def test_the_mode_that_is_asked_for_wins_over_the_one_that_was(world):
    clocks = await restored(world, Clocks(), "virtual")
    stood = clocks.now()
    again = await restored(world, Clocks(), "real")
    assert again.state().mode == "real"
    assert again.now() >= stood
    assert (await restored(world, Clocks())).state().mode == "real"


async def test_a_clock_given_back_is_forgotten(world):
    clocks = await restored(world, VirtualClock(start=1000.0))
    await clocks.advance(7, ACCOUNT)
    await clocks.release(ACCOUNT)
    assert (await restored(world, Clocks())).moments() == {"": 1000.0}


async def test_what_a_turn_causes_is_never_kept_without_the_turn(world):
    """The store writes in the order in which it is asked: a crash at any commit leaves time no further back."""
    clocks = await restored(world, world.clock)
    seen = []

    async def effect():
        await clocks.sleep_until(1100.0)
        seen.append(await world.store.write(stands_at))

    task = asyncio.create_task(effect())
    await clocks.advance(200)
    await task
    assert seen == [1100.0]


def stands_at(tx):
    return tx.one("SELECT stands_at FROM clocks WHERE account = ''", into=float)


async def test_a_real_clock_leaves_no_row(world):
    await restored(world, Clocks())
    assert await world.store.read(lambda tx: tx.one("SELECT count(*) FROM clocks", into=int)) == 0
