"""An answer that is taken piece by piece: its reader holds the function up, but does not end it."""

import asyncio
import gc

from lambent.services.lambda_.operations import streams
from lambent.services.lambda_.operations.streams import Pieces, Reader


async def nothing() -> None:
    return None


def reader(pieces: Pieces) -> Reader:
    return Reader(pieces, asyncio.ensure_future(nothing()), "$LATEST")  # type: ignore[arg-type]


async def test_a_writer_waits_for_a_reader_who_is_behind():
    pieces = Pieces()
    reading = reader(pieces)
    pieces.begin("text/plain")
    await pieces.write(b"a")
    writing = asyncio.create_task(pieces.write(bytes(streams.READ_AHEAD_BYTES_MAX)))
    await asyncio.sleep(0)
    assert not writing.done()
    assert await anext(reading) == b"a"
    await writing


async def test_a_reader_gets_all_that_was_written_before_the_end():
    pieces = Pieces()
    reading = reader(pieces)
    pieces.begin("text/plain")
    for piece in (b"a", b"b"):
        await pieces.write(piece)
    pieces.end()
    assert [piece async for piece in reading] == [b"a", b"b"]


async def test_who_drops_the_reader_unread_holds_nobody_up():
    pieces = Pieces()
    reading = reader(pieces)
    writing = asyncio.create_task(pieces.write(bytes(streams.READ_AHEAD_BYTES_MAX + 1)))
    await asyncio.sleep(0)
    assert not writing.done()
    del reading
    gc.collect()
    await writing
    await pieces.write(bytes(streams.READ_AHEAD_BYTES_MAX + 1))


async def test_a_stream_has_begun_when_the_function_writes_or_ends():
    for tell in (lambda each: each.begin("text/plain"), lambda each: each.end()):
        pieces = Pieces()
        beginning = asyncio.create_task(pieces.begun())
        await asyncio.sleep(0)
        assert not beginning.done()
        tell(pieces)
        await beginning


async def test_an_invocation_ends_by_itself_when_its_caller_has_gone(house):
    await house.create()
    house.environments.streamed = ("text/plain", [bytes(70_000), bytes(70_000)])
    reply = await house("invoke_with_response_stream", FunctionName="f", Payload=b"1")
    assert house.environments._running == 1
    await reply["EventStream"].aclose()
    del reply
    gc.collect()
    await house.settle()
    assert house.environments._running == 0
