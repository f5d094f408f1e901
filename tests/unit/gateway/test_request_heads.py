"""Heads of requests that parsers do not take as they are meant."""

import pytest

from lambent.gateway import request_heads


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (b"FOO / HTTP/1.1\r\n", "FOO"),
        (b"\r\nget / HTTP/1.1\r\n", "get"),
        (b"a!#b / HTTP/1.1\r\n", "a!#b"),
        (b"GET / HTTP/1.1\r\n", None),  # not what the parser stumbled over
        (b"PROPFIND / HTTP/1.1\r\n", None),
        (b"F\x00O / HTTP/1.1\r\n", None),
        (b"F" * 33 + b" / HTTP/1.1\r\n", None),
        (b"FOO", None),
        (b" / HTTP/1.1", None),
    ],
)
def test_a_method_that_the_parser_does_not_know_is_told(data, method):
    found = request_heads.unknown_method(data)
    assert found == (None if method is None else (method, b"TRACE / HTTP/1.1\r\n"))


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        ({"host": "a"}, "1.1", None),
        ({}, "1.0", None),
        ({"host": "a,b"}, "1.1", 400),
        ({"host": "a"}, "2.0", 505),
        ({"host": "a"}, "0.9", 400),
    ],
)
def test_a_request_of_two_hosts_or_of_another_version_is_at_fault(headers, version, status):
    fault = request_heads.fault_of(headers, version)
    assert (None if fault is None else fault[0]) == status


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        ("http://h:1/a/b?c", "h:1", "/a/b?c"),
        ("HTTPS://h", "h", "/"),
        ("http://h?a=/b", "h", "/?a=/b"),
        ("http://other:1/a", "other:1", "/a"),
        ("http:///a", "h", "/a"),
        ("*", "h", "/"),
    ],
)
def test_a_target_of_a_proxy_is_read_as_its_path_and_says_which_host_is_asked(target, host, path):
    headers, lines = {"host": "h", "a": "b"}, [(b"hOST", b"h"), (b"A", b"b")]
    assert request_heads.origin_form(target, headers, lines) == path
    assert headers == {"host": host, "a": "b"}
    assert {name.lower(): value for name, value in lines} == {b"host": host.encode(), b"a": b"b"}
    assert len(lines) == 2


def test_an_offer_of_another_protocol_is_left_out_and_a_websocket_s_is_not():
    head = b"GET / HTTP/1.1\r\nUpgrade: %b\r\nA: b\r\n\r\nrest"
    assert request_heads.without_other_upgrade(head % b"h2c") == b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest"
    assert request_heads.without_other_upgrade(head % b"websocket") == head % b"websocket"
