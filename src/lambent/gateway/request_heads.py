"""Heads of requests that are not what a parser takes them for: other upgrades, unknown methods, two hosts, proxies' targets."""

import re
from collections.abc import Mapping
from http import HTTPStatus

import httptools

_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")
_STAND_IN = b"TRACE"  # its requests are framed as all others are
_OTHER_UPGRADE = re.compile(rb"\r\nupgrade:(?![^\r]*websocket)[^\r]*", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#]*")
_VERSIONS = ("1.1", "1.0")
_NO_VERSION = "0.9"


def without_other_upgrade(data: bytes) -> bytes:
    """A head without its offer to speak HTTP/2 (Java's client makes one), which a server may leave unanswered.

    The parser would take everything after such a head for another protocol, the body too.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _OTHER_UPGRADE.sub(b"", head) + end + rest


def origin_form(target: str, headers: dict[str, str], header_lines: list[tuple[bytes, bytes]]) -> str:
    """The path and query of a target in absolute form (``GET http://localhost:4566/x``), as proxies send it; of ``*`` the root.

    Such a target says which host is asked, and a header that says otherwise is not to be believed: it is put right.
    https://datatracker.ietf.org/doc/html/rfc9112#section-3.2.2
    """
    _, _, rest = target.partition("://")
    authority = _AUTHORITY.match(rest)[0]  # type: ignore[index]  # it matches every text
    if authority and authority != headers.get("host"):
        headers["host"] = authority
        header_lines[:] = [line for line in header_lines if line[0].lower() != b"host"]
        header_lines.insert(0, (b"Host", authority.encode("latin-1")))
    path = rest[len(authority) :]
    return path if path.startswith("/") else f"/{path}"


def is_part_of_method(data: bytes) -> bool:
    """Whether a request that begins so may go on with more of its method's name."""
    return data.find(b" ") < 0 and _METHOD.fullmatch(data) is not None


def unknown_method(data: bytes) -> tuple[str, bytes] | None:
    """The method that the parser does not know, and the request with one in its place that it does.

    None where the request begins with no such method: then it is another one, further behind, that could not be parsed.
    """
    method, space, rest = data.lstrip(b"\r\n").partition(b" ")
    if not space or not _METHOD.fullmatch(method) or _is_known(method):
        return None
    return method.decode("ascii"), _STAND_IN + space + rest


def _is_known(method: bytes) -> bool:
    try:
        httptools.HttpRequestParser(object()).feed_data(method + b" ")
    except httptools.HttpParserError:
        return False
    return True


def fault_of(headers: Mapping[str, str], version: str) -> tuple[HTTPStatus, str] | None:
    """Why a request cannot be meant for us, or may be read in two ways. Names of ``headers`` are in lower case."""
    if version == _NO_VERSION:
        return HTTPStatus.BAD_REQUEST, "A request of HTTP/1.1 says so in its first line."
    if version not in _VERSIONS:
        return HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "This server speaks HTTP/1.1 only."
    if "," in headers.get("host", ""):
        return HTTPStatus.BAD_REQUEST, "A request has one Host."
    return None
