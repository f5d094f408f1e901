"""At most two readers of a shard at a time: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html.

A reader is one who came back with what it was given (NextShardIterator) within the last real second. Who reads a shard anew
from a fresh iterator each time, as tests do, is none. What is known here is not kept: after a restart all begin anew.
"""

from collections.abc import Callable

from lambent.core.clock import monotonic_s
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine.iterators import Iterator

READERS_MAX = 2
READS_FOR_S = 1.0
SHARDS_MAX = 10_000
"""Of so many shards the readers are remembered; past it those are forgotten who have stopped."""

Shard = tuple[str, str]


class Readers:
    """Who reads which shard."""

    def __init__(self, now_s: Callable[[], float] = monotonic_s) -> None:
        self._now_s = now_s
        self._seen_at: dict[Shard, dict[str, float]] = {}

    def admit(self, iterator: Iterator) -> None:
        """Raises TooManyReaders for the third of a shard."""
        if iterator.steps == 0:
            return
        now = self._now_s()
        shard = (iterator.stream.arn, iterator.shard_id)
        reading = {reader: seen for reader, seen in self._seen_at.get(shard, {}).items() if now - seen < READS_FOR_S}
        if iterator.reader not in reading and len(reading) >= READERS_MAX:
            raise stream_errors.TooManyReaders
        reading[iterator.reader] = now
        if len(self._seen_at) >= SHARDS_MAX:
            self._forget_stopped(now)
        self._seen_at[shard] = reading

    def forget(self) -> None:
        self._seen_at.clear()

    def _forget_stopped(self, now: float) -> None:
        self._seen_at = {
            shard: reading
            for shard, reading in self._seen_at.items()
            if any(now - seen < READS_FOR_S for seen in reading.values())
        }
