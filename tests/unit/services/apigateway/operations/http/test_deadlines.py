"""Who waits is told when its time is over, and not before."""

import asyncio

import pytest

from lambent.services.apigateway.operations.http.deadlines import Deadlines

TIMEOUT_S = 0.01


def expire(waiter: "asyncio.Future[str]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


def waiter() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


async def test_who_waits_too_long_gets_a_timeout_error():
    deadlines, first, second = Deadlines(expire), waiter(), waiter()
    deadlines.add(first, TIMEOUT_S)
    deadlines.add(second, TIMEOUT_S)

    for late in (first, second):
        with pytest.raises(TimeoutError):
            await late


async def test_who_comes_while_others_wait_has_all_of_its_time():
    loop, deadlines, first, second, meanwhile = asyncio.get_running_loop(), Deadlines(expire), waiter(), waiter(), waiter()
    deadlines.add(first, TIMEOUT_S)
    deadlines.add(meanwhile, TIMEOUT_S / 2)
    with pytest.raises(TimeoutError):
        await meanwhile
    begun_s = loop.time()
    deadlines.add(second, TIMEOUT_S)
    with pytest.raises(TimeoutError):
        await first
    assert not second.done() or loop.time() - begun_s >= TIMEOUT_S

    with pytest.raises(TimeoutError):
        await second
    assert loop.time() - begun_s >= TIMEOUT_S


async def test_who_comes_after_all_others_have_ended_is_waited_for_as_they_were():
    deadlines = Deadlines(expire)
    for _ in range(2):
        late = waiter()
        deadlines.add(late, TIMEOUT_S)
        with pytest.raises(TimeoutError):
            await late


async def test_who_waits_less_is_over_before_who_came_first():
    deadlines, patient, hasty = Deadlines(expire), waiter(), waiter()
    deadlines.add(patient, 60)
    deadlines.add(hasty, TIMEOUT_S)

    with pytest.raises(TimeoutError):
        await hasty
    assert not patient.done()


async def test_who_is_waited_for_no_longer_is_let_be():
    deadlines, left, late = Deadlines(expire), waiter(), waiter()
    deadlines.add(left, TIMEOUT_S)
    deadlines.add(late, TIMEOUT_S)
    deadlines.discard(left, TIMEOUT_S)

    with pytest.raises(TimeoutError):
        await late
    assert not left.done()


async def test_who_has_been_answered_keeps_its_answer():
    deadlines, answered, late = Deadlines(expire), waiter(), waiter()
    deadlines.add(answered, TIMEOUT_S)
    deadlines.add(late, TIMEOUT_S)
    answered.set_result("answer")

    with pytest.raises(TimeoutError):
        await late
    assert await answered == "answer"


async def test_a_defect_in_the_end_of_one_keeps_no_other_from_its_own_nor_from_those_to_come(caplog: pytest.LogCaptureFixture):
    broken, late = waiter(), waiter()

    def expire_unless_broken(ended: "asyncio.Future[str]") -> None:
        if ended is broken:
            raise RuntimeError("a defect")
        expire(ended)

    deadlines = Deadlines(expire_unless_broken)
    for given in (broken, late):
        deadlines.add(given, TIMEOUT_S)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(late), 5)
        assert late.done()
        late = waiter()
        deadlines.add(late, TIMEOUT_S)
    assert caplog.text.count("apigateway.deadline.defect") == 1
