"""HTTP on kept connections, byte by byte."""

import asyncio

import pytest

from lambent.sdk.connections import Answer, Connection, ConnectionLost, Place


class Wire(asyncio.Transport):
    """What is written stays here; what is read is fed."""

    def __init__(self):
        super().__init__()
        self.written, self.is_closed = b"", False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.is_closed

    def close(self):
        self.is_closed = True

    abort = close


@pytest.fixture
def outcomes():
    return []


@pytest.fixture
def connection(outcomes):
    made = Connection(lambda _: None)
    made.connection_made(Wire())
    made.ask(b"POST / HTTP/1.1\r\n\r\n", outcomes.append)
    return made


def test_an_answer_with_a_length_may_come_in_any_pieces(connection, outcomes):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Amzn-RequestId: r\r\n\r\nnull":
        connection.data_received(bytes([byte]))
    assert outcomes == [Answer(200, {"content-length": "4", "x-amzn-requestid": "r"}, b"null")]
    assert connection.is_open


def test_a_chunked_answer_may_come_in_any_pieces(connection, outcomes):
    text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nnull\r\n1\r\n1\r\n0\r\nTrailer: 1\r\n\r\n"
    for byte in text:
        connection.data_received(bytes([byte]))
    assert [outcome.body for outcome in outcomes] == [b"null1"]


def test_an_answer_without_a_length_ends_with_its_connection(connection, outcomes):
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    assert outcomes == []
    connection.connection_lost(None)
    assert outcomes[0].body == b"all of it"


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnullHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n",
    ],
    ids=["length", "chunks"],
)
def test_what_comes_behind_the_answer_is_no_part_of_it_and_ends_the_connection(connection, outcomes, text):
    connection.data_received(text)
    assert [outcome.body for outcome in outcomes] == [b"null"]
    assert not connection.is_open


def test_what_comes_before_the_answer_is_passed_over(connection, outcomes):
    connection.data_received(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
    assert outcomes == [Answer(202, {"content-length": "0"}, b"")]


def test_a_second_request_on_the_connection_has_an_answer_of_its_own(connection, outcomes):
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1")
    connection.ask(b"POST / HTTP/1.1\r\n\r\n", outcomes.append)
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2")
    assert [outcome.body for outcome in outcomes] == [b"1", b"2"]


def test_a_kept_connection_that_had_been_given_up_says_so(connection, outcomes):
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1")
    connection.ask(b"POST / HTTP/1.1\r\n\r\n", outcomes.append)
    connection.connection_lost(ConnectionResetError())
    assert isinstance(outcomes[1], ConnectionLost)
    assert outcomes[1].was_idle


def test_an_answer_that_breaks_off_is_lost(connection, outcomes):
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1")
    connection.connection_lost(None)
    assert isinstance(outcomes[0], ConnectionLost)
    assert not outcomes[0].was_idle


@pytest.mark.parametrize(
    "text", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 70_000], ids=["ssh", "status", "endless"]
)
def test_what_is_no_http_is_lost(connection, outcomes, text):
    connection.data_received(text)
    assert isinstance(outcomes[0], ConnectionLost)
    assert not connection.is_open


def test_a_server_that_says_close_is_not_asked_again(connection, outcomes):
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    assert outcomes[0].status == 200
    assert not connection.is_open


async def test_a_proxy_that_refuses_the_tunnel_is_an_error_that_says_so():
    import ssl

    asked = []

    async def refuse(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    place = Place("lambda.example.com", 443, ssl.create_default_context(), ("127.0.0.1", port), "Basic dTpw")
    with pytest.raises(OSError, match=r"answered 407 to CONNECT lambda\.example\.com:443"):
        await place.connect(lambda _: None)
    proxy.close()
    await proxy.wait_closed()
    assert asked[0].startswith(b"CONNECT lambda.example.com:443 HTTP/1.1\r\n")
    assert b"proxy-authorization: Basic dTpw\r\n" in asked[0]
