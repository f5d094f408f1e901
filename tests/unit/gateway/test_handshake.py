"""The opening of a WebSocket."""

import pytest

from lambent.gateway import handshake
from lambent.wire.http import Request

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455's own example
ASKING = {"upgrade": "websocket", "sec-websocket-key": KEY, "sec-websocket-version": "13"}


def test_a_request_is_answered_with_the_digest_of_its_key():
    headers = dict(handshake.headers(Request("GET", "/", "", ASKING)))
    assert headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_one_of_several_protocols_may_be_a_websocket():
    assert handshake.is_asked_for({"upgrade": "h2c, WebSocket"})
    assert not handshake.is_asked_for({"upgrade": "h2c"})


@pytest.mark.parametrize("header", [{"content-length": "4"}, {"transfer-encoding": "chunked"}])
def test_a_request_with_a_body_opens_nothing(header: dict[str, str]):
    assert not handshake.is_asked_for({**ASKING, **header})


@pytest.mark.parametrize(
    "changed", [{"sec-websocket-key": "short"}, {"sec-websocket-key": "!"}, {"sec-websocket-version": "8"}]
)
def test_a_key_of_16_bytes_and_the_one_version_make_it_sound(changed: dict[str, str]):
    assert handshake.is_sound(Request("GET", "/", "", ASKING))
    assert not handshake.is_sound(Request("GET", "/", "", {**ASKING, **changed}))
