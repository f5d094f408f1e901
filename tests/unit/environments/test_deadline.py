"""The end of waiting for an environment's answers."""

import asyncio

import pytest

from lambent.core.clock import monotonic_s
from lambent.environments.deadline import Deadline

FAR_S = 60.0


def waiter() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


async def test_who_waits_is_told_when_its_time_has_come_and_not_before() -> None:
    deadline, waiting, until_s = Deadline(), waiter(), monotonic_s() + 0.02
    deadline.begin(waiting, until_s)
    with pytest.raises(TimeoutError):
        await waiting
    assert monotonic_s() >= until_s


async def test_a_later_end_is_not_that_of_the_one_before() -> None:
    deadline, first, second, until_s = Deadline(), waiter(), waiter(), monotonic_s() + 0.03
    deadline.begin(first, monotonic_s() + 0.01)
    deadline.end()
    deadline.begin(second, until_s)
    with pytest.raises(TimeoutError):
        await second
    assert monotonic_s() >= until_s
    assert not first.done()


async def test_an_earlier_end_does_not_wait_for_a_later_one() -> None:
    deadline, waiting = Deadline(), waiter()
    deadline.begin(waiter(), monotonic_s() + FAR_S)
    deadline.end()
    deadline.begin(waiting, monotonic_s())
    with pytest.raises(TimeoutError):
        await waiting
    deadline.close()


async def test_what_has_come_in_time_stays_as_it_is() -> None:
    deadline, answered, later = Deadline(), waiter(), waiter()
    defects: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, defect: defects.append(defect))
    deadline.begin(answered, monotonic_s())
    answered.set_result(None)
    Deadline().begin(later, monotonic_s() + 0.002)
    with pytest.raises(TimeoutError):
        await later  # by when the first one's time has come
    assert answered.exception() is None
    assert defects == []


async def test_who_still_waits_when_it_is_closed_is_told_all_the_same() -> None:
    deadline, waiting = Deadline(), waiter()
    deadline.begin(waiting, monotonic_s() + 0.002)
    deadline.close()
    with pytest.raises(TimeoutError):
        await waiting


async def test_closed_it_leaves_no_timer_of_nobody() -> None:
    deadline = Deadline()
    deadline.begin(waiter(), monotonic_s() + FAR_S)
    deadline.end()
    deadline.close()
    assert deadline._timer is None
