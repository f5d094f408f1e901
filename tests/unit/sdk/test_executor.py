"""An executor over functions that are deployed: here, onto scripted calls."""

import threading

import pytest

from lambent.sdk.errors import NotDeployed
from lambent.sdk.executor import Executor
from lambent.sdk.functions import Function
from lambent.sdk.futures import Future


def square(x):
    return x * x


class Deployed(Function):
    """Its calls are futures that the test settles."""

    is_deployed = True

    def __init__(self, plain):
        super().__init__(plain)
        self.begun: list[tuple[tuple, Future]] = []

    def submit(self, *args, **kwargs):
        if args == ("unsendable",):
            raise TypeError("no JSON form")
        self.begun.append((args, Future()))
        return self.begun[-1][1]

    def answer(self):
        (args, future) = self.begun.pop(0)
        future.request_id = "r-1"
        future.set_result(self.plain(*args))


@pytest.fixture
def function():
    return Deployed(square)


def test_no_more_are_under_way_than_there_are_workers(function):
    pool = Executor(function, max_workers=2)
    futures = [pool.submit(square, number) for number in range(4)]
    assert [args for args, _ in function.begun] == [(0,), (1,)]
    function.answer()
    assert [args for args, _ in function.begun] == [(1,), (2,)]
    assert futures[0].result() == 0
    assert futures[0].request_id == "r-1"
    assert not futures[1].cancel()
    assert futures[3].cancel()
    while function.begun:
        function.answer()
    assert [future.result() for future in futures[:3]] == [0, 1, 4]
    pool.shutdown()


def test_it_takes_the_function_and_the_python_function_that_it_was_made_of(function):
    with Executor(function) as pool:
        pool.submit(square, 1)
        pool.submit(function, 2)
        pool.submit(Function(square), 3)
        assert len(function.begun) == 3
        with pytest.raises(NotDeployed, match="abs is a Python function of this process only"):
            pool.submit(abs, 1)
        while function.begun:
            function.answer()


def test_failures_and_what_cannot_be_sent_are_told_by_futures(function):
    with Executor(function, max_workers=1) as pool:
        unsendable, failed = pool.submit(square, "unsendable"), pool.submit(square, 1)
        assert isinstance(unsendable.exception(10), TypeError)
        function.begun.pop()[1].set_exception(ValueError("no"))
        with pytest.raises(ValueError, match="no"):
            failed.result(10)


def test_leaving_waits_for_all_and_a_shut_pool_takes_no_more(function):
    pool = Executor(function, max_workers=1)
    futures = [pool.submit(square, number) for number in range(3)]
    shutting = threading.Thread(target=pool.shutdown)
    shutting.start()
    for _ in range(3):
        function.answer()
    shutting.join(10)
    assert [future.result(0) for future in futures] == [0, 1, 4]
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(square, 1)


def test_a_shutdown_can_cancel_what_waits(function):
    pool = Executor(function, max_workers=1)
    futures = [pool.submit(square, number) for number in range(3)]
    pool.shutdown(wait=False, cancel_futures=True)
    function.answer()
    assert [future.cancelled() for future in futures] == [False, True, True]
    assert function.begun == []


def test_what_makes_no_sense_is_refused():
    with pytest.raises(NotDeployed, match="square is not deployed"):
        Executor(Function(square))
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        Executor(max_workers=0)
    with pytest.raises(TypeError, match="by name"):
        Executor(8)
