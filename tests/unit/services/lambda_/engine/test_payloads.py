"""What an invocation may carry, and what is said when it may not."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits, payloads

PREFIX = "Could not parse request body into json: Could not parse payload into json: "


def fault(payload: bytes) -> str:
    with pytest.raises(errors.RequestContentInvalid) as error:
        payloads.checked_payload(payload)
    assert error.value.message.startswith(PREFIX)
    return error.value.message.removeprefix(PREFIX)


def test_no_payload_is_the_empty_object():
    assert payloads.checked_payload(b"") == b"{}"


@pytest.mark.parametrize("payload", [b'{"a": 1}', b" null ", b'"\xc3\xbc"', b"1e5", b'"\\ud800"'])
def test_json_passes_unchanged(payload: bytes):
    assert payloads.checked_payload(payload) == payload


def test_an_unquoted_name_is_told_as_aws_tells_it():
    assert fault(b"{'key':'value'}") == (
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name\n"
        " at [Source: (byte[])\"{'key':'value'}\"; line: 1, column: 3]"
    )


def test_an_unknown_word_is_told():
    assert fault(b"nonsense").startswith("Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object")


@pytest.mark.parametrize("payload", [b'{"a":', b"[1, 2", b'"open'])
def test_an_end_too_soon_is_told(payload: bytes):
    assert "at [Source: (byte[])" in fault(payload)


@pytest.mark.parametrize("payload", [b"NaN", b'{"a": Infinity}', b"[1,]", b"01", b'"\xff"', b"1 2", b"\xef\xbb\xbf{}"])
def test_what_only_looks_like_json_is_refused(payload: bytes):
    fault(payload)


def test_what_is_nested_deeper_than_anybody_reads_is_refused():
    assert fault(b"[" * 20_000 + b"]" * 20_000).startswith("Document nesting depth exceeds the maximum allowed")


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE-+ntfau\\ \n', max_size=40).map(str.encode))
def test_whatever_passes_is_json(payload: bytes):
    try:
        checked = payloads.checked_payload(payload)
    except errors.RequestContentInvalid:
        return
    json.loads(checked)


def test_6_mib_are_the_largest_payload_and_1_mib_the_largest_event():
    largest = b'"' + b"x" * (limits.PAYLOAD_BYTES_MAX - 2) + b'"'
    assert payloads.checked_payload(largest) == largest
    with pytest.raises(errors.RequestTooLarge) as error:
        payloads.checked_payload(largest + b" ")
    assert error.value.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    with pytest.raises(errors.EventTooLarge) as too_large:
        payloads.checked_event(largest[: limits.EVENT_PAYLOAD_BYTES_MAX] + b" ")
    assert too_large.value.message == ("1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")


def test_a_client_context_is_json_in_base64():
    assert payloads.checked_client_context(base64.b64encode(b'{"custom":{}}').decode()) == '{"custom":{}}'
    assert payloads.checked_client_context(None) == ""
    for broken in ("!!", base64.b64encode(b"{").decode(), base64.b64encode(b'"\xff"').decode()):
        with pytest.raises(errors.ClientContextInvalid):
            payloads.checked_client_context(broken)
    with pytest.raises(errors.ClientContextInvalid, match="no more than 3583 bytes"):
        payloads.checked_client_context("A" * 3584)
