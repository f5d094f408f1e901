"""What is fetched is whole, short and there, or an OSError."""

import asyncio

import pytest

from lambent.services.apigateway.operations.http.web import HandedOn, Pieces, Web
from lambent.wire.http import CutShort


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nok", None),
        (b"HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlong!", None),
        (b"nonsense\r\n\r\n", None),
    ],
)
async def test_a_page_is_fetched(answer, found):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    web = Web()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        if found is None:
            with pytest.raises(OSError):
                await web.get(url, bytes_max=4)
        else:
            assert await web.get(url, bytes_max=4) == found
        await web.close()


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:1/", "ftp://a.example/"])
async def test_what_cannot_be_reached_is_an_os_error(url):
    web = Web()

    with pytest.raises(OSError):
        await web.get(url, bytes_max=4)
    await web.close()


@pytest.mark.parametrize("is_begun", [False, True])
async def test_an_answer_that_nobody_reads_to_its_end_gives_its_connection_back(is_begun):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await reader.read()
        writer.close()

    web = Web()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        answer = await web.client().send(web.client().build_request("GET", url), stream=True)
        body = Pieces(answer)
        if is_begun:
            assert await anext(body) == b"a"

        await body.aclose()

        assert answer.is_closed
        await web.close()


async def test_an_answer_that_its_server_broke_off_is_cut_short_for_the_visitor():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
        writer.close()

    web = Web()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        body = HandedOn(await web.client().send(web.client().build_request("GET", url), stream=True))
        assert await anext(body) == b"a"

        with pytest.raises(CutShort):
            await anext(body)
        await web.close()
