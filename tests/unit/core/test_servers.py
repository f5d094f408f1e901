"""Requests to servers that users name: what comes back, and when one is given up."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.servers import Answer, Request, Servers, ServerUnreachable

BYTES_MAX = 10
EMPTY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    found = Servers(VirtualClock())
    yield found
    await found.close()


async def ask(
    servers: Servers, answer: bytes, *, answer_s_max: float = 10.0, headers: Sequence[tuple[str, str]] = (("X-A", "1"),)
) -> tuple[Answer, bytes]:
    """The answer, and the request as the server saw it."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if answer_s_max < 1:
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a?b"
        found = await servers.send(Request("GET", url, headers, b""), answer_s_max=answer_s_max, answer_bytes_max=BYTES_MAX)
    return found, heads[0]


async def test_an_answer_is_told_with_all_its_headers(servers: Servers) -> None:
    answer, head = await ask(servers, b"HTTP/1.1 404 Not Here\r\nX-B: 1\r\nX-B: 2\r\ncontent-length: 2\r\n\r\nhi")
    assert (answer.status, answer.phrase, answer.body, answer.is_whole) == (404, "Not Here", b"hi", True)
    assert [value for name, value in answer.headers if name == "X-B"] == ["1", "2"]
    assert answer.header("x-b") == "1"
    assert head.startswith(b"GET /a?b HTTP/1.1\r\n")
    assert b"X-A: 1\r\n" in head


async def test_no_more_is_read_than_is_asked_for(servers: Servers) -> None:
    answer, _ = await ask(servers, b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789")
    assert (answer.body, answer.is_whole) == (b"0123456789", False)


async def test_a_redirect_is_an_answer(servers: Servers) -> None:
    answer, _ = await ask(servers, b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
    assert answer.status == 302


async def test_a_server_that_keeps_silent_is_given_up(servers: Servers) -> None:
    with pytest.raises(ServerUnreachable, match="TimeoutError"):
        await ask(servers, b"", answer_s_max=0.1)


async def test_what_is_no_server_is_unreachable(servers: Servers) -> None:
    for url in ("http://127.0.0.1:1/", "http://", "https://name.invalid/"):
        with pytest.raises(ServerUnreachable):
            await servers.send(Request("GET", url, [], b""), answer_s_max=10, answer_bytes_max=1)


async def test_blanks_around_a_headers_value_are_not_sent(servers: Servers) -> None:
    _, head = await ask(servers, EMPTY, headers=[("X-Key", " \tsecret ")])
    assert b"X-Key: secret\r\n" in head


async def test_the_client_alone_says_how_long_a_body_is(servers: Servers) -> None:
    _, head = await ask(servers, EMPTY, headers=[("Content-Length", "5")])
    assert b"content-length" not in head.lower()


@pytest.mark.parametrize("value", ["secret\nX: y", "s\u00e9cret"])
async def test_a_header_that_cannot_be_sent_is_not_told(servers: Servers, value: str) -> None:
    with pytest.raises(ServerUnreachable) as raised:
        await ask(servers, EMPTY, headers=[("X-Key", value)])
    assert "cret" not in str(raised.value)


@pytest.mark.parametrize("port", ["65536", "99999", "-1"])
async def test_no_server_has_a_port_beyond_the_last(servers: Servers, port: str) -> None:
    with pytest.raises(ServerUnreachable):
        await servers.send(Request("GET", f"http://localhost:{port}/", [], b""), answer_s_max=1.0, answer_bytes_max=BYTES_MAX)
