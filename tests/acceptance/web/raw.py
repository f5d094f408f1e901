"""Requests as bytes, as clients of all kinds write them, well and badly, and how they are answered."""

import re
import socket
from dataclasses import dataclass

from hypothesis import strategies as st

ANSWER_S_MAX = 30.0
QUIET_S = 0.1  # so long nothing comes where a request is not whole: the server waits for the rest of it

# What may stand in a request's line and headers: RFC 9112, and what clients write all the same.
_TARGET = "/abAB09-._~!$&'()*+,;=:@%?[]{}|^\"<>\\`"
_NAME = "abcxyzABC019!#$%&'*+-.^_`|~"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PIECES = st.sampled_from(
    [
        "%2F",
        "%00",
        "%zz",
        "%",
        "..",
        "/../",
        "//",
        "%C3%BC",
        "%ff",
        "{proxy+}",
        "$default",
        "prod",
        "+",
        "%2e%2e",
        "?",
        "&",
        "=",
    ]
)
_KNOWN_HEADERS = st.sampled_from(
    [
        "accept", "accept-encoding", "authorization", "content-type", "cookie", "forwarded", "if-none-match", "origin", "range",
        "te", "via", "x-amz-date", "x-amz-invocation-type", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-proto", "x-http-method-override", "access-control-request-method", "connection",
    ]
)  # fmt: skip
_KNOWN_VALUES = st.sampled_from(
    [
        "", "*", "application/json", "text/plain; charset=utf-16", "multipart/form-data", "bytes=0-", "a=1; b=2; a=3", ";;=;",
        "AWS4-HMAC-SHA256 Credential=/", "Bearer x", "null", "http://page.test", "POST", "keep-alive", "gzip, br",
    ]
)  # fmt: skip
_STRUCTURAL = ("host", "content-length", "transfer-encoding", "upgrade", "expect")


@dataclass(frozen=True)
class Sent:
    method: str
    data: bytes
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


@st.composite
def requests(draw: st.DrawFn, host: str, base_path: str) -> Sent:
    """Whole requests of HTTP/1.1, whatever their paths, headers and bodies are."""
    method = draw(st.sampled_from(_METHODS))
    parts = draw(st.lists(st.one_of(st.text(_TARGET, max_size=8), _PIECES), max_size=6))
    names = st.one_of(_KNOWN_HEADERS, st.text(_NAME, min_size=1, max_size=12))
    values = st.one_of(_KNOWN_VALUES, st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f")))
    headers = draw(st.lists(st.tuples(names, values), max_size=6))
    body = draw(st.binary(max_size=200)) if method not in ("GET", "HEAD", "OPTIONS") else b""
    lines = [f"{method} {base_path}/{''.join(parts)} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {value.strip()}" for name, value in headers if name.lower() not in _STRUCTURAL]
    is_chunked = draw(st.booleans()) and bool(body)
    lines.append("transfer-encoding: chunked" if is_chunked else f"content-length: {len(body)}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if is_chunked else body
    return Sent(method, head + sent, body)


@st.composite
def mutilated(draw: st.DrawFn, host: str, base_path: str) -> bytes:
    """Requests some bytes of which are others."""
    data = draw(requests(host, base_path)).data
    for at, piece in draw(st.lists(st.tuples(st.integers(0, 1_000), st.binary(max_size=4)), min_size=1, max_size=3)):
        place = at % (len(data) + 1)
        data = data[:place] + piece + data[place + len(piece) :]
    return data


def ask(port: int, request: Sent) -> Answer | None:
    """The answer to a whole request; None where the connection breaks, or hangs, before it is whole."""
    return _ask(port, request.data, ANSWER_S_MAX, is_head=request.method == "HEAD", ends=False)


def ask_bytes(port: int, data: bytes, *, ends: bool) -> Answer | None:
    """The answer to something; None where there is none. ``ends``: the client says that it will send no more."""
    return _ask(port, data, ANSWER_S_MAX if ends else QUIET_S, is_head=data.startswith(b"HEAD "), ends=ends)


def _ask(port: int, data: bytes, wait_s: float, *, is_head: bool, ends: bool) -> Answer | None:
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as connection:
        buffer = b""
        try:
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            while (answer := _read(buffer, is_head=is_head)) is None:
                piece = connection.recv(65_536)
                if not piece:
                    return None
                buffer += piece
        except OSError:
            return _read(buffer, is_head=is_head)
        return answer


def _read(buffer: bytes, *, is_head: bool) -> Answer | None:
    head, end, rest = buffer.partition(b"\r\n\r\n")
    if not end:
        return None
    status = int(head[9:12])
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if is_head or status in (204, 304):
        return Answer(status, b"")
    if length is None:
        raise AssertionError(f"an answer without a length: {head!r}")
    return Answer(status, rest[: int(length[1])]) if len(rest) >= int(length[1]) else None
