"""The calls for coroutines, with functions that are not deployed."""

import pytest

from lambent.sdk.functions import function


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
