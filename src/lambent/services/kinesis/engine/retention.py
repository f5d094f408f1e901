"""How long records are kept, and what becomes of those of deleted streams.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html
"""

from collections.abc import Callable

from lambent.core.clock import Instant
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine.stream import HOUR_S, Stream, changed_topic, of_rows
from lambent.services.kinesis.tables import blocks, shards
from lambent.services.kinesis.tables import streams as rows
from lambent.services.kinesis.tables.streams import StreamRow
from lambent.store.database import Transaction

HOURS_DEFAULT, HOURS_MIN, HOURS_MAX = 24, 24, 8_760
BLOCKS_AT_ONCE = 500  # deleted in one transaction, so that no commit of records waits long
STREAMS_AT_ONCE = 200
SHARDS_AT_ONCE = 500
SWEEP_EVERY_S_MIN = 60.0  # what has expired is hidden at once, so nobody sees that it lies there a little longer
TOPIC = "kinesis.retention"
"""Signalled when there is a new stream to look after, or one is to be kept for another time."""

SWEEP = "kinesis.sweep"
"""The kind of the timers that remove what is left of deleted streams."""

NowOf = Callable[[str], Instant]
"""Tells an account's time."""


def change(tx: Transaction, stream: Stream, hours: int, now: Instant, *, is_longer: bool) -> None:
    """Raises RetentionTooShort, RetentionTooLong, RetentionNotLonger, RetentionNotShorter."""
    if hours < HOURS_MIN:
        raise errors.RetentionTooShort(hours=hours)
    if hours > HOURS_MAX:
        raise errors.RetentionTooLong(hours=hours)
    kept = stream.row.retention_h
    if is_longer and hours < kept:
        raise errors.RetentionNotLonger(hours=hours, name=stream.name, kept=kept)
    if not is_longer and hours > kept:
        raise errors.RetentionNotShorter(hours=hours, name=stream.name, kept=kept)
    # What was past the shorter retention does not come back by a longer one.
    rows.set_retention(tx, stream.row.id, hours, kept_from=stream.horizon(now))
    tx.signal(TOPIC)
    tx.signal(changed_topic(*stream.key))


def sweep_some(tx: Transaction, now_of: NowOf, after_id: int) -> int | None:
    """Deletes what is past its retention in the streams behind ``after_id``; where to go on, None where all were seen."""
    page = rows.page_of_all(tx, after_id=after_id, count_max=STREAMS_AT_ONCE)
    left = BLOCKS_AT_ONCE
    for row in page:
        stream = of_rows(row, shards.of_stream(tx, row.id))
        left -= _sweep_stream(tx, stream, now_of(row.account), left)
        if left <= 0:
            return row.id - 1  # there may be more of this one
    return page[-1].id if len(page) == STREAMS_AT_ONCE else None


def next_sweeps_at(tx: Transaction, now_of: NowOf) -> list[tuple[str, Instant]]:
    """For each stream its account, and when something in it will have been kept long enough, or has been."""
    found: list[tuple[str, Instant]] = []
    after_id = 0
    while page := rows.page_of_all(tx, after_id=after_id, count_max=STREAMS_AT_ONCE):
        found += [(row.account, _due_at(tx, row, now_of(row.account))) for row in page]
        after_id = page[-1].id
    return found


def sweep_deleted(tx: Transaction, stream: int) -> bool:
    """Removes some of what is left of a deleted stream; False where that was the last."""
    left = BLOCKS_AT_ONCE
    for shard in shards.of_stream(tx, stream)[:SHARDS_AT_ONCE]:
        left -= blocks.delete_of_shard(tx, shard.id, left)
        if left <= 0:
            return True
        shards.delete(tx, shard.id)
    return bool(shards.of_stream(tx, stream))


def _sweep_stream(tx: Transaction, stream: Stream, now: Instant, count_max: int) -> int:
    """Returns how many blocks it deleted."""
    horizon = stream.horizon(now)
    left = count_max
    for shard in stream.shards.values():
        left -= blocks.delete_expired(tx, shard.id, until=horizon, count_max=left)
        if left <= 0:
            return count_max
    gone = shards.closed(tx, stream.row.id, until=horizon, count_max=SHARDS_AT_ONCE)
    for shard_id in gone:
        shards.delete(tx, shard_id)
    if gone:
        tx.signal(changed_topic(*stream.key))
    return count_max - left


def _due_at(tx: Transaction, row: StreamRow, now: Instant) -> Instant:
    oldest = now  # what is not there yet
    for shard in shards.of_stream(tx, row.id):
        arrived_at = blocks.first_arrival(tx, shard.id)
        if arrived_at is None and shard.closed_at:
            arrived_at = shard.closed_at
        if arrived_at is not None:
            oldest = min(oldest, arrived_at)
    return oldest + row.retention_h * HOUR_S
