"""The HTTP server: requests in, answers back, whatever clients do in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.unit.gateway.clients import connected, echo, running, turns

from lambent.gateway.server import HEAD_BYTES_MAX, PIPELINED_MAX, BodyTooLarge, ClientGone, Incoming
from lambent.wire.http import CutShort, Request, Response


async def test_a_connection_serves_one_request_after_another() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        for text in (b"one", b"three", b""):
            client.send(b"POST /a?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
            assert await client.answer() == (200, text)


async def test_a_request_that_comes_byte_by_byte_is_read_as_one() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        for byte in b"POST /long/path?and=query HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody":
            client.send(bytes((byte,)))
            await client.writer.drain()
            await asyncio.sleep(0)
        assert await client.answer() == (200, b"body")


async def test_path_and_query_stay_as_they_were_sent() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"GET /a%2Fb//c?x=%20&y HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"X-Saw: GET /a%2Fb//c?x=%20&y\r\n" in await client.head()


async def test_an_absolute_target_is_read_as_its_path_and_its_host_is_believed() -> None:
    async def told(incoming: Incoming) -> Response:
        request = incoming.request
        line = next(value for name, value in request.header_lines if name.lower() == b"host").decode()
        return Response(200, [], f"{request.path}?{request.query} {request.headers['host']} {line}".encode())

    async with running(told) as (_, port), connected(port) as client:
        for header in (b"Host: h\r\n", b""):
            client.send(b"GET http://localhost:4566/a?b HTTP/1.1\r\n" + header + b"\r\n")
            assert await client.answer() == (200, b"/a?b localhost:4566 localhost:4566")


async def test_an_offer_to_speak_http_2_is_passed_over() -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
    body = b'{"a": "\r\nUpgrade: h2c"}'
    async with running(echo) as (_, port), connected(port) as client:
        for _ in range(2):
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\n" + offer + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert await client.answer() == (200, body)


async def test_pipelined_requests_are_answered_in_order() -> None:
    async def slow_first(incoming: Incoming) -> Response:
        if incoming.request.path == "/0":
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return Response(200, [], incoming.request.path.encode())

    async with running(slow_first) as (_, port), connected(port) as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(40)))
        assert [await client.answer() for _ in range(40)] == [(200, b"/%d" % number) for number in range(40)]


async def test_chunked_request_bodies_are_joined() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0)
        client.send(b"2\r\nde\r\n0\r\n\r\n")
        assert await client.answer() == (200, b"abcde")


async def test_a_large_body_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert await client.answer() == (200, body)


async def test_repeated_headers_are_joined_by_commas() -> None:
    async def headers(incoming: Incoming) -> Response:
        return Response(200, [], incoming.request.headers["x-many"].encode())

    async with running(headers) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nX-Many: a\r\nx-many: b\r\n\r\n")
        assert await client.answer() == (200, b"a,b")


async def test_the_client_is_told_to_continue_when_its_body_is_wanted() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert await client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"body")
        assert await client.answer() == (200, b"body")


async def test_a_refusal_needs_no_body_from_a_client_that_asks_first() -> None:
    async def refuse(_: Incoming) -> Response:
        return Response(403, [], b"no")

    async with running(refuse) as (_, port), connected(port) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        head = await client.head()
        assert head.startswith(b"HTTP/1.1 403 ")
        # Where the next request would start is unknown, and a client must not try to send one.
        assert b"\r\nConnection: close\r\n" in head
        assert await client.rest() == b"no"


async def test_the_rest_of_a_refused_body_is_read_so_that_the_connection_lives_on() -> None:
    async def refuse(incoming: Incoming) -> Response:
        return Response(403 if incoming.request.method == "PUT" else 200)

    async with running(refuse) as (_, port), connected(port) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" + bytes(1_000_000))
        assert await client.answer() == (403, b"")
        client.send(bytes(2_000_000) + b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.answer() == (200, b"")


async def test_a_body_above_the_limit_is_read_to_its_end_and_refused() -> None:
    async def small(incoming: Incoming) -> Response:
        with pytest.raises(BodyTooLarge):
            await incoming.read(1_000)
        return Response(413)

    async with running(small) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n" + bytes(2_000_000))
        assert await client.answer() == (413, b"")


async def test_head_is_answered_without_a_body() -> None:
    async def answer(_: Incoming) -> Response:
        return Response(200, [("Content-Length", "12")], b"")

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"Content-Length: 12\r\n" in await client.head()
        client.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await client.head()).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_streams_without_a_length_are_sent_in_chunks() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"abc", b"", b"de"):
            yield part

    async def answer(_: Incoming) -> Response:
        return Response(200, [], parts())

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b"Transfer-Encoding: chunked\r\n" in await client.head()
        assert await client.rest() == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("is_streamed", [False, True])
async def test_nothing_follows_an_answer_whose_status_has_no_body(status: int, is_streamed: bool) -> None:
    is_closed = []

    class Body:
        def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("nobody asks for the body")

        async def aclose(self) -> None:
            is_closed.append(True)

    async def answer(_: Incoming) -> Response:
        return Response(status, [], Body() if is_streamed else b"HTTP/1.1 200 OK\r\n\r\n")

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        head = await client.head()
        assert b"transfer-encoding" not in head.lower()
        assert await client.rest() == b""
    assert len(is_closed) == is_streamed


async def test_a_stream_ends_when_its_client_goes_away() -> None:
    ended = asyncio.Event()

    async def forever() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def answer(_: Incoming) -> Response:
        return Response(200, [], forever())

    async with running(answer) as (_, port):
        async with connected(port) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.head()
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_stream_that_breaks_breaks_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise RuntimeError("broken")

    async def answer(_: Incoming) -> Response:
        return Response(200, [], broken())

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        received = b""
        with contextlib.suppress(ConnectionError):
            received = await client.rest()
        assert not received.endswith(b"0\r\n\r\n")
    assert "answer.broken" in caplog.text


async def test_a_stream_that_is_cut_short_sends_what_there_is_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"abc"
        raise CutShort

    async def answer(_: Incoming) -> Response:
        return Response(200, [], half())

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert (await client.rest()).endswith(b"\r\n\r\n3\r\nabc\r\n")
    assert "answer.broken" not in caplog.text


async def test_an_operation_goes_on_when_its_client_goes_away() -> None:
    is_begun, may_end, has_ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(_: Incoming) -> Response:
        is_begun.set()
        await may_end.wait()
        has_ended.set()
        return Response(200)

    async with running(work) as (_, port):
        async with connected(port) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.wait_for(is_begun.wait(), 5)
        may_end.set()
        await asyncio.wait_for(has_ended.wait(), 5)


async def test_a_reader_is_told_when_the_client_goes_away_within_its_body() -> None:
    ended = asyncio.Event()

    async def read(incoming: Incoming) -> Response:
        try:
            await incoming.read(1_000)
        finally:
            ended.set()
        return Response(200)

    async with running(read) as (_, port):
        async with connected(port) as client:
            client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        await asyncio.wait_for(ended.wait(), 5)


async def told(incoming: Incoming) -> Response:
    """Tells the method, and the body behind it."""
    return Response(200, [], incoming.request.method.encode() + b":" + await incoming.read(1_000))


async def test_a_method_that_nobody_has_registered_is_for_who_is_asked_to_know() -> None:
    request = b"%b / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
    async with running(told) as (_, port), connected(port) as client:
        for method in (b"FOO", b"GET", b"get", b"FOO"):
            client.send(request % method)
            assert await client.answer() == (200, method + b":hi")
        client.send(request % b"FOO" + request % b"GET")
        assert [await client.answer() for _ in range(2)] == [(200, b"FOO:hi"), (200, b"GET:hi")]
        client.send(request % b"GET" + request % b"FOO")  # where it begins nobody knows any more
        assert await client.answer() == (200, b"GET:hi")
        assert (await client.answer())[0] == 400


@pytest.mark.parametrize("method", [b"FOO", b"GEX"], ids=["like none", "begins like GET"])
async def test_a_method_that_nobody_has_registered_may_come_in_parts(method: bytes) -> None:
    async with running(told) as (_, port), connected(port) as client:
        for part in (method[:2], method[2:], b" / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"):
            client.send(part)
            await client.writer.drain()
            await turns()
        assert await client.answer() == (200, method + b":hi")


async def test_what_looks_like_a_method_within_a_body_is_none() -> None:
    async with running(told) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nFO")
        await asyncio.sleep(0)
        client.send(b"O / x\r\n" + b"BAR / HTTP/1.1\r\nHost: h\r\n\r\n")
        answers = await client.rest()
        assert answers.count(b"HTTP/1.1 200") == 1
        assert b"POST:FOO / x\r\n" in answers
        assert answers.count(b"HTTP/1.1 400") == 1


@pytest.mark.parametrize("head", [b"Host: a\r\nHost: b\r\n", b"Host: a, b\r\n"])
async def test_a_request_to_two_hosts_is_refused(head: bytes) -> None:
    async with running(told) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + head + b"\r\n")
        assert (await client.answer())[0] == 400
        assert await client.rest() == b""


async def test_what_is_not_http_is_refused() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"EHLO example.org\r\n\r\n")
        assert (await client.answer())[0] == 400
        assert await client.rest() == b""


async def test_an_endless_head_is_refused() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + b"a" * (HEAD_BYTES_MAX + 1))
        assert (await client.answer())[0] == 431


async def test_a_body_that_breaks_off_http_is_refused_and_nobody_waits_for_the_rest() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno size\r\n")
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


async def test_requests_before_one_that_is_not_http_are_answered_before_it_is_refused() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na" * 2 + b"nonsense\r\n\r\n")
        assert [await client.answer(), await client.answer()] == [(200, b"a"), (200, b"a")]
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Content-Length: 3\r\nContent-Length: 3",
        b"Transfer-Encoding: chunked, gzip",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding : chunked",
        b"Content-Length: +3",
    ],
)
async def test_a_body_whose_length_two_readers_may_see_differently_is_refused(head: bytes) -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\n" + head + b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        answers = await client.rest()
        assert answers.split()[1] in (b"400", b"501")
        assert answers.count(b"Date: ") == 1


async def test_trailers_change_no_header() -> None:
    async def headers(incoming: Incoming) -> Response:
        await incoming.read(100)
        return Response(200, [], ",".join(incoming.request.headers).encode())

    async with running(headers) as (_, port), connected(port) as client:
        body = b"3\r\nabc\r\n0\r\nHost: other\r\nX-Amz-Acl: public-read\r\n\r\n"
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        assert await client.answer() == (200, b"host,transfer-encoding")


@pytest.mark.parametrize("piece", [b"X: " + b"a" * 9_000 + b"\r\n", b"a" * 9_000])
async def test_endless_trailers_are_refused(piece: bytes) -> None:
    is_told = asyncio.Event()

    async def answer(incoming: Incoming) -> Response:
        try:
            return await echo(incoming)
        except ClientGone:
            is_told.set()
            raise

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: ")
        client.send(piece * 60)  # more than the limit and one read of the socket
        await asyncio.wait_for(is_told.wait(), 5)


@pytest.mark.parametrize(
    "head",
    [
        (b"Connection: Upgrade\r\nUpgr", b"ade: h2c\r\nContent-Length: 3\r\n\r\nabc"),
        (b"Connection: Upgrade\r\nUPGRADE: h2c\r\nContent-Length: 3\r\n\r\nabc",),
    ],
)
async def test_an_offer_that_cannot_be_passed_over_is_refused_and_nothing_is_carried_out(head: tuple[bytes, ...]) -> None:
    asked: list[str] = []

    async def answer(incoming: Incoming) -> Response:
        asked.append(incoming.request.path)
        return await echo(incoming)

    async with running(answer) as (_, port), connected(port) as client:
        for piece in (b"POST / HTTP/1.1\r\nHost: h\r\n", *head):
            client.send(piece)
            await client.writer.drain()
            await turns()  # a packet of its own
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")
        assert asked == []


async def test_a_flood_of_pipelined_requests_waits_at_the_client() -> None:
    may_end = asyncio.Event()
    answered = 0

    async def answer(_: Incoming) -> Response:
        nonlocal answered
        if answered == 3:
            await may_end.wait()
        answered += 1
        return Response(200)

    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    async with running(answer) as (server, port), connected(port) as client:
        client.send(request * 100_000)
        await turns()
        (connection,) = server.connections
        assert PIPELINED_MAX <= len(connection._waiting) < 262_144 // len(request) + PIPELINED_MAX  # one read of the socket
        connection.abort()
        may_end.set()


async def test_who_does_not_read_its_answers_gets_no_more_of_them() -> None:
    answered = 0

    async def answer(_: Incoming) -> Response:
        nonlocal answered
        answered += 1
        return Response(200, [], bytes(1_000_000))

    async with running(answer) as (_, port), connected(port) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 100)
        await turns()
        assert answered < 20
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert [len((await client.answer())[1]) for _ in range(100)] == [1_000_000] * 100


async def test_a_stream_that_is_shorter_than_its_length_breaks_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"a"

    async def answer(_: Incoming) -> Response:
        return Response(200, [("Content-Length", "5")], content())

    async with running(answer) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 2)
        with contextlib.suppress(ConnectionError):
            assert (await client.rest()).count(b"HTTP/1.1") <= 1
    assert "an answer of 5 bytes has 1" in caplog.text


async def test_an_answer_of_http_1_0_ends_with_its_connection() -> None:
    async with running(echo) as (_, port), connected(port) as client:
        client.send(b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na")
        assert (await client.rest()).endswith(b"Connection: close\r\n\r\na")


async def test_stopping_waits_for_a_body_that_is_on_its_way() -> None:
    is_asked = asyncio.Event()

    async def answer(incoming: Incoming) -> Response:
        is_asked.set()
        return await echo(incoming)

    async with running(answer) as (server, port), connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")
        await is_asked.wait()
        stopping = asyncio.ensure_future(server.stop(grace_s=5))
        await asyncio.sleep(0)
        client.send(b"def")
        assert (await client.rest()).endswith(b"\r\n\r\nabcdef")
        await stopping


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
async def test_a_line_break_in_a_header_never_leaves(caplog: pytest.LogCaptureFixture, line_break: str) -> None:
    async def split(_: Incoming) -> Response:
        return Response(200, [("X-Name", f"a{line_break}X-Forged: b")])

    async with running(split) as (_, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await client.rest() == b""
    assert "line break" in caplog.text


async def test_stopping_answers_what_is_under_way_and_closes_what_is_idle() -> None:
    is_begun, may_end = asyncio.Event(), asyncio.Event()

    async def work(_: Incoming) -> Response:
        is_begun.set()
        await may_end.wait()
        return Response(200, [], b"done")

    async with running(work) as (server, port), connected(port) as idle, connected(port) as busy:
        busy.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await is_begun.wait()
        stopping = asyncio.create_task(server.stop())
        assert await idle.rest() == b""
        may_end.set()
        assert await busy.answer() == (200, b"done")
        await asyncio.wait_for(stopping, 5)
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_request_at_hand_reads_as_it_is() -> None:
    incoming = Incoming(Request("POST", "/", "", {}))
    incoming.feed(b"abc")
    incoming.feed(b"def")
    incoming.finish()
    assert await incoming.read(6) == b"abcdef"


async def test_an_abort_answers_nobody() -> None:
    reached, never = asyncio.Event(), asyncio.Event()

    async def answer(_: Incoming) -> Response:
        reached.set()
        await never.wait()
        return Response(200, [], b"")

    async with running(answer) as (server, port), connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.wait_for(reached.wait(), 5)
        server.abort()
        assert await client.rest() == b""
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", port)
        never.set()
