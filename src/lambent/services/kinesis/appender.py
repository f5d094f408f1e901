"""The way in for records: what many requests put at once shares one transaction, and each returns when it is committed.

While one transaction is on its way, what is put gathers, and goes in the next one, one block for each shard. So a record alone
waits for one commit, and under load the commits grow instead of the queue.
"""

import asyncio
from collections.abc import Sequence

from lambent.core.clock import Clock, Instant
from lambent.core.errors import LambentError
from lambent.services.kinesis.engine import writing
from lambent.services.kinesis.engine.stream import Shard, Stream
from lambent.services.kinesis.engine.writing import Gathered
from lambent.services.kinesis.tables.blocks import Record
from lambent.services.kinesis.tables.shards import Taken
from lambent.store.database import Database

Place = tuple[int, Instant]
"""Of the first of some records: its index, and when it arrived."""


class ShardClosed(LambentError):
    """The shard takes no records any more: read the stream again."""


class _Pending:
    """What gathers for one shard, and who waits for which part of it."""

    __slots__ = ("gathered", "waiters")

    def __init__(self, stream: Stream, shard: Shard) -> None:
        self.gathered = Gathered(stream, shard)
        self.waiters: list[tuple[int, asyncio.Future[Place]]] = []


class Appender:
    """Used on one event loop."""

    def __init__(self, *, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pending: dict[int, _Pending] = {}
        self._flushing: asyncio.Task[None] | None = None

    def append(self, stream: Stream, shard: Shard, records: Sequence[Record]) -> "asyncio.Future[Place]":
        """Where the first of the records went, once they are committed; they follow one another. Raises ShardClosed."""
        pending = self._pending.get(shard.id)
        if pending is None:
            pending = self._pending[shard.id] = _Pending(stream, shard)
        future: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        pending.waiters.append((len(pending.gathered.records), future))
        pending.gathered.records += records
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush(), name="kinesis.appender")
        return future

    async def _flush(self) -> None:
        try:
            while self._pending:
                await self._flush_once()
        finally:
            self._flushing = None

    async def _flush_once(self) -> None:
        pending, self._pending = list(self._pending.values()), {}
        gathered = [each.gathered for each in pending]
        try:
            taken = await self._store.write_at_once(writing.append, gathered, self._now_of)
        except Exception as error:  # noqa: BLE001 - it is told to each of those who wait
            for each in pending:
                _tell_failure(each, error)
            return
        for each, where in zip(pending, taken, strict=True):
            if where is None:
                _tell_failure(each, ShardClosed("the shard takes no records any more"))
            else:
                _tell_places(each, where)

    def _now_of(self, account: str) -> Instant:
        return self._clock.of(account).now()


def _tell_places(pending: _Pending, taken: Taken) -> None:
    first_index = taken.next_index - len(pending.gathered.records)
    for offset, future in pending.waiters:
        if not future.done():
            future.set_result((first_index + offset, taken.arrived_at))


def _tell_failure(pending: _Pending, error: Exception) -> None:
    for _, future in pending.waiters:
        if not future.done():
            future.set_exception(error)
