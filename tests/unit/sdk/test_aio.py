"""The calls for coroutines, with functions that are not deployed."""

import threading

import pytest

from lambent.sdk import futures
from lambent.sdk.functions import Function, function


@function
def double(x: int) -> int:
    return 2 * x


@function
def count(n: int):
    for number in range(n):
        if number == 3:
            raise ValueError("three is too many")
        yield number


async def test_a_call_is_awaited():
    assert await double.aio(21) == 42


async def test_an_event_gives_its_request_id():
    assert len(await double.aio.send(1)) == 36


async def test_pieces_come_one_after_the_other_and_a_failure_where_it_is():
    found = []

    async def follow():
        async for piece in count.aio.stream(5):
            found.append(piece)

    with pytest.raises(ValueError, match="three is too many"):
        await follow()
    assert found == [0, 1, 2]


async def test_the_event_loop_goes_on_while_the_configuration_of_the_first_call_is_read(monkeypatch):
    threads = []
    monkeypatch.setattr(Function, "_bound_route", lambda _: threads.append(threading.current_thread()) or Answering())
    assert await double.at("double", region="us-east-1", endpoint_url="http://localhost:1").aio(21) == 42
    assert threads[0] is not threading.current_thread()


class Answering:
    is_current = True

    def invoke(self, value):
        return futures.done(2 * value)


async def test_pieces_of_an_asynchronous_generator_come_as_those_of_any_other():
    closed = []

    @function
    async def later(n: int):
        try:
            for number in range(n):
                yield number
        finally:
            closed.append(n)

    assert [piece async for piece in later.aio.stream(3)] == [0, 1, 2]
    stream = later.aio.stream(9)
    assert await anext(stream) == 0
    await stream.aclose()
    assert closed == [3, 9]


async def test_who_leaves_early_closes_the_stream():
    closed = []

    @function
    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    stream = endless.aio.stream()
    assert await anext(stream) == 1
    await stream.aclose()
    assert closed == [True]
