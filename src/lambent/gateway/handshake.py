"""The opening of a WebSocket: which requests ask for one, and what answers them.

https://datatracker.ietf.org/doc/html/rfc6455#section-4.2
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

from lambent.wire.http import Request

VERSION = "13"
KEY_BYTES = 16

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def is_asked_for(headers: Mapping[str, str]) -> bool:
    """Whether the head of a GET asks for a WebSocket, soundly or not. Such a request has no body."""
    asked = {token.strip().lower() for token in headers.get("upgrade", "").split(",")}
    return "websocket" in asked and headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers


def is_sound(request: Request) -> bool:
    """Whether a request that asks for a WebSocket has a key, and the one version that there is."""
    headers = request.headers
    try:
        key = base64.b64decode(headers.get("sec-websocket-key", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(key) == KEY_BYTES and headers.get("sec-websocket-version") == VERSION and request.version == "1.1"


def headers(request: Request) -> list[tuple[str, str]]:
    """Those of the answer, which prove that the request was understood."""
    digest = hashlib.sha1((request.headers["sec-websocket-key"] + _GUID).encode("ascii")).digest()  # noqa: S324 - as the RFC says
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", base64.b64encode(digest).decode()),
    ]
