"""How long clients are waited for. Looks are called for here; no test waits for one."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from tests.unit.gateway.clients import Client, connected, echo, running, turns

from lambent.gateway.patience import (
    BODY_S_MAX,
    HEAD_S_MAX,
    LOOK_S,
    LOOKED_AT_ONCE_MAX,
    NEXT_S_MAX,
    READ_S_MAX,
    Awaited,
    Patience,
)
from lambent.gateway.server import Incoming, Server
from lambent.wire.http import Response

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def look(server: Server, seconds: float) -> None:
    """As many looks as there are until nobody who does nothing for so long is waited for any more."""
    await turns()
    for _ in range(int(seconds / LOOK_S) + 1):
        server.patience.look()
    await turns()


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[Server, Client]]:
    async with running(echo) as (server, port), connected(port) as client:
        yield server, client


@pytest.mark.parametrize("part", [b"GE", b"GET / HT", b"GET / HTTP/1.1\r\nHost: h\r\nA: "])
async def test_a_head_that_never_ends_is_answered_408_however_it_trickles(part: bytes) -> None:
    async with served() as (server, client):
        client.send(part)
        await look(server, HEAD_S_MAX - 2 * LOOK_S)
        if b"A: " in part:
            client.send(b"still here")
            await turns()
        server.patience.look()
        await turns()
        assert server.connections
        await look(server, 2 * LOOK_S)
        assert b"HTTP/1.1 408 Request Timeout\r\n" in await client.rest()
        assert not server.connections


async def test_a_body_of_which_no_more_comes_is_answered_408_and_one_that_comes_slowly_is_read() -> None:
    async with served() as (server, client):
        client.send(HEAD)
        for piece in (b"b", b"o", b"d", b"y"):
            await look(server, BODY_S_MAX - 2 * LOOK_S)
            client.send(piece)
        assert await client.answer() == (200, b"body")
        client.send(HEAD + b"bod")
        await look(server, BODY_S_MAX)
        rest = await client.rest()
        assert rest.startswith(b"HTTP/1.1 408 ")
        assert rest.count(b"HTTP/1.1") == 1


async def test_a_client_that_waits_for_100_continue_is_not_waited_for() -> None:
    is_asked, may_read = asyncio.Event(), asyncio.Event()

    async def patient(incoming: Incoming) -> Response:
        is_asked.set()
        await may_read.wait()
        return await echo(incoming)

    async with running(patient) as (server, port), connected(port) as client:
        client.send(HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        await is_asked.wait()
        await look(server, BODY_S_MAX)
        may_read.set()
        assert await client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"body")
        assert await client.answer() == (200, b"body")


async def test_a_client_whose_request_waits_behind_another_is_not_waited_for_before_it_has_its_100_continue() -> None:
    may_end = asyncio.Event()

    async def work(incoming: Incoming) -> Response:
        await may_end.wait()
        return await echo(incoming)

    async with running(work) as (server, port), connected(port) as client:
        client.send(GET + HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        await look(server, BODY_S_MAX)
        may_end.set()
        assert await client.answer() == (200, b"")
        assert await client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await look(server, BODY_S_MAX - 2 * LOOK_S)
        client.send(b"bo")
        await look(server, BODY_S_MAX)  # it was let in, so now the rest of its body is waited for
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")


async def test_an_idle_connection_is_closed_in_silence_and_one_in_use_is_kept() -> None:
    async with served() as (server, client):
        for _ in range(3):
            await look(server, NEXT_S_MAX - 2 * LOOK_S)
            client.send(GET)
            assert await client.answer() == (200, b"")
        await look(server, NEXT_S_MAX)
        assert await client.rest() == b""


async def test_a_request_that_runs_long_is_let_run() -> None:
    is_begun, may_end = asyncio.Event(), asyncio.Event()

    async def work(_: Incoming) -> Response:
        is_begun.set()
        await may_end.wait()
        return Response(200, [], b"done")

    async with running(work) as (server, port), connected(port) as client:
        client.send(GET)
        await is_begun.wait()
        await look(server, NEXT_S_MAX)
        may_end.set()
        assert await client.answer() == (200, b"done")


async def test_half_a_request_behind_one_that_runs_is_refused_when_that_is_answered() -> None:
    may_end = asyncio.Event()

    async def work(_: Incoming) -> Response:
        await may_end.wait()
        return Response(200, [], b"done")

    async with running(work) as (server, port), connected(port) as client:
        client.send(GET + b"GET / HTTP/1.1\r\nHo")
        await look(server, HEAD_S_MAX)
        may_end.set()
        assert await client.answer() == (200, b"done")
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")


@contextlib.asynccontextmanager
async def flooded() -> AsyncIterator[tuple[Server, socket.socket, asyncio.Event]]:
    """With the client's side of an answer without end, of which nothing is read yet, and what is set when it is cut."""
    is_closed = asyncio.Event()

    async def flood() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1_000_000
        finally:
            is_closed.set()

    async def answer(_: Incoming) -> Response:
        return Response(200, [], flood())

    async with running(answer) as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(GET)
            await turns()
            yield server, client, is_closed


async def test_who_reads_nothing_of_a_stream_ends_it() -> None:
    async with flooded() as (server, _, is_closed):
        await look(server, READ_S_MAX)
        await asyncio.wait_for(is_closed.wait(), 5)
        await turns()
        assert not server.connections


async def test_who_reads_a_stream_slowly_and_steadily_is_waited_for() -> None:
    async with flooded() as (server, client, is_closed):
        for _ in range(int(2 * READ_S_MAX / LOOK_S)):
            assert client.recv(int(1_000 * LOOK_S))
            await asyncio.sleep(0)
            server.patience.look()
        await turns()
        assert not is_closed.is_set()


class Waiting:
    """A connection that is waited for."""

    given_up: Awaited | None = None
    looks = 0

    def end(self) -> None: ...

    def abort(self) -> None: ...

    def awaited(self) -> tuple[Awaited, object, int]:
        self.looks += 1
        return Awaited.HEAD, self, 0

    def give_up(self, awaited: Awaited) -> None:
        self.given_up = awaited


class Loop:
    """Keeps what is to be called, later or soon."""

    def __init__(self) -> None:
        self.rings: list[Callable[[], None]] = []
        self.soon: list[Callable[[], None]] = []

    def call_later(self, delay_s: float, ring: Callable[[], None]) -> object:
        assert delay_s == LOOK_S
        self.rings.append(ring)
        return object()

    def call_soon(self, call: Callable[..., None], *given: object) -> None:
        self.soon.append(functools.partial(call, *given))


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_looks_go_on_for_as_long_as_there_is_a_connection(loop: Loop) -> None:
    waiting = Waiting()
    connections = {waiting}
    patience = Patience(connections)
    patience.wake()
    patience.wake()
    for count in range(1, int(HEAD_S_MAX / LOOK_S) + 2):
        assert waiting.given_up is None
        loop.rings[-1]()
        patience.wake()
        assert len(loop.rings) == count + 1
    assert waiting.given_up is Awaited.HEAD
    connections.clear()
    loop.rings[-1]()
    assert len(loop.rings) == count + 1


def test_a_look_at_many_connections_lets_requests_have_their_turn_and_leaves_out_who_has_gone_meanwhile(loop: Loop) -> None:
    connections = {Waiting() for _ in range(2 * LOOKED_AT_ONCE_MAX + 1)}
    patience = Patience(connections)
    patience.look()
    for count in (LOOKED_AT_ONCE_MAX, 2 * LOOKED_AT_ONCE_MAX):
        assert sum(waiting.looks for waiting in connections) == count
        loop.soon.pop()()
    assert [waiting.looks for waiting in connections] == [1] * len(connections)
    assert not loop.soon

    patience.look()
    gone = next(waiting for waiting in connections if waiting.looks == 1)
    connections.remove(gone)
    while loop.soon:
        loop.soon.pop()()
    assert gone.looks == 1
    assert {waiting.looks for waiting in connections} == {2}

    for _ in range(int(HEAD_S_MAX / LOOK_S) - 1):
        patience.look()
        while loop.soon:
            loop.soon.pop()()
    assert {waiting.given_up for waiting in connections} == {Awaited.HEAD}
