"""Futures that can be awaited, and work in threads of this process."""

import asyncio
import concurrent.futures
import os
import threading

import pytest

from lambent.sdk import futures
from lambent.sdk.errors import Failure, RemoteError
from lambent.sdk.futures import Future, run_in_thread


async def test_a_future_can_be_awaited_and_gathered():
    assert await run_in_thread(lambda: 7) == 7
    assert await asyncio.gather(*(run_in_thread(lambda n=n: n) for n in range(3))) == [0, 1, 2]


async def test_what_was_raised_is_raised_where_it_is_awaited():
    with pytest.raises(ZeroDivisionError):
        await run_in_thread(lambda: 1 / 0)


async def test_an_await_that_is_cancelled_cancels_what_has_not_begun():
    future: Future[int] = Future()
    task = asyncio.ensure_future(_awaiting(future))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert future.cancelled()


async def _awaiting(future):
    return await future


def test_futures_work_with_those_of_the_standard_library():
    begun = [run_in_thread(lambda n=n: n) for n in range(5)]
    assert sorted(future.result() for future in concurrent.futures.as_completed(begun)) == [0, 1, 2, 3, 4]
    assert isinstance(begun[0], concurrent.futures.Future)


def test_the_stack_of_a_remote_error_is_the_remote_one():
    def fail():
        raise RemoteError(Failure("Odd", "why"))

    assert run_in_thread(fail).exception().__traceback__ is None
    assert run_in_thread(lambda: 1 / 0).exception().__traceback__ is not None


def test_a_forked_process_has_threads_of_its_own():
    run_in_thread(lambda: 1).result()
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, b"%d" % run_in_thread(lambda: 42).result(10))
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 10) == b"42"
    os.close(reading)
    os.wait()


def test_work_that_waits_for_work_does_not_run_out_of_threads():
    def nested(depth):
        return 1 + run_in_thread(lambda: nested(depth - 1)).result(10) if depth else 0

    assert run_in_thread(lambda: nested(60)).result(10) == 60


def test_what_calls_need_themselves_goes_on_while_functions_that_run_here_take_all_threads(monkeypatch):
    monkeypatch.setattr(futures, "LOCAL_THREADS_MAX", 1)
    monkeypatch.setattr(futures, "_pools", {})

    def waiting_for_a_large_argument_to_be_put():
        put = threading.Event()
        futures.in_thread(put.set)
        return put.wait(5)

    assert run_in_thread(waiting_for_a_large_argument_to_be_put).result(10)


def test_nobody_waits_for_what_is_left_to_a_thread():
    done = threading.Event()
    futures.in_thread(done.set)
    assert done.wait(10)
