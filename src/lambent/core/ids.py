"""Everything that is drawn by chance. Tests and simulations own it by seeding; production asks the system."""

import binascii
import os
import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_LOWER_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_UUID_FREE_BITS = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_UUID_VERSION_4 = 0x00000000_0000_4000_8000_000000000000
_uuid_groups = struct.Struct("8s4s4s4s12s").unpack

_WORD_BITS = 64
_BUFFER_WORDS = 512
_BITS_MAX = 2 * _WORD_BITS  # a UUID's: what is kept in words is enough for every id
_words_of = struct.Struct(f">{_BUFFER_WORDS}Q").unpack

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class _System(random.SystemRandom):
    """The system's chance, fetched some kilobytes at a time: every request draws ids, and a system call for each would show."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[int] = []  # of all threads: no two can pop the same
        os.register_at_fork(after_in_child=self._forget)  # or two processes would draw the same

    def getrandbits(self, k: int) -> int:
        if k > _BITS_MAX:
            return int.from_bytes(os.urandom((k + 7) // 8), "big") >> (-k % 8)
        try:
            if k <= _WORD_BITS:
                return self._words.pop() >> (_WORD_BITS - k)
            return (self._words.pop() << _WORD_BITS | self._words.pop()) >> (_BITS_MAX - k)
        except IndexError:
            self._words = list(_words_of(os.urandom(_BUFFER_WORDS * _WORD_BITS // 8)))
            return self.getrandbits(k)

    def _forget(self) -> None:
        self._words = []


_source: random.Random = _System()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw everything from ``seed`` while the block runs, so that a failing run replays."""
    global _source
    before, _source = _source, random.Random(seed)
    try:
        yield
    finally:
        _source = before


def random_bytes(count: int) -> bytes:
    return _source.getrandbits(count * 8).to_bytes(count, "big")


def extended_request_id() -> str:
    """Sixteen characters, as API Gateway's are: "JKJaXmPLvHcESHA="."""
    return binascii.b2a_base64(random_bytes(11), newline=False).translate(_URL_SAFE).decode()


def uuid4() -> str:
    """A random UUID with its hyphens: request ids, revision ids, message ids."""
    drawn = _source.getrandbits(128) & _UUID_FREE_BITS | _UUID_VERSION_4
    return b"-".join(_uuid_groups(binascii.hexlify(drawn.to_bytes(16, "big")))).decode()


def hex_digits(count: int) -> str:
    return _source.getrandbits(count * 4).to_bytes((count + 1) // 2, "big").hex()[-count:]


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
