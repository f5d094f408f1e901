"""Answers that come piece by piece: handed on at once, held up by who reads slowly, gathered where nobody streams."""

import asyncio
import json
from typing import Any

import pytest
from tests.environment.house import until

from lambent.core import ids
from lambent.core.ports import Invocation

PRELUDE = "application/vnd.awslambda.http-integration-response"


class Reader:
    """A ``ResponseStream`` that keeps what came; it takes no more than ``room`` pieces until it is told to go on."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.content_type: str | None = None
        self.pieces: list[bytes] = []
        self.room = room
        self.more = asyncio.Event()

    def begin(self, content_type: str) -> None:
        assert self.content_type is None
        self.content_type = content_type

    async def write(self, data: bytes) -> None:
        self.pieces.append(data)
        if len(self.pieces) >= self.room:
            await self.more.wait()

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


async def stream(house: Any, spec: Any, reader: Reader) -> Any:
    invocation = Invocation(
        payload=b"{}", request_id="r1", invoked_function_arn=spec.function_arn, trace_id="", wants_log_tail=True
    )
    return await house.pool.invoke(spec, invocation, reader)


def handler(*lines: str) -> str:
    return "import os, time, json\ndef handler(e, c):\n" + "".join(f"    {line}\n" for line in lines)


async def test_pieces_come_as_they_are_yielded(house):
    reader = Reader()
    spec = house.spec(handler("for n in range(3):", "    yield '%d,' % n"))
    outcome = await stream(house, spec, reader)
    assert (reader.content_type, reader.pieces) == ("application/octet-stream", [b"0,", b"1,", b"2,"])
    assert (outcome.payload, outcome.function_error, outcome.content_type) == (b"", None, "application/octet-stream")
    assert [line.split()[0] for line in house.sink.messages()] == ["INIT_START", "START", "END", "REPORT"]


async def test_a_piece_is_here_before_the_next_is_made(house):
    reader = Reader()
    spec = house.spec(handler("yield b'first'", "time.sleep(9)"))
    task = asyncio.create_task(stream(house, spec, reader))
    await until(lambda: reader.pieces == [b"first"], within_s=5)
    assert not task.done()
    (environment,) = house.pool._plans[spec.key].busy
    environment.kill()
    await task


async def test_async_generators_and_other_iterators_stream_too(house):
    code = (
        "import asyncio, io\n"
        "async def agen(e, c):\n    for n in range(3):\n        await asyncio.sleep(0)\n        yield b'%d' % n\n"
        "def mapped(e, c):\n    return map(str, range(3))\n"
        "def opened(e, c):\n    return io.BytesIO(b'a\\nb\\n')\n"
    )
    for name, pieces in (("agen", [b"0", b"1", b"2"]), ("mapped", [b"0", b"1", b"2"]), ("opened", [b"a\n", b"b\n"])):
        reader = Reader()
        outcome = await stream(house, house.spec(code, handler=f"app.{name}"), reader)
        assert (outcome.function_error, reader.pieces) == (None, pieces)


async def test_what_is_no_iterator_is_answered_whole(house):
    reader = Reader()
    outcome = await stream(house, house.spec(handler("return ['a', 'b']")), reader)
    assert (outcome.payload, reader.content_type) == (b'["a", "b"]', None)


async def test_a_first_dict_is_the_prelude_of_an_http_response(house):
    reader = Reader()
    spec = house.spec(handler("yield {'statusCode': 418, 'cookies': ['a=b']}", "yield 'tea'"))
    await stream(house, spec, reader)
    prelude, _, body = reader.body.partition(b"\0" * 8)
    assert reader.content_type == PRELUDE
    assert (json.loads(prelude), body) == ({"statusCode": 418, "cookies": ["a=b"]}, b"tea")


async def test_a_plain_invocation_gathers_the_pieces(house):
    spec = house.spec(handler("yield 'a'", "yield b'b' * 200000"))
    outcome = await house.invoke(spec)
    assert (outcome.payload, outcome.content_type) == (b"a" + b"b" * 200_000, "application/octet-stream")


async def test_an_error_before_the_first_piece_is_an_answer_without_a_stream(house):
    reader = Reader()
    outcome = await stream(house, house.spec(handler("raise ValueError('early')", "yield")), reader)
    assert reader.content_type is None
    assert json.loads(outcome.payload)["errorMessage"] == "early"


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_an_error_in_the_middle_ends_the_stream_with_it(house, kind):
    reader = Reader()
    spec = house.spec(f"{kind} handler(e, c):\n    yield 'half'\n    print('printed')\n    raise ValueError('late')\n")
    outcome = await stream(house, spec, reader)
    assert (reader.body, outcome.function_error) == (b"half", "Unhandled")
    error = json.loads(outcome.payload)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "late")
    assert error["stackTrace"] == ["  File \"/var/task/app.py\", line 4, in handler\n    raise ValueError('late')\n"]
    assert [line.split()[0] for line in house.sink.messages()] == [
        *("INIT_START", "START", "printed", "[ERROR]", "END", "REPORT")
    ]
    assert (await house.invoke(spec)).was_cold is False


async def test_a_piece_that_cannot_be_sent_is_a_marshal_error(house):
    reader = Reader()
    outcome = await stream(house, house.spec(handler("yield 'a'", "yield 5")), reader)
    assert json.loads(outcome.payload)["errorType"] == "Runtime.MarshalError"


async def test_a_timeout_in_the_middle_ends_the_stream(house):
    reader = Reader()
    outcome = await stream(house, house.spec(handler("yield 'half'", "time.sleep(60)"), timeout_s=1), reader)
    assert (reader.body, json.loads(outcome.payload)["errorType"]) == (b"half", "Sandbox.Timedout")
    assert any("Task timed out after 1.00 seconds" in line for line in house.sink.messages())


async def test_a_crash_in_the_middle_ends_the_stream_after_all_that_was_written(house):
    reader = Reader()
    outcome = await stream(house, house.spec(handler("yield 'a' * 300000", "os._exit(3)")), reader)
    assert (len(reader.body), json.loads(outcome.payload)["errorType"]) == (300_000, "Runtime.ExitError")


async def test_a_reader_who_is_behind_holds_the_function_up(house):
    reader = Reader(room=1)
    spec = house.spec(handler("for n in range(64):", "    open('/tmp/n', 'w').write(str(n))", "    yield bytes(65536)"))
    task = asyncio.create_task(stream(house, spec, reader))
    await until(lambda: bool(reader.pieces))
    (environment,) = house.pool._plans[spec.key].busy
    process = environment._process
    await until(lambda: not process._is_reading)
    assert len(process._inbox) < 2 * 262_144
    reader.more.set()
    outcome = await task
    assert (outcome.function_error, len(reader.body)) == (None, 64 * 65_536)


async def test_a_reader_who_takes_nothing_any_more_does_not_outlive_the_timeout(house):
    reader = Reader(room=1)
    outcome = await stream(house, house.spec(handler("while True:", "    yield bytes(65536)"), timeout_s=1), reader)
    assert json.loads(outcome.payload)["errorType"] == "Sandbox.Timedout"


async def test_a_stream_has_at_most_20_mb(house):
    reader = Reader()
    spec = house.spec(handler("for n in range(21):", "    yield bytes(1 << 20)"))
    outcome = await stream(house, spec, reader)
    assert len(reader.body) == 20 * 1024 * 1024
    assert json.loads(outcome.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (20971520 bytes).",
    }
    assert len(reader.pieces) < 1_000
    gathered = await house.invoke(spec, request_id=ids.uuid4())
    assert b"(6291556 bytes)" in gathered.payload
