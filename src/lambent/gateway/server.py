"""HTTP/1.1 on httptools and the event loop, with nothing between: one connection, its requests in order, answers back.

DESIGN.md beside this file says why it is not uvicorn. Bodies are handed on as they arrive; who wants all of one asks ``read``.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

import httptools

from lambent.core import ids
from lambent.core.clock import wall_s
from lambent.core.errors import Defect, LambentError
from lambent.core.log import Log
from lambent.gateway import handshake, request_heads
from lambent.gateway.patience import Awaited, Open, Patience, Wait, unread_bytes
from lambent.gateway.send_queue import SendQueue
from lambent.wire.http import CutShort, Request, Response, Upgrade

HEAD_BYTES_MAX = 65_536
BUFFERED_BYTES_MAX = 1_048_576  # of a body that nobody has asked for yet
PIPELINED_MAX = 16
DRAINED_BYTES_MAX = 268_435_456  # of a refused body: a client that still sends would not see the answer
STOP_GRACE_S = 5.0
BACKLOG = 4_096
CLOSED_ABNORMALLY = 1006  # what a WebSocket's end is called that no closing frame announced

_STATUSES_WITHOUT_BODY = frozenset((HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED))
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}
_JOINED_WRITE_BYTES_MAX = 65_536
_CONTENT_LENGTH_CHARS = len("content-length")

_NO_HTTP = "This is not a request of HTTP/1.1."

log = Log("server")


class ClientGone(LambentError):
    """The client closed its connection, or broke HTTP, before it had sent what it announced."""


class BodyTooLarge(LambentError):
    """A body above the limit that its reader has."""


class Incoming:
    """A request whose head is here and whose body may still be on its way."""

    __slots__ = (
        "_buffered",
        "_chunks",
        "_connection",
        "_is_discarding",
        "_is_wanted_whole",
        "_request_id",
        "_waiter",
        "awaits_continue",
        "is_broken",
        "is_complete",
        "request",
        "source_ip",
    )

    def __init__(self, request: Request, *, source_ip: str = "127.0.0.1", connection: "Connection | None" = None) -> None:
        self.request = request
        self.source_ip = source_ip
        # Until it is let in.
        self.awaits_continue = "expect" in request.headers and request.headers["expect"].lower() == "100-continue"
        self._connection = connection
        self._request_id = ""
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self.is_complete = False  # all of the body has arrived, read or not
        self.is_broken = False  # what came of the body was no HTTP: the rest of it will never come
        self._is_wanted_whole = False
        self._is_discarding = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def request_id(self) -> str:
        """A UUID, drawn when it is first asked for: not all answers tell it."""
        if not self._request_id:
            self._request_id = ids.uuid4()
        return self._request_id

    @property
    def is_client_gone(self) -> bool:
        return self.is_broken or (self._connection is not None and self._connection.is_lost)

    async def read(self, bytes_max: int) -> bytes:
        """The whole body. Raises BodyTooLarge, after having read on for the client's sake, and ClientGone."""
        if self.is_complete and len(self._chunks) <= 1:
            body = self._chunks.popleft() if self._chunks else b""
            if len(body) > bytes_max:
                raise BodyTooLarge
            return body
        announced = int(self.request.headers.get("content-length", "0"))
        if announced > DRAINED_BYTES_MAX:
            raise BodyTooLarge
        self._is_wanted_whole = True
        kept: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size <= bytes_max:
                kept.append(chunk)
            elif size > DRAINED_BYTES_MAX:
                break
        if size > bytes_max:
            raise BodyTooLarge
        return b"".join(kept)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises ClientGone where it ends too early."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._buffered -= len(chunk)
                yield chunk
            if self.is_complete:
                return
            if self.is_client_gone:
                raise ClientGone
            await self._more()

    async def _more(self) -> None:
        if self._connection is not None:
            self._connection.let_in(self)
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    # ---- what the connection tells ----

    def feed(self, data: bytes) -> bool:
        """Takes a piece of the body; False when enough waits unread."""
        if self._is_discarding:
            return True
        self._chunks.append(data)
        self._buffered += len(data)
        self.wake()
        return self._is_wanted_whole or self._buffered < BUFFERED_BYTES_MAX

    def finish(self) -> None:
        self.is_complete = True
        self.wake()

    def break_off(self) -> None:
        self.is_broken = True
        self.wake()

    def discard(self) -> None:
        """Throws away what is left of the body, and what of it is still coming."""
        self._is_discarding = True
        self._chunks.clear()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


Answer = Callable[[Incoming], Awaitable[Response]]
"""Answers every request and raises nothing but ClientGone (the pipeline)."""


class Connection(asyncio.Protocol):
    """One client. Requests are answered one after the other, in the order in which they came."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._transport = cast(asyncio.Transport, None)
        self._source_ip = ""
        self._headers: dict[str, str] = {}
        self._header_lines: list[tuple[bytes, bytes]] = []
        self._target = b""
        self._method = ""  # where it is one that the parser does not know
        self._is_between_messages = True
        self._opening = b""  # of a request, until its method is here: a parser would refuse one that it does not know too soon
        self._head_bytes = 0
        self._receiving: Incoming | None = None
        self._pieces = 0  # of bodies, so far
        self._waiting: deque[tuple[Incoming, bool]] = deque()  # with whether the connection lives on
        self._task: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._is_streaming = False
        self._refusal = b""  # the last answer, to who broke HTTP: nothing that comes after is heard
        self._is_upgrading = False
        self._early = bytearray()  # what came behind the opening of a WebSocket, before it was answered
        self.is_lost = False
        self.is_ending = False

    # ---- transport ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._source_ip = peer[0] if peer else ""
        self._server.gain(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True
        self._server.lose(self)
        for incoming in (self._receiving, *(waiting for waiting, _ in self._waiting)):
            if incoming is not None:
                incoming.wake()
        self.resume_writing()
        if self._is_streaming and self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if self._refusal:
            return
        if self._is_upgrading:
            self._wait_with(data)
            return
        is_between = self._is_between_messages
        if is_between:
            data, self._opening = self._opening + data, b""
            if request_heads.is_part_of_method(data):
                self._opening = data
                return
        self._head_bytes += len(data)
        # By far cheaper than ``in``, which bytes take for a number first.
        if self._receiving is None and data.find(b"pgrade:") >= 0:
            data = request_heads.without_other_upgrade(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._refusal:
                self._wait_with(data[upgrade.args[0] :])
        except httptools.HttpParserInvalidMethodError:
            self._take_unknown_method(data, is_between=is_between)
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, _NO_HTTP)
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head of a request has at most {HEAD_BYTES_MAX} bytes."
            )

    def _take_unknown_method(self, data: bytes, *, is_between: bool) -> None:
        """The parser knows registered methods only. ``is_between``: whether ``data`` begins with a request."""
        found = request_heads.unknown_method(data) if is_between else None
        if found is None:
            self._refuse(HTTPStatus.BAD_REQUEST, _NO_HTTP)
            return
        self._method, data = found
        self._parser = httptools.HttpRequestParser(self)
        self._head_bytes = 0
        self.data_received(data)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def end(self) -> None:
        """Closes when the requests that are here, or on their way, have been answered."""
        self.is_ending = True
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def awaited(self) -> Wait | None:
        if self._writable is not None or self._transport.is_closing():
            return Awaited.READING, self._writable or self._transport, unread_bytes(self._transport)
        if self._refusal or self._is_upgrading or not self._transport.is_reading():
            return None
        if self._receiving is not None:
            return None if self._receiving.awaits_continue else (Awaited.BODY, self._receiving, self._pieces)
        if self._opening or not self._is_between_messages:
            return Awaited.HEAD, self._headers, 0
        return (Awaited.NEXT, self._headers, 0) if self._task is None else None

    def give_up(self, awaited: Awaited) -> None:
        if awaited is Awaited.READING:
            self.abort()
        elif awaited is Awaited.NEXT:
            self._transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.")

    # ---- parser ----

    def on_message_begin(self) -> None:
        self._is_between_messages = False
        self._headers = {}
        self._header_lines = []
        self._target = b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._receiving is not None:
            return  # of a trailer: what was decided by the head may not change behind it
        self._header_lines.append((name, value))
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        before = self._headers.get(key)
        self._headers[key] = text if before is None else f"{before},{text}"

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        if self._refusal:
            return
        method, self._method = self._method or self._parser.get_method().decode("ascii"), ""
        if self._parser.should_upgrade():
            self._is_upgrading = method == "GET" and handshake.is_asked_for(self._headers)
            if not self._is_upgrading:  # what follows is not ours to read: without its body a request may not be carried out
                self._refuse(HTTPStatus.BAD_REQUEST, "This server speaks HTTP/1.1 only.")
                return
        if "transfer-encoding" in self._headers and self._headers["transfer-encoding"].lower() != "chunked":
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, "The one transfer coding here is chunked.")
            return
        version = self._parser.get_http_version()
        fault = request_heads.fault_of(self._headers, version)
        if fault is not None:
            self._refuse(*fault)
            return
        target = self._target.decode("latin-1")
        if not target.startswith("/"):
            target = request_heads.origin_form(target, self._headers, self._header_lines)
        path, _, query = target.partition("?")
        request = Request(method, path, query, self._headers, header_lines=self._header_lines, version=version)
        incoming = Incoming(request, source_ip=self._source_ip, connection=self)
        self._receiving = incoming
        lives_on = self._parser.should_keep_alive() and not self._is_upgrading
        request.is_websocket = self._is_upgrading and handshake.is_sound(request)
        if version == "1.0" and "connection" in self._headers:
            lives_on = False  # such a client asks to keep it, but does so only when the answer says it, which ours never do
        if self._task is None:
            self._start(incoming, lives_on)
        else:
            self._waiting.append((incoming, lives_on))
            if len(self._waiting) >= PIPELINED_MAX:
                self._transport.pause_reading()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0  # it goes on to count what stands between chunks, and behind the last one
        self._pieces += 1
        if self._receiving is not None and not self._receiving.feed(body):
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        self._is_between_messages = True
        if self._receiving is not None:
            self._receiving.finish()
            self._receiving = None

    # ---- answering ----

    def let_in(self, incoming: Incoming) -> None:
        """Somebody waits for more of the body: sends the ``100 Continue`` that a client may wait for, and reads on."""
        if incoming.awaits_continue:
            incoming.awaits_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._transport.resume_reading()

    def _start(self, incoming: Incoming, lives_on: bool) -> None:
        self._task = asyncio.get_running_loop().create_task(self._answer(incoming, lives_on))

    async def _answer(self, incoming: Incoming, lives_on: bool) -> None:
        try:
            response = await self._server.answer(incoming)
            # A client that still waits for 100 Continue may send its body or not: where the next request starts is unknown,
            # and the answer must say that there will be none.
            lives_on = lives_on and (incoming.is_complete or not incoming.awaits_continue)
            if isinstance(response, Upgrade):
                self._become_websocket(incoming.request, response)
                return
            await self._send(incoming, response, lives_on)
        except ClientGone:
            lives_on = False
            if not self.is_lost:
                self._transport.write(self._refusal)
        except asyncio.CancelledError:  # the client went away, or the server stops
            self._transport.abort()
            lives_on = False
        except CutShort:  # what has been written is still sent; that its end is missing tells the client
            lives_on = False
        except Exception as error:  # noqa: BLE001  a stream broke: the head has left, so only a broken connection tells the client
            log.error("answer.broken", error=error, path=incoming.request.path)
            self._transport.abort()
            lives_on = False
        self._task = None
        self._finish(incoming, lives_on)

    def _finish(self, incoming: Incoming, lives_on: bool) -> None:
        incoming.discard()
        if not lives_on or incoming.is_broken or (self.is_lost and not self._waiting):
            self._transport.close()
        elif self._waiting:
            self._start(*self._waiting.popleft())
            if len(self._waiting) < PIPELINED_MAX:
                self._transport.resume_reading()
        elif self._refusal or self.is_ending:
            self._transport.write(self._refusal)
            self._transport.close()
        else:
            self._transport.resume_reading()

    # ---- WebSockets ----

    def _wait_with(self, data: bytes) -> None:
        """Keeps what a client says before its WebSocket is open, and hears no more until then."""
        self._early += data
        self._transport.pause_reading()

    def _become_websocket(self, request: Request, response: Upgrade) -> None:
        from lambent.gateway.websocket import WebSocket  # the protocol's library is read when it is first needed

        if not request.is_websocket:
            raise Defect("an upgrade that nobody asked for")
        assert response.conversation is not None
        if self.is_lost:
            response.conversation.ended(CLOSED_ABNORMALLY, "")
            return
        response.headers = [*handshake.headers(request), *response.headers]
        self._transport.write(_head(response, is_head=False, lives_on=True, date=self._server.date()))
        socket = WebSocket(self._server, self._transport, response)
        self._server.connections.discard(self)
        self._server.connections.add(socket)
        self._transport.set_protocol(socket)
        socket.begin(bytes(self._early))
        self._early.clear()
        if self.is_ending:
            socket.end()

    async def _send(self, incoming: Incoming, response: Response, lives_on: bool) -> None:
        body = response.body
        if self.is_lost:
            if not isinstance(body, bytes):
                await _close(body)
            return
        lives_on = lives_on and not (self.is_ending and not self._waiting)
        is_head = incoming.request.method == "HEAD"
        # A client takes what follows such a head for the next answer, so no byte may.
        is_bodiless = is_head or response.status in _STATUSES_WITHOUT_BODY
        try:
            head = _head(response, is_head=is_head, lives_on=lives_on, date=self._server.date())
        except Defect:
            if not isinstance(body, bytes):
                await _close(body)
            raise
        if not isinstance(body, bytes):
            await self._stream(head, body, length=response.header("content-length"), is_bodiless=is_bodiless)
        elif is_bodiless or not body:
            self._transport.write(head)
        elif len(body) <= _JOINED_WRITE_BYTES_MAX:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        if self._writable is not None and lives_on:  # who does not read gets no further answers to hold in memory
            await self._writable

    async def _stream(self, head: bytes, body: AsyncIterator[bytes], *, length: str | None, is_bodiless: bool) -> None:
        is_chunked = length is None
        sent = 0
        self._transport.write(head)
        self._is_streaming = True  # from here on a client that goes away cancels this task, wherever it waits
        try:
            if is_bodiless:
                return
            async for chunk in body:
                if chunk:
                    sent += len(chunk)
                    self._transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
                if self._writable is not None:
                    await self._writable
            if is_chunked:
                self._transport.write(b"0\r\n\r\n")
            elif length != str(sent):  # the client would take the next answer for the rest of this one
                raise Defect(f"an answer of {length} bytes has {sent}")
        finally:
            self._is_streaming = False
            await _close(body)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Hears no more, and says why as soon as the requests before have their answers."""
        if self._refusal:
            return
        body = f'{{"message":"{message}"}}'.encode()
        response = Response(status.value, [("Content-Type", "application/json")], body)
        self._refusal = _head(response, is_head=False, lives_on=False, date=self._server.date()) + body
        broken, self._receiving = self._receiving, None
        if broken is not None:
            broken.break_off()
        if self._task is None:
            if broken is None:  # else it has been answered already, before all of it was here
                self._transport.write(self._refusal)
            self._transport.close()


class Server:
    """Listens, and knows the open connections."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.connections: set[Open] = set()
        self.patience = Patience(self.connections)
        self.send_queue = SendQueue()
        self._listener: asyncio.Server | None = None
        self._last_lost: asyncio.Future[None] | None = None
        self._date = ""
        self._date_s = 0

    async def start(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: Connection(self), sock=listening, backlog=BACKLOG)

    async def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Takes no more connections, ends the idle ones, and gives the requests under way ``grace_s`` seconds."""
        if self._listener is None:
            return
        self._listener.close()
        self.patience.stop()
        for connection in list(self.connections):
            connection.end()
        if self.connections:
            self._last_lost = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._last_lost, grace_s)
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)
        self._listener = None

    def abort(self) -> None:
        """Ends every connection in the middle, as the end of the process would, and takes no more."""
        if self._listener is not None:
            self._listener.close()
        for connection in list(self.connections):
            connection.abort()

    def gain(self, connection: Open) -> None:
        """A connection has begun."""
        self.connections.add(connection)
        self.patience.wake()

    def lose(self, connection: Open) -> None:
        """A connection has ended."""
        self.connections.discard(connection)
        if not self.connections and self._last_lost is not None and not self._last_lost.done():
            self._last_lost.set_result(None)

    def date(self) -> str:
        """The ``Date`` header, made once a second."""
        now_s = int(wall_s())
        if now_s != self._date_s:
            self._date, self._date_s = formatdate(now_s, usegmt=True), now_s
        return self._date


def _head(response: Response, *, is_head: bool, lives_on: bool, date: str) -> bytes:
    status = response.status
    lines = [_STATUS_LINES.get(status) or f"HTTP/1.1 {status} ", f"Date: {date}"]
    has_length = False
    for name, value in response.headers:
        lines.append(f"{name}: {value}")
        if len(name) == _CONTENT_LENGTH_CHARS and name.lower() == "content-length":
            has_length = True
    if not has_length and status >= 200 and status not in _STATUSES_WITHOUT_BODY:
        if not isinstance(response.body, bytes):
            lines.append("Transfer-Encoding: chunked")
        elif not is_head:
            lines.append(f"Content-Length: {len(response.body)}")
    if not lives_on:
        lines.append("Connection: close")
    lines.append("\r\n")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):  # some clients end a line at either
        raise Defect("a header of an answer holds a line break")
    return text.encode("latin-1", "replace")


async def _close(body: AsyncIterator[bytes]) -> None:
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()
