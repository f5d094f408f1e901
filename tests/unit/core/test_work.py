"""Work in flight: what is counted, and what is not while it waits for the clock."""

import asyncio

import pytest

from lambent.core.work import Busy, Work, acting_account, acting_for, current_work, resting


async def test_idle_returns_when_the_last_work_has_ended():
    busy = Busy()
    busy.began()
    busy.began()
    idle = asyncio.create_task(busy.idle())
    busy.ended()
    await asyncio.sleep(0)
    assert not idle.done()
    busy.ended()
    await idle


def test_ending_more_work_than_began_is_a_defect():
    with pytest.raises(AssertionError, match="more work ended"):
        Busy().ended()


def test_one_acts_for_the_account_of_the_innermost_block():
    assert (acting_account(), current_work()) == ("", None)
    with Work("1"), acting_for("2"):
        assert acting_account() == "2"
        with acting_for("2"):
            assert acting_account() == "2"
    assert acting_account() == ""


def test_acting_for_the_same_account_again_is_the_same_work():
    with Work("1") as work, acting_for("1"):
        assert current_work() is work


def test_who_waits_for_the_clock_uncounts_himself_and_all_who_wait_for_him():
    functions, requests = Busy(), Busy()
    with Work("1", busy=requests, is_request=True), Work("1", busy=functions):
        assert (functions.count, requests.count) == (1, 1)
        with acting_for("2"), resting(), resting():
            assert (functions.count, requests.count) == (0, 0)
        assert (functions.count, requests.count) == (1, 1)
    assert (functions.count, requests.count) == (0, 0)


async def test_who_still_rests_when_the_work_is_over_changes_nothing_more():
    busy = Busy()
    gate = asyncio.Event()

    async def rest():
        with resting(is_in_its_stead=True):
            await gate.wait()

    with Work("1", busy=busy, is_request=True):
        left_behind = asyncio.create_task(rest())
        await asyncio.sleep(0)
        assert busy.count == 0
    assert busy.count == 0
    gate.set()
    await left_behind
    assert busy.count == 0


async def test_a_task_started_on_the_way_does_not_rest_in_the_works_stead_unless_it_says_so():
    busy = Busy()
    counts = []

    async def rest(**options):
        with resting(**options):
            counts.append(busy.count)
            await asyncio.sleep(0)

    with Work("1", busy=busy):
        await asyncio.create_task(rest())
        await asyncio.create_task(rest(is_in_its_stead=True))
        await rest()
    assert counts == [1, 0, 0]


async def test_a_function_whose_request_was_answered_counts_again_whoever_still_rests():
    functions = Busy()
    gate = asyncio.Event()

    async def rest():
        with resting(is_in_its_stead=True):
            await gate.wait()

    with Work("1", busy=functions):
        with Work("1", is_request=True):
            left_behind = asyncio.create_task(rest())
            await asyncio.sleep(0)
            assert functions.count == 0
        assert functions.count == 1
        gate.set()
        await left_behind
        assert functions.count == 1


async def test_a_task_that_outlives_its_request_is_nobodys_who_waits():
    async def is_awaited():
        await asyncio.sleep(0)
        work = current_work()
        return work is not None and work.is_awaited

    with Work("1", is_request=True):
        with acting_for("2"):
            assert await is_awaited()
        left_behind = asyncio.create_task(is_awaited())
    assert not await left_behind
