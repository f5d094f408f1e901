"""HTTP/1.1 as the clients of the Runtime API speak it: one connection, one request at a time, answered now or much later.

Written by hand on a transport because a round trip through it is part of every invocation.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

import httptools

BODY_BYTES_MAX = 6_291_556  # what a function may answer with; what is longer is read and dropped
HEAD_BYTES_MAX = 1_200_000  # the X-Ray cause of an error may have a megabyte

_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 413: "Request Entity Too Large"}


class BodySink(Protocol):
    """Takes a body while it comes."""

    def write(self, data: bytes) -> None: ...

    def end(self, trailers: dict[str, str]) -> None: ...

    def break_off(self) -> None:
        """The connection ended in the middle of the body."""
        ...


class Exchange:
    """One request and its answer."""

    __slots__ = ("_connection", "body", "headers", "is_answered", "is_too_large", "method", "path", "sink", "trailers")

    def __init__(self, connection: "Connection") -> None:
        self.method = ""
        self.path = ""
        self.headers: dict[str, str] = {}  # names in lower case
        self.trailers: dict[str, str] = {}
        self.body = bytearray()
        self.sink: BodySink | None = None
        self.is_too_large = False
        self.is_answered = False
        self._connection = connection

    @property
    def is_open(self) -> bool:
        return self._connection.is_open

    def answer(self, status: int, body: bytes, *, headers: bytes = b"", content_type: bytes = b"application/json") -> None:
        """``headers``: further lines as they stand on the wire. Once for each request."""
        if self.is_answered:
            return
        self.is_answered = True
        head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            status,
            _REASONS.get(status, "Error").encode(),
            content_type,
            len(body),
            headers,
        )
        self._connection.send(head, body)

    def hold(self, is_held: bool) -> None:
        """Whether the sender of the body is to wait."""
        self._connection.hold(is_held)


class Desk(Protocol):
    """Whoever answers the requests."""

    def admits(self, transport: asyncio.Transport) -> bool: ...

    def opened(self, exchange: Exchange) -> None:
        """Its head is there; who wants the body as it comes sets the sink now."""
        ...

    def received(self, exchange: Exchange) -> None:
        """It is there in whole. Called also after a sink's end."""
        ...


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, desk: Desk, forget: Callable[["Connection"], None]) -> None:
        self.is_open = False
        self._desk = desk
        self._forget = forget
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._exchange = Exchange(self)
        self._is_in_body = False
        self._head_bytes = 0
        self._keeps_alive = True
        self._has_head = False  # and hears it once more, from ``_stay``

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # ---- asyncio's calls ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = self._desk.admits(self._transport)
        if not self.is_open:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._exchange.answer(400, b'{"errorMessage":"Malformed HTTP request","errorType":"InvalidRequestFormat"}\n')
            self.close()

    def _stay(self, following: bytes) -> None:
        """Java's own client asks for HTTP/2 with each request, and goes on as before where nobody says yes.

        The parser would be done: another one goes on, behind a head that says as much of the body as the first one's did.
        """
        headers = self._exchange.headers
        lines = [
            f"{name}: {headers[name]}" for name in ("content-length", "transfer-encoding", "connection") if name in headers
        ]
        lines = [line.replace("Upgrade", "x").replace("upgrade", "x") for line in lines]
        self._parser, self._has_head = httptools.HttpRequestParser(self), True
        self._parser.feed_data("\r\n".join(["POST / HTTP/1.1", *lines, "\r\n"]).encode("latin-1", "replace"))
        if following:
            self.data_received(following)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_open = False
        self._forget(self)
        if self._is_in_body and self._exchange.sink is not None:
            self._exchange.sink.break_off()

    # ---- the parser's calls ------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._has_head:
            return
        self._exchange = Exchange(self)
        self._head_bytes = 0
        self._is_in_body = False

    def on_url(self, url: bytes) -> None:
        if self._has_head:
            return
        self._count(url)
        self._exchange.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            return
        self._count(name)
        self._count(value)
        headers = self._exchange.trailers if self._is_in_body else self._exchange.headers
        headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")

    def on_headers_complete(self) -> None:
        if self._has_head:
            self._has_head = False
            return
        exchange = self._exchange
        exchange.method = self._parser.get_method().decode("latin-1")
        exchange.path = exchange.path.partition("?")[0]
        self._keeps_alive = self._parser.should_keep_alive()
        self._is_in_body = True
        self._desk.opened(exchange)
        if exchange.headers.get("expect", "").lower() == "100-continue" and not exchange.is_answered:
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange.sink is not None:
            exchange.sink.write(data)
        elif len(exchange.body) + len(data) > BODY_BYTES_MAX:
            exchange.is_too_large = True
        else:
            exchange.body += data

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade():
            return  # it has seen the head only
        self._is_in_body = False
        exchange = self._exchange
        if exchange.sink is not None:
            exchange.sink.end(exchange.trailers)
        self._desk.received(exchange)

    # ---- answers -----------------------------------------------------------------------------------------------------

    def send(self, head: bytes, body: bytes) -> None:
        transport = self._transport
        if not self.is_open or transport is None:
            return
        transport.write(head + body if len(body) < 65_536 else head)
        if len(body) >= 65_536:
            transport.write(body)
        if not self._keeps_alive:
            transport.close()

    def hold(self, is_held: bool) -> None:
        if self._transport is not None and self.is_open:
            if is_held:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _count(self, data: bytes) -> None:
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX:
            self.close()
