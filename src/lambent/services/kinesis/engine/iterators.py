"""Shard iterators and the tokens of ListShards: what a client brings back, opaque to it. They are good for five minutes.

Anybody may write one, so whoever reads it checks what it names as if it had been a parameter.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from lambent.core.clock import LATEST, Instant
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine.identifiers import SHARD_NUMBER_MAX, Key
from lambent.services.kinesis.engine.sequences import INDEX_LAST

VALID_MS = 300_000
CREATED_MS_MAX = int(LATEST * 1_000) - VALID_MS
"""No clock shows a later time in which one could expire."""
_MARK = b"\0\0\0\0\0\0\0\1"


class Iterator(NamedTuple):
    """Where a reader stands: before the record of this index. ``stream_id`` tells apart streams that had one name in turn."""

    created_ms: int
    account: str
    region: str
    stream: str
    stream_id: int
    shard_number: int
    record: int

    @property
    def key(self) -> Key:
        return self.account, self.region, self.stream


class Token(NamedTuple):
    """Where a list of shards goes on."""

    created_ms: int
    account: str
    region: str
    stream: str
    after_number: int
    filter_type: str
    filter_moment: float


_encode = msgspec.msgpack.Encoder().encode
_decode_iterator = msgspec.msgpack.Decoder(Iterator).decode
_decode_token = msgspec.msgpack.Decoder(Token).decode


def text_of(told: Iterator | Token) -> str:
    return base64.b64encode(_MARK + _encode(told)).decode("ascii")


def read_iterator(text: str, now: Instant) -> Iterator:
    """Raises InvalidIterator, ExpiredIterator."""
    iterator = iterator_in(text)
    if iterator is None:
        raise errors.InvalidIterator()
    if int(now * 1000) - iterator.created_ms > VALID_MS:
        created, right_now = _spelt(iterator.created_ms), _spelt(int(now * 1000))
        raise errors.ExpiredIterator(created=created, now=right_now, tolerated_ms=VALID_MS)
    return iterator


def iterator_in(text: str) -> Iterator | None:
    """What an iterator says, however old it is; None for what is none."""
    try:
        iterator = _decode_iterator(_bytes_of(text))
    except (ValueError, msgspec.DecodeError):
        return None
    is_possible = 0 <= iterator.shard_number <= SHARD_NUMBER_MAX and 0 <= iterator.record <= INDEX_LAST
    return iterator if is_possible and 0 <= iterator.created_ms <= CREATED_MS_MAX else None


def read_token(text: str, now: Instant) -> Token:
    """Raises BadToken, ExpiredToken."""
    token = token_in(text)
    if token is None:
        raise errors.BadToken()
    if int(now * 1000) - token.created_ms > VALID_MS:
        raise errors.ExpiredToken()
    return token


def token_in(text: str) -> Token | None:
    """What a token says, however old it is; None for what is none."""
    try:
        return _decode_token(_bytes_of(text))
    except (ValueError, msgspec.DecodeError):
        return None


def _bytes_of(text: str) -> bytes:
    try:
        whole = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if not whole.startswith(_MARK):
        raise ValueError("not ours")
    return whole.removeprefix(_MARK)


def _spelt(moment_ms: int) -> str:
    """Thu Jan 22 01:22:02 UTC 2015"""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
