"""WebSockets on the server: a real client on one side, a conversation that notes what it hears on the other."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest
from tests.unit.gateway.clients import connected, running, turns
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from lambent.gateway.patience import LOOK_S, READ_S_MAX
from lambent.gateway.send_queue import SendQueue
from lambent.gateway.server import Incoming, Server
from lambent.gateway.websocket import SOON_BYTES_MAX, WebSocket
from lambent.wire.http import Response, Socket, SocketClosed, Upgrade

HEAD = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MESSAGE_BYTES_MAX, FRAME_BYTES_MAX = 1_000, 400


class Echo:
    """Sends back what comes, and notes how it ends."""

    def __init__(self) -> None:
        self.socket: Socket | None = None
        self.heard_count = 0
        self.end: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def opened(self, socket: Socket) -> None:
        self.socket = socket

    def heard(self) -> None:
        self.heard_count += 1

    def received(self, message: str | bytes) -> None:
        assert self.socket is not None
        self.socket.send(message)

    def ended(self, code: int, reason: str) -> None:
        if not self.end.done():  # of several connections the first
            self.end.set_result((code, reason))


@contextlib.asynccontextmanager
async def echoing() -> AsyncIterator[tuple[Echo, Server, int]]:
    echo = Echo()

    async def answer(incoming: Incoming) -> Response:
        if not incoming.request.is_websocket:
            return Response(426)
        return Upgrade(101, conversation=echo, message_bytes_max=MESSAGE_BYTES_MAX, frame_bytes_max=FRAME_BYTES_MAX)

    async with running(answer) as (server, port):
        yield echo, server, port


@contextlib.asynccontextmanager
async def talking() -> AsyncIterator[tuple[Echo, ClientConnection, Server]]:
    async with echoing() as (echo, server, port), connect(f"ws://127.0.0.1:{port}/", compression=None) as client:
        yield echo, client, server


async def fill(socket: Socket) -> None:
    """Sends until it shows that nobody reads: a little that waits is not enough for that."""
    while socket.drained() is None:
        socket.send("x" * 1_000_000)
        await asyncio.sleep(0)


async def look(server: Server, seconds: float) -> None:
    """As many looks as there are in so long."""
    await turns()
    for _ in range(int(seconds / LOOK_S) + 1):
        server.patience.look()
        await asyncio.sleep(0)
    await turns()


async def close_of(client: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        await asyncio.wait_for(client.recv(), 5)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_messages_come_whole_and_go_back_as_text_or_bytes():
    async with talking() as (echo, client, _):
        for message in ("héllo", b"\xff\x00", "", "x" * FRAME_BYTES_MAX):
            await client.send(message)
            assert await client.recv() == message
        await client.send(["in ", "several ", "", "frames"])
        assert await client.recv() == "in several frames"
        await (await client.ping())
        assert echo.heard_count >= 6


async def test_a_long_message_is_sent_in_frames_of_the_size_that_clients_may_send():
    async with talking() as (echo, client, _):
        await client.ping()
        for message in ("é" * 600, b"\xff" * FRAME_BYTES_MAX * 2, "x" * (FRAME_BYTES_MAX + 1)):
            await turns()
            assert echo.socket is not None
            echo.socket.send(message)
            parts = [part async for part in client.recv_streaming(decode=False)]
            whole = message.encode() if isinstance(message, str) else message
            assert b"".join(parts) == whole
            assert [len(part) for part in parts] == [
                min(FRAME_BYTES_MAX, len(whole) - start) for start in range(0, len(whole), FRAME_BYTES_MAX)
            ]


async def test_a_connection_that_opens_while_the_server_stops_is_closed_at_once():
    is_asked, may_open = asyncio.Event(), asyncio.Event()
    echo = Echo()

    async def answer(_: Incoming) -> Response:
        is_asked.set()
        await may_open.wait()
        return Upgrade(101, conversation=echo)

    async with running(answer) as (server, port):
        opening = asyncio.create_task(connect(f"ws://127.0.0.1:{port}/", compression=None).__aenter__())
        await is_asked.wait()
        stopping = asyncio.create_task(server.stop(grace_s=5))
        await turns()
        may_open.set()
        assert await close_of(await opening) == (1001, "Going away")
        await stopping
        assert await echo.end == (1001, "Going away")


async def test_what_is_sent_right_behind_the_opening_is_heard():
    async with echoing() as (_, _, port), connected(port) as client:
        client.send(HEAD + b"\x81\x82\x00\x00\x00\x00hi")
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        assert await asyncio.wait_for(client.reader.readexactly(4), 5) == b"\x81\x02hi"


@pytest.mark.parametrize("first", ["81 82 00000000 6869", "01 81 00000000 68 80 81 00000000 69"], ids=["frame", "frames"])
async def test_a_message_may_be_cut_anywhere_and_be_followed_by_a_whole_one(first: str):
    cut, whole = bytes.fromhex(first), b"\x81\x83\x00\x00\x00\x00you"
    async with echoing() as (_, _, port), connected(port) as client:
        client.send(HEAD)
        await client.head()
        for end in range(1, len(cut)):
            for data in (cut[:end], cut[end:], whole):
                client.send(data)
                await turns()
            assert await asyncio.wait_for(client.reader.readexactly(9), 5) == b"\x81\x02hi\x81\x03you"


async def test_an_opening_that_comes_byte_by_byte_opens():
    async with echoing() as (_, _, port), connected(port) as client:
        for at in range(len(HEAD)):
            client.send(HEAD[at : at + 1])
            await asyncio.sleep(0)
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in await client.head()


@pytest.mark.parametrize(
    ("message", "code"), [("x" * (FRAME_BYTES_MAX + 1), 1009), (["x" * FRAME_BYTES_MAX] * 3, 1009)], ids=["frame", "message"]
)
async def test_what_is_too_large_closes_with_1009(message: str | list[str], code: int):
    async with talking() as (echo, client, _):
        await client.send(message)
        assert (await close_of(client))[0] == code
        assert (await echo.end)[0] == code


async def test_text_that_is_no_utf_8_closes_with_1007():
    async with talking() as (echo, client, _):
        await client.send(b"\xff", text=True)
        assert (await close_of(client))[0] == 1007
        assert (await echo.end)[0] == 1007


async def test_a_client_that_closes_is_told_of_with_its_code_and_reason():
    async with talking() as (echo, client, _):
        await client.close(4001, "enough")
        assert await echo.end == (4001, "enough")


async def test_a_connection_that_breaks_is_told_of_as_1006():
    async with talking() as (echo, client, _):
        client.transport.abort()
        assert await echo.end == (1006, "")
        assert echo.socket is not None
        with pytest.raises(SocketClosed):
            echo.socket.send("gone")


async def test_the_conversation_closes_with_a_code_of_its_own():
    async with talking() as (echo, client, _):
        assert echo.socket is not None
        echo.socket.close(1003, "no bytes" + "é" * 200)
        code, reason = await close_of(client)
        assert (code, reason[:8]) == (1003, "no bytes")
        assert (await echo.end)[0] == 1003


async def test_a_server_that_stops_closes_with_1001():
    async with talking() as (echo, client, server):
        stopping = asyncio.ensure_future(server.stop(grace_s=5))
        assert (await close_of(client))[0] == 1001
        await stopping
        assert (await echo.end)[0] == 1001


async def test_a_client_that_does_not_read_is_not_read_from_until_it_does():
    async with echoing() as (echo, _, port), connected(port) as client:
        client.send(HEAD)
        await client.head()
        assert echo.socket is not None
        await fill(echo.socket)
        drained = echo.socket.drained()
        assert isinstance(drained, asyncio.Future)
        client.send(b"\x89\x80\x00\x00\x00\x00")
        await asyncio.sleep(0)
        assert not drained.done()
        while not drained.done():
            await asyncio.wait_for(client.reader.read(1_000_000), 5)


async def test_a_client_that_reads_nothing_for_long_is_given_up_whatever_clock_its_conversation_goes_by():
    async with echoing() as (echo, server, port), connected(port) as client:
        client.send(HEAD)
        await client.head()
        assert echo.socket is not None
        await look(server, READ_S_MAX)
        assert not echo.end.done()  # it has been sent nothing that it could read
        await fill(echo.socket)
        await look(server, READ_S_MAX - 2 * LOOK_S)
        assert not echo.end.done()
        async with asyncio.timeout(10):
            while not echo.end.done():  # what is still on its way in the system counts as read when it arrives
                await look(server, LOOK_S)
        assert echo.end.result() == (1006, "")
        assert not server.connections


async def test_a_held_connection_is_read_when_it_is_let_go():
    async with talking() as (echo, client, _):
        assert echo.socket is not None
        echo.socket.hold(is_held=True)
        await client.send("later")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.recv(), 0.05)
        echo.socket.hold(is_held=False)
        assert await client.recv() == "later"


async def test_a_request_that_is_no_sound_opening_is_answered_as_any_other_and_ends_the_connection():
    async with echoing() as (_, _, port), connected(port) as client:
        client.send(HEAD.replace(b"Version: 13", b"Version: 8"))
        assert (await client.rest()).startswith(b"HTTP/1.1 426 ")


async def test_no_bytes_whatever_do_more_than_end_their_connection():
    chance = random.Random(6)
    async with echoing() as (_, server, port):
        for _ in range(150):
            async with connected(port) as client:
                client.send(HEAD)
                await client.head()
                for _ in range(chance.randrange(1, 6)):
                    opcode = chance.choice((0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8A, chance.randrange(256)))
                    body = chance.randbytes(chance.choice((0, 1, 2, 5, 125)))
                    length = chance.choice((len(body), chance.randrange(128)))
                    client.send(bytes([opcode, 0x80 | length]) + bytes(4) + body)
        async with connected(port) as client:
            client.send(HEAD + b"\x81\x82\x00\x00\x00\x00hi")
            await client.head()
            assert await asyncio.wait_for(client.reader.readexactly(4), 5) == b"\x81\x02hi"
        assert server.connections


async def test_what_was_said_before_goes_out_before_the_close_that_follows_at_once() -> None:
    async with talking() as (echo, client, _):
        await client.send("hello")
        assert await client.recv() == "hello"
        assert echo.socket is not None
        echo.socket.send("one")
        echo.socket.send(b"two" * FRAME_BYTES_MAX)
        assert echo.socket.unsent_bytes > 3 * FRAME_BYTES_MAX
        echo.socket.close(4000, "enough")
        assert [await client.recv(), await client.recv()] == ["one", b"two" * FRAME_BYTES_MAX]
        assert await close_of(client) == (4000, "enough")


async def test_what_was_said_when_the_connection_is_cut_at_once_is_let_go() -> None:
    async with talking() as (echo, client, server):
        await client.send("hello")
        assert await client.recv() == "hello"
        assert echo.socket is not None
        echo.socket.send("lost")
        for connection in list(server.connections):
            connection.abort()
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (await echo.end)[0] == 1006


class Wire(asyncio.Transport):
    """A transport whose client reads nothing. It raises where it is written to after it was cut, as uvloop's does."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.protocol: asyncio.Protocol | None = None
        self._is_cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_cut:
            raise RuntimeError("it is closed")
        self.written.append(bytes(data))
        if self.protocol is not None and len(data) > SOON_BYTES_MAX:
            self.protocol.pause_writing()

    def abort(self) -> None:
        self._is_cut = True

    def is_closing(self) -> bool:
        return self._is_cut

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.written))

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Alone:
    """The server of one connection."""

    def __init__(self) -> None:
        self.send_queue = SendQueue()

    def lose(self, _: WebSocket) -> None: ...


def wired() -> tuple[Wire, WebSocket]:
    wire = Wire()
    socket = WebSocket(Alone(), wire, Upgrade(101, conversation=Echo()))
    wire.protocol = socket
    socket.begin(b"")
    return wire, socket


async def test_nothing_is_written_between_the_cut_of_a_connection_and_the_notice_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire, socket = wired()
    socket.send("soon")
    socket.abort()
    await asyncio.sleep(0)
    socket.send("soon")
    socket.send("x" * SOON_BYTES_MAX)
    socket.close(1000)
    await asyncio.sleep(0)
    assert wire.written == []
    assert "send.defect" not in caplog.text


async def test_what_is_long_is_written_at_once_behind_what_waits_so_that_a_client_that_does_not_read_is_known_as_one() -> None:
    wire, socket = wired()
    socket.send("one")
    assert wire.written == []
    assert socket.drained() is None
    socket.send("x" * SOON_BYTES_MAX)
    assert [data[-1:] for data in wire.written] == [b"e", b"x"]
    drained = socket.drained()
    assert drained is not None
    socket.send("two")
    assert len(wire.written) == 2
    await asyncio.sleep(0)
    assert wire.written[2:] == [b"\x81\x03two"]
    socket.resume_writing()
    await asyncio.wait_for(drained, 5)
    assert socket.drained() is None
