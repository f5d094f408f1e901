"""Everything that is drawn by chance. Tests and simulations own it by seeding; production asks the system."""

import base64
import binascii
import os
import random
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOWER_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_VERSION_4 = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT_1 = bytes(byte & 0x3F | 0x80 for byte in range(256))
_uuid_groups = struct.Struct("8s4s4s4s12s").iter_unpack

_STOCK = 256
"""How many ids are made at a time: every request draws some, and most of what it takes to make one makes many."""

_source: random.Random = random.SystemRandom()


class _Stock:
    """Ids of one kind, made ahead by and for all threads: no two can take the same."""

    def __init__(self, make: Callable[[], list[str]]) -> None:
        self._make = make
        self._made: list[str] = []
        os.register_at_fork(after_in_child=self.clear)  # or two processes would draw the same

    def take(self) -> str:
        try:
            return self._made.pop()
        except IndexError:
            self._made = self._make()
            return self.take()

    def clear(self) -> None:
        self._made = []


def _make_uuids() -> list[str]:
    drawn = bytearray(_source.randbytes(16 * _STOCK))
    drawn[6::16] = drawn[6::16].translate(_VERSION_4)
    drawn[8::16] = drawn[8::16].translate(_VARIANT_1)
    return [b"-".join(groups).decode() for groups in _uuid_groups(binascii.hexlify(drawn))]


def _make_hex_digits() -> list[str]:
    drawn = _source.randbytes(16 * _STOCK).hex()
    return [drawn[start : start + 32] for start in range(0, len(drawn), 32)]


def _make_extended_request_ids() -> list[str]:
    drawn = bytearray(_source.randbytes(12 * _STOCK))
    drawn[11::12] = bytes(_STOCK)  # each is of eleven bytes, and ends with "=" where the twelfth would be
    text = base64.urlsafe_b64encode(drawn).decode()
    return [text[start : start + 15] + "=" for start in range(0, len(text), 16)]


_uuids, _hex_digits, _extended_request_ids = _stocks = (
    _Stock(_make_uuids),
    _Stock(_make_hex_digits),
    _Stock(_make_extended_request_ids),
)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw everything from ``seed`` while the block runs, so that a failing run replays."""
    before = _source
    _draw_from(random.Random(seed))
    try:
        yield
    finally:
        _draw_from(before)


def _draw_from(source: random.Random) -> None:
    global _source
    _source = source
    for stock in _stocks:
        stock.clear()


def random_bytes(count: int) -> bytes:
    return _source.randbytes(count)


def extended_request_id() -> str:
    """Sixteen characters, as API Gateway's are: "JKJaXmPLvHcESHA="."""
    return _extended_request_ids.take()


def uuid4() -> str:
    """A random UUID with its hyphens: request ids, revision ids, message ids."""
    return _uuids.take()


def hex_digits(count: int) -> str:
    return _hex_digits.take()[:count] if count <= 32 else _source.randbytes((count + 1) // 2).hex()[:count]


def lower_and_digits(count: int) -> str:
    return "".join(_source.choices(_LOWER_AND_DIGITS, k=count))


def base32(count: int) -> str:
    """Capital letters and the digits 2 to 7, as AWS' access key ids and principal ids are spelt."""
    return "".join(_source.choices(_BASE32, k=count))


def fraction() -> float:
    """A number in [0, 1): alias weights, jitter."""
    return _source.random()


_JAVA_MULTIPLIER, _JAVA_MASK = 0x5DEECE66D, (1 << 48) - 1


def fraction_of(seed: int) -> float:
    """A number in [0, 1) that is the same for the same seed: the first that Java's ``Random`` draws, as AWS' does."""
    first = ((seed ^ _JAVA_MULTIPLIER) * _JAVA_MULTIPLIER + 11) & _JAVA_MASK
    second = (first * _JAVA_MULTIPLIER + 11) & _JAVA_MASK
    return ((first >> 22 << 27) + (second >> 21)) / (1 << 53)
