"""HTTP/1.1 connections that are kept: one request and its answer at a time, on an event loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

CONNECT_S_MAX = 10.0
HEAD_BYTES_MAX = 65_536
# A function may work for 15 minutes while nothing is said: what lies between must not forget the connection, nor hide its end.
KEEP_ALIVE_AFTER_S, KEEP_ALIVE_EVERY_S, KEEP_ALIVE_COUNT = 60, 10, 6
# Something between may have forgotten a kept connection while this process was frozen: then nobody takes what is sent.
UNTAKEN_MS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class ConnectionLost(Exception):
    """The connection ended before the answer did. ``was_idle``: it had been kept, and nothing of the answer had come."""

    def __init__(self, cause: BaseException | None, *, was_idle: bool) -> None:
        super().__init__(str(cause or "the connection was closed"))
        self.was_idle = was_idle


Done = Callable[[Answer | Exception], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect. ``proxy`` is an HTTP proxy's host and port; ``proxy_authorization`` a header's value or empty."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: tuple[str, int] | None = None
    proxy_authorization: str = ""

    async def connect(self, closed: Callable[["Connection"], None]) -> "Connection":
        """Raises OSError, of which TimeoutError and ssl's errors are some, and ConnectionLost."""
        async with asyncio.timeout(CONNECT_S_MAX):
            loop = asyncio.get_running_loop()
            if self.proxy is None or self.tls is None:
                host, port = self.proxy or (self.host, self.port)
                name = self.host if self.tls else None
                _, connection = await loop.create_connection(
                    lambda: Connection(closed), host, port, ssl=self.tls, server_hostname=name
                )
            else:
                connection = await self._through_proxy(loop, self.proxy, self.tls, closed)
        connection.keep_alive()
        return connection

    async def _through_proxy(
        self,
        loop: asyncio.AbstractEventLoop,
        proxy: tuple[str, int],
        tls: ssl.SSLContext,
        closed: Callable[["Connection"], None],
    ) -> "Connection":
        transport, tunnel = await loop.create_connection(lambda: Connection(lambda _: None), *proxy)
        try:
            await self._open_tunnel(loop, tunnel, proxy)
            connection = Connection(closed)
            secured = await loop.start_tls(transport, connection, tls, server_hostname=self.host)
        except BaseException:  # of time that is over, too
            transport.abort()
            raise
        assert secured is not None
        connection.connection_made(secured)
        return connection

    async def _open_tunnel(self, loop: asyncio.AbstractEventLoop, tunnel: "Connection", proxy: tuple[str, int]) -> None:
        answered: asyncio.Future[Answer | Exception] = loop.create_future()
        authority = f"{self.host}:{self.port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"host: {authority}"]
        if self.proxy_authorization:
            lines.append(f"proxy-authorization: {self.proxy_authorization}")

        def told(answer: Answer | Exception) -> None:
            if not answered.done():
                answered.set_result(answer)

        tunnel.ask(_head(lines), told, is_tunnel=True)
        answer = await answered
        if not isinstance(answer, Answer):
            raise answer
        if answer.status != 200:
            raise OSError(f"the proxy {proxy[0]}:{proxy[1]} answered {answer.status} to CONNECT {authority}")


def _head(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Connection(asyncio.Protocol):
    """One connection. All of it runs on its loop."""

    def __init__(self, closed: Callable[["Connection"], None]) -> None:
        self._closed = closed
        self._transport: asyncio.Transport | None = None
        self._done: Done | None = None
        self._has_answered = False
        self._is_tunnel = False
        self._begin()

    def _begin(self) -> None:
        self._buffer = bytearray()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._length: int | None = 0
        self._chunks: _Chunks | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes, done: Done, *, is_tunnel: bool = False) -> None:
        """Sends a request; ``done`` gets the answer or a ConnectionLost, once."""
        assert self._done is None, "one request at a time"
        assert self._transport is not None
        self._done, self._is_tunnel = done, is_tunnel
        self._transport.write(request)

    def abort(self) -> None:
        """Ends it without telling whoever asked."""
        self._done = None
        if self._transport is not None:
            self._transport.abort()

    def keep_alive(self) -> None:
        assert self._transport is not None
        plain = self._transport.get_extra_info("socket")
        if plain is None:
            return
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in (
                ("TCP_KEEPIDLE", KEEP_ALIVE_AFTER_S), ("TCP_KEEPINTVL", KEEP_ALIVE_EVERY_S), ("TCP_KEEPCNT", KEEP_ALIVE_COUNT),
                ("TCP_USER_TIMEOUT", UNTAKEN_MS_MAX),
            ):  # fmt: skip
                if hasattr(socket, name):
                    plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    # ---- what asyncio calls ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a Transport, of which this is the base

    def connection_lost(self, exc: Exception | None) -> None:
        done, self._done = self._done, None
        self._closed(self)
        if done is None:
            return
        if self._status and self._length is None and self._chunks is None and exc is None:
            done(Answer(self._status, self._headers, bytes(self._buffer)))  # an answer that ends with its connection
        else:
            was_idle = self._has_answered and not self._status and not self._buffer
            done(ConnectionLost(exc, was_idle=was_idle))

    def data_received(self, data: bytes) -> None:
        if self._done is None:  # a server that says something unasked is about to close
            self.abort()
            return
        self._buffer += data
        try:
            self._read()
        except ValueError as error:
            done = self._done
            self.abort()
            done(ConnectionLost(error, was_idle=False))

    # ---- reading -----------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Raises ValueError for what is no HTTP."""
        while not self._status:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > HEAD_BYTES_MAX:
                    raise ValueError("the answer's head has no end")
                return
            self._read_head(bytes(self._buffer[:end]).decode("latin-1"))
            del self._buffer[: end + 4]
        if self._chunks is not None:
            body = self._chunks.read(self._buffer)
            if body is not None:
                self._finish(body, is_whole=not self._buffer)
        elif self._length is not None and len(self._buffer) >= self._length:
            self._finish(bytes(self._buffer[: self._length]), is_whole=len(self._buffer) == self._length)

    def _read_head(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        version, status = first.split(" ", 2)[:2]
        if not version.startswith("HTTP/1."):
            raise ValueError(f"{first[:40]!r} is no HTTP/1.1")
        code = int(status)
        if code < 200:  # 100 Continue and its like come before the answer
            return
        self._status = code
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self._headers = headers
        if self._is_tunnel and code == 200:
            self._length = 0
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunks = _Chunks()
        elif "content-length" in headers:
            self._length = int(headers["content-length"])
        else:
            self._length = 0 if code in (204, 304) else None

    def _finish(self, body: bytes, *, is_whole: bool) -> None:
        """A connection on which more has come than the answer would give the rest of it to the next call."""
        answer, done = Answer(self._status, self._headers, body), self._done
        assert done is not None
        self._done, self._has_answered = None, True
        if self._headers.get("connection", "").lower() == "close" or not is_whole:
            assert self._transport is not None
            self._transport.close()
        self._begin()
        done(answer)


class _Chunks:
    """Takes a chunked body apart as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._is_in_trailer = False

    def read(self, buffer: bytearray) -> bytes | None:
        """Takes from ``buffer`` what is whole; the body, when its end has come. Raises ValueError."""
        while (end := buffer.find(b"\r\n")) >= 0:
            line = bytes(buffer[:end])
            if self._is_in_trailer:
                del buffer[: end + 2]
                if not line:
                    return b"".join(self._parts)
                continue
            size = int(line.partition(b";")[0], 16)
            if size == 0:
                self._is_in_trailer = True
                del buffer[: end + 2]
                continue
            if len(buffer) < end + 2 + size + 2:
                return None
            self._parts.append(bytes(buffer[end + 2 : end + 2 + size]))
            del buffer[: end + 2 + size + 2]
        return None
