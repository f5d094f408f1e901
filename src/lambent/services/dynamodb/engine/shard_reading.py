"""Reading a shard: where an iterator begins, and what comes next, at most 1,000 records or 1 MB.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
"""

from datetime import datetime

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import iterators, positions, streams
from lambent.services.dynamodb.engine.iterators import Iterator
from lambent.services.dynamodb.engine.stream_names import StreamName
from lambent.services.dynamodb.tables import stream_records as rows
from lambent.services.dynamodb.tables import streams as stream_rows
from lambent.services.dynamodb.tables.streams import ShardRow
from lambent.store.database import Transaction

RECORDS_MAX = 1_000
BYTES_MAX = 1024 * 1024
WITH_NUMBER = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})


class Start(Struct, frozen=True):
    """Where a client wants to begin: ``kind`` is AWS' ShardIteratorType."""

    kind: str
    sequence_number: str = ""
    moment: datetime | None = None


class Page(Struct, frozen=True):
    """Records as JSON. ``next_position`` is None at the end of a shard that is closed."""

    records: list[bytes]
    next_position: int | None


def check_start(start: Start, now: Instant) -> None:
    """Raises ValidationFailed for what AWS' iterator types do not go with."""
    if start.kind in WITH_NUMBER and not start.sequence_number:
        raise stream_errors.SequenceNumberMissing(kind=start.kind)
    if start.kind not in WITH_NUMBER and start.sequence_number:
        raise stream_errors.SequenceNumberUnwanted(kind=start.kind)
    if (start.kind == "AT_TIMESTAMP") != (start.moment is not None):
        raise stream_errors.TimestampMissing if start.moment is None else stream_errors.TimestampUnwanted(kind=start.kind)
    if start.moment is not None and start.moment.timestamp() > now:
        raise stream_errors.TimestampInFuture


def begin(tx: Transaction, name: StreamName, shard_id: str, start: Start, now: Instant) -> int:
    """The position at which an iterator begins. Raises StreamNotFound, ShardNotFound, TrimmedDataAccess, ValidationFailed."""
    stream = streams.require(tx, name)
    shard = stream_rows.find_shard(tx, stream.id, shard_id)
    if shard is None:
        raise stream_errors.ShardNotFound
    if start.kind == "TRIM_HORIZON":
        return iterators.HORIZON
    if start.kind == "LATEST":
        newest = rows.newest_position(tx, shard.id)
        return shard.first_position if newest is None else newest + 1
    if start.moment is not None:
        return _at_moment(start.moment, now)
    position = _numbered(shard, start.sequence_number, now)
    return position + 1 if start.kind == "AFTER_SEQUENCE_NUMBER" else position


def read(tx: Transaction, iterator: Iterator, count_max: int, now: Instant) -> Page:
    """What stands at an iterator. Raises StreamNotFound, TrimmedDataAccess."""
    stream = streams.require(tx, iterator.stream)
    shard = stream_rows.find_shard(tx, stream.id, iterator.shard_id)
    if shard is None:
        raise stream_errors.TrimmedDataAccess
    horizon = horizon_at(now)
    if iterator.position != iterators.HORIZON and iterator.position < horizon:
        raise stream_errors.TrimmedDataAccess
    sizes = rows.sizes_from(tx, shard.id, max(iterator.position, horizon), count_max)
    count = _fitting([size for _, size in sizes])
    bodies = rows.bodies(tx, shard.id, sizes[0][0], sizes[count - 1][0]) if sizes else []
    is_at_end = count == len(sizes) < count_max or (bool(sizes) and sizes[count - 1][0] == shard.last_position)
    if is_at_end and not shard.is_open:
        return Page(bodies, None)
    return Page(bodies, sizes[count - 1][0] + 1 if sizes else iterator.position)


def horizon_at(now: Instant) -> int:
    """Records before this position are trimmed."""
    return positions.position_at(max(0.0, now - streams.RETENTION_S))


def _at_moment(moment: datetime, now: Instant) -> int:
    position = positions.position_at(max(0.0, moment.timestamp()))
    return position if position > horizon_at(now) else iterators.HORIZON


def _numbered(shard: ShardRow, sequence_number: str, now: Instant) -> int:
    position = positions.position_of(sequence_number)
    if position is None or position < shard.first_position or (not shard.is_open and position > shard.last_position):
        raise stream_errors.SequenceNumberInvalid(sequence_number=sequence_number)
    if position < horizon_at(now):
        raise stream_errors.TrimmedDataAccess
    return position


def _fitting(sizes: list[int]) -> int:
    """How many of the records go into one answer: at least one."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if count and total > BYTES_MAX:
            return count
    return len(sizes)
