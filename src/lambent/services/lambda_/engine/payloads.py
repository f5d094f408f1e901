"""Checks what an invocation carries, in microseconds, and says like AWS what is wrong with it."""

import base64
import binascii
import json

import msgspec

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits

_check_syntax = msgspec.json.Decoder(msgspec.Raw).decode
_SOURCE_LENGTH_MAX = 500
_VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"


def checked_payload(payload: bytes) -> bytes:
    """A synchronous event: JSON text, unchanged. No bytes at all mean the empty object."""
    if not payload:
        return b"{}"
    if len(payload) > limits.PAYLOAD_BYTES_MAX:
        raise errors.RequestTooLarge(limit=limits.PAYLOAD_BYTES_MAX, operation="InvokeFunction")
    check_json(payload)
    return payload


def checked_event(payload: bytes) -> bytes:
    """An asynchronous event."""
    if len(payload) > limits.EVENT_PAYLOAD_BYTES_MAX:
        raise errors.EventTooLarge(size=len(payload), limit=limits.EVENT_PAYLOAD_BYTES_MAX)
    return checked_payload(payload)


def checked_client_context(encoded: str | None) -> str:
    """The client context's JSON text, from the base64 of the header."""
    if not encoded:
        return ""
    if len(encoded) > limits.CLIENT_CONTEXT_BYTES_MAX:
        reason = f"Client context must be no more than {limits.CLIENT_CONTEXT_BYTES_MAX} bytes of base64-encoded data"
        raise errors.ClientContextInvalid(reason=reason)
    try:
        text = base64.b64decode(encoded, validate=True)
        _check_syntax(text)
        return text.decode()
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.ClientContextInvalid(reason="Client context must be a valid Base64-encoded JSON object.") from error


def check_json(payload: bytes) -> None:
    """Raises RequestContentInvalid for what is not JSON in UTF-8."""
    try:
        _check_syntax(payload)
        # The fast reader passes over the inside of strings, where a byte may still be no UTF-8.
        if not payload.isascii():
            payload.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        reason = _fault(payload)
        if reason is not None:
            raise errors.RequestContentInvalid(reason=reason) from None


def _fault(payload: bytes) -> str | None:
    """What is wrong, in the words of AWS' JSON reader, or None where a slower look finds nothing (a lone surrogate)."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        return f"Invalid UTF-8 start byte 0x{payload[error.start]:02x}{_place(payload, payload, error.start + 1)}"
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return _reason(text, error) + _place(payload, text[: error.pos].encode(), None)
    except _Constant as constant:
        wanted = "enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"
        return f"Non-standard token '{constant}': {wanted}{_place(payload, b'', None)}"
    except RecursionError:
        return f"Document nesting depth exceeds the maximum allowed{_place(payload, b'', None)}"
    return None


class _Constant(ValueError):
    """NaN or Infinity, which Python's reader would let pass."""


def _refuse_constant(name: str) -> None:
    raise _Constant(name)


def _reason(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text.rstrip()):
        return "Unexpected end-of-input"
    character = text[error.pos]
    if character.isalpha():
        word = ""
        for letter in text[error.pos :]:
            if not letter.isalnum():
                break
            word += letter
        return f"Unrecognized token '{word}': was expecting ({_VALUES})"
    expected = {
        "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
        "Expecting ',' delimiter": "was expecting comma to separate entries",
        "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    }.get(error.msg, f"expected a valid value ({_VALUES})")
    return f"Unexpected character ('{character}' (code {ord(character)})): {expected}"


def _place(payload: bytes, before: bytes, column: int | None) -> str:
    line = before.count(b"\n") + 1
    if column is None:
        column = len(before) - (before.rfind(b"\n") + 1) + 2
    source = payload[:_SOURCE_LENGTH_MAX].decode(errors="replace")
    more = f"[truncated {len(payload) - _SOURCE_LENGTH_MAX} bytes]" if len(payload) > _SOURCE_LENGTH_MAX else ""
    return f'\n at [Source: (byte[])"{source}"{more}; line: {line}, column: {column}]'
