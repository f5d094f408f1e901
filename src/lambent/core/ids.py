"""Everything that is drawn by chance. Tests and simulations own it by seeding; production asks the system."""

import random
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

_LOWER_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_source: random.Random = secrets.SystemRandom()


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


def uuid4() -> str:
    """A random UUID with its hyphens: request ids, revision ids, message ids."""
    return str(uuid.UUID(bytes=random_bytes(16), version=4))


def hex_digits(count: int) -> str:
    return f"{_source.getrandbits(count * 4):0{count}x}"


def lower_and_digits(count: int) -> str:
    return "".join(_source.choices(_LOWER_AND_DIGITS, k=count))


def base32(count: int) -> str:
    """Capital letters and the digits 2 to 7, as AWS' access key ids and principal ids are spelt."""
    return "".join(_source.choices(_BASE32, k=count))


def fraction() -> float:
    """A number in [0, 1): alias weights, jitter."""
    return _source.random()
