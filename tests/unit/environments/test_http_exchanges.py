"""HTTP as the Runtime API's clients write it: in pieces, chunked, with trailers, too large, broken off."""

import pytest

from lambent.environments import http_exchanges
from lambent.environments.http_exchanges import Connection, Exchange


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False
        self.is_paused = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Sink:
    def __init__(self) -> None:
        self.data = b""
        self.trailers: dict[str, str] | None = None
        self.is_broken = False

    def write(self, data: bytes) -> None:
        self.data += data

    def end(self, trailers: dict[str, str]) -> None:
        self.trailers = trailers

    def break_off(self) -> None:
        self.is_broken = True


class Desk:
    def __init__(self, *, sink: Sink | None = None, admits: bool = True) -> None:
        self.exchanges: list[Exchange] = []
        self.sink = sink
        self._admits = admits

    def admits(self, transport: object) -> bool:
        return self._admits

    def opened(self, exchange: Exchange) -> None:
        exchange.sink = self.sink

    def received(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        exchange.answer(202, b"{}")


def connected(desk: Desk) -> tuple[Connection, Transport]:
    connection, transport = Connection(desk, lambda _: None), Transport()
    connection.connection_made(transport)
    return connection, transport


POST = b"POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Name: Value\r\n\r\nhello"


def test_a_request_may_come_byte_by_byte():
    desk = Desk()
    connection, transport = connected(desk)
    for byte in POST:
        connection.data_received(bytes([byte]))
    exchange = desk.exchanges[0]
    assert (exchange.method, exchange.path, bytes(exchange.body)) == ("POST", "/a/b", b"hello")
    assert exchange.headers["x-name"] == "Value"
    assert transport.written == b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def test_a_connection_serves_one_request_after_the_other():
    desk = Desk()
    connection, transport = connected(desk)
    connection.data_received(POST)
    connection.data_received(POST)
    assert (len(desk.exchanges), transport.is_closed) == (2, False)


def test_who_wants_the_connection_closed_finds_it_closed():
    connection, transport = connected(Desk())
    connection.data_received(POST.replace(b"Host: x", b"Connection: close"))
    assert transport.is_closed


def test_a_chunked_body_goes_to_its_sink_and_its_trailers_come_at_the_end():
    sink = Sink()
    connection, _ = connected(Desk(sink=sink))
    connection.data_received(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X-Error\r\n\r\n3\r\nabc\r\n")
    assert (sink.data, sink.trailers) == (b"abc", None)
    connection.data_received(b"1\r\nd\r\n0\r\nX-Error: Bad\r\n\r\n")
    assert (sink.data, sink.trailers) == (b"abcd", {"x-error": "Bad"})


def test_a_body_that_breaks_off_is_told_to_its_sink():
    sink = Sink()
    connection, _ = connected(Desk(sink=sink))
    connection.data_received(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab")
    connection.connection_lost(None)
    assert sink.is_broken


def test_what_is_too_large_is_read_and_dropped(monkeypatch):
    monkeypatch.setattr(http_exchanges, "BODY_BYTES_MAX", 4)
    desk = Desk()
    connection, _ = connected(desk)
    connection.data_received(POST)
    assert (desk.exchanges[0].is_too_large, bytes(desk.exchanges[0].body)) == (True, b"")


def test_who_waits_for_leave_to_send_gets_it():
    connection, transport = connected(Desk())
    connection.data_received(POST.replace(b"Host: x", b"Expect: 100-continue").removesuffix(b"hello"))
    assert transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9.9\r\n\r\n"])
def test_what_is_not_http_ends_the_connection(data):
    connection, transport = connected(Desk())
    connection.data_received(data)
    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert transport.is_closed


def test_strangers_are_not_heard():
    desk = Desk(admits=False)
    connection, transport = connected(desk)
    connection.data_received(POST)
    assert (desk.exchanges, transport.is_closed) == ([], True)


def test_a_sender_can_be_held():
    connection, transport = connected(Desk())
    exchange = Exchange(connection)
    exchange.hold(True)
    assert transport.is_paused
    exchange.hold(False)
    assert not transport.is_paused


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("body", [b"", b"12345"])
def test_who_would_rather_speak_http_2_is_answered_in_http_1(body, is_split):
    """As Java's own client asks with each request until it is told otherwise."""
    desk = Desk()
    connection, transport = connected(desk)
    head = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
    size = b"Content-Length: %d\r\n" % len(body) if body else b""
    request = b"POST /a HTTP/1.1\r\n" + head + size + b"\r\n" + body
    for data in (request, POST) if is_split else (request + POST,):
        connection.data_received(data)
    assert [bytes(exchange.body) for exchange in desk.exchanges] == [body, b"hello"]
    assert transport.written.count(b"HTTP/1.1 202 ") == 2
    assert not transport.is_closed
