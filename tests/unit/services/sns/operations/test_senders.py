"""Posts to servers: how long one may take, and that nothing of it stays."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.ports import Metrics
from lambent.services.sns import errors
from lambent.services.sns.operations import senders
from lambent.services.sns.operations.senders import Senders

CONTEXT = Context("111122223333", "us-east-1", "r", "sns.amazonaws.com", "http://localhost:4566")


class Store:
    def on_signal(self, hear: Callable[[str], None]) -> None:
        pass


@pytest.fixture
async def posting() -> AsyncIterator[Senders]:
    found = Senders(store=Store(), clock=VirtualClock(), call=None, metrics=Metrics())  # type: ignore[arg-type]
    yield found
    await found.close()


async def post(posting: Senders, server: asyncio.Server) -> None:
    given = {"Url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "Headers": [], "Body": "b"}
    await posting.post(CONTEXT, "http", "POST", {"Parameters": given, "IsNotification": True})


async def test_a_server_that_answers_drop_by_drop_is_given_up(posting: Senders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "ANSWER_S_MAX", 0.2)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not reader.at_eof():
            writer.write(b"x")
            try:
                await asyncio.wait_for(reader.read(1_000), 0.05)
            except TimeoutError:
                continue
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        with pytest.raises(errors.EndpointUnreachable):
            await asyncio.wait_for(post(posting, server), 10)


async def test_what_a_server_wants_remembered_is_told_to_none_at_the_next_post(posting: Senders) -> None:
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await reader.read(1)
        writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        await post(posting, server)
        await post(posting, server)
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()
