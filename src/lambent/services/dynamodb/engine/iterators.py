"""Shard iterators: a place in a shard, as text that a client brings back within 15 minutes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import page_tokens
from lambent.core.clock import Instant
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import stream_names
from lambent.services.dynamodb.engine.stream_names import StreamName

VALID_S = 15 * 60.0
HORIZON = 0
"""The place of the oldest record there is, whichever that is when it is read."""

_SEPARATOR = "|"
_VERSION = "1"


class Iterator(Struct, frozen=True):
    """``position`` is the next record's. Iterators that came of one another have one ``reader``; ``steps`` counts them."""

    stream: StreamName
    shard_id: str
    position: int
    issued_at: Instant
    reader: str
    steps: int = 0

    def next(self, position: int, now: Instant) -> "Iterator":
        return replace(self, position=position, issued_at=now, steps=self.steps + 1)


def text_of(iterator: Iterator) -> str:
    """What a client is given; it begins with the stream's ARN, as AWS' does."""
    issued_ms = int(iterator.issued_at * 1000)
    token = page_tokens.token_of([iterator.shard_id, iterator.position, issued_ms, iterator.reader, iterator.steps])
    return _SEPARATOR.join((iterator.stream.arn, _VERSION, token))


def parse(text: str, now: Instant) -> Iterator:
    """Raises InvalidShardIterator for what is none of ours, ExpiredIterator after 15 minutes."""
    arn, _, rest = text.partition(_SEPARATOR)
    version, _, token = rest.partition(_SEPARATOR)
    try:
        if version != _VERSION:
            raise stream_errors.InvalidShardIterator
        like: list[Any] = ["", 0, 0, "", 0]
        shard_id, position, issued_ms, reader, steps = page_tokens.key_of(token, like)
        stream = stream_names.parse(arn)
    except (page_tokens.BadPageToken, stream_errors.InvalidStreamArn) as error:
        raise stream_errors.InvalidShardIterator from error
    iterator = Iterator(stream, shard_id, position, issued_ms / 1000, reader, steps)
    if iterator.position < 0:
        raise stream_errors.InvalidShardIterator
    if now > iterator.issued_at + VALID_S:
        raise stream_errors.ExpiredIterator
    return iterator


def stream_arn_of(text: str) -> str:
    """The ARN with which an iterator begins, whether or not the rest of it is good."""
    return text.partition(_SEPARATOR)[0]
