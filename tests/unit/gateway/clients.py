"""A server on a free port, and clients of it, byte for byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from lambent.gateway.listening import listen
from lambent.gateway.server import Incoming, Server
from lambent.wire.http import Response

Answer = Callable[[Incoming], Awaitable[Response]]


@contextlib.asynccontextmanager
async def running(answer: Answer) -> AsyncIterator[tuple[Server, int]]:
    listening = listen("127.0.0.1", 0)
    server = Server(answer)
    await server.start(listening)
    try:
        yield server, listening.getsockname()[1]
    finally:
        await server.stop(grace_s=1)


class Client:
    """One connection, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)

    async def answer(self) -> tuple[int, bytes]:
        head = await self.head()
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        return int(head.split()[1]), await asyncio.wait_for(self.reader.readexactly(length), 5)

    async def rest(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), 5)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def turns() -> None:
    """Lets the loop do all that it can do by now."""
    for _ in range(1_000):
        await asyncio.sleep(0)


async def echo(incoming: Incoming) -> Response:
    """Answers what it was sent, with what it saw of the head."""
    request = incoming.request
    body = await incoming.read(10_000_000)
    return Response(200, [("X-Saw", f"{request.method} {request.path}?{request.query}")], body)
