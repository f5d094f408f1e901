"""The shards of a stream: one to begin with, rolled every four hours, split in two where writing goes on and on.

A key's records are in order because its hash belongs to one open shard, whose children take over when it closes. AWS tells of
all this only that shards come and go by themselves, parents before children:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.ports import records_topic
from lambent.services.dynamodb.engine import positions, stream_records
from lambent.services.dynamodb.engine.stream_names import StreamName
from lambent.services.dynamodb.engine.stream_records import Written
from lambent.services.dynamodb.tables import stream_records as rows
from lambent.services.dynamodb.tables import streams
from lambent.services.dynamodb.tables.stream_records import NewRecord
from lambent.services.dynamodb.tables.streams import HASH_LAST, ShardRow, StreamRow
from lambent.store.database import Transaction

ROLLS_AFTER_S = 4 * 3600.0
SPLIT_AFTER_RECORDS = 60_000
SPLIT_WITHIN_S = 60.0
"""A shard that takes so many records in so short a time is split: a partition of a table takes 1,000 writes a second."""

SHARDS_OPEN_MAX = 32


def append(tx: Transaction, table_id: int, name: StreamName, view_type: str, written: Written, key_hash: int) -> None:
    """Adds what was written to the shard that takes this key."""
    taking = streams.open_for(tx, table_id, key_hash)
    assert taking is not None, f"no shard of {name.arn} takes {key_hash}"
    newest = taking.newest_position if taking.newest_position is not None else taking.first_position - 1
    position = positions.position_after(newest, written.at)
    sequence_number = positions.sequence_number(position, taking.number)
    body = stream_records.stream_record(written, view_type, name.region, sequence_number)
    ordinal = (taking.newest_ordinal or 0) + 1
    rows.insert(tx, NewRecord(name.account, name.region, taking.id, position, ordinal, body))
    tx.signal(records_topic(name.arn, taking.name))
    if ordinal % SPLIT_AFTER_RECORDS == 0:
        _split_or_not(tx, name, taking.name, written.at)


def open_first(tx: Transaction, stream: StreamRow, table_id: int, now: Instant) -> None:
    first = positions.position_at(now)
    _open(tx, stream, table_id=table_id, number=0, parent=None, hashes=(0, HASH_LAST), now=now, first_position=first)


def roll(tx: Transaction, stream: StreamRow, shard: ShardRow, now: Instant) -> None:
    """Closes a shard, and opens the one child that takes its keys."""
    _replace(tx, stream, shard, [(shard.hash_first, shard.hash_last)], now)


def split(tx: Transaction, stream: StreamRow, shard: ShardRow, now: Instant) -> None:
    """Closes a shard, and opens two children that take half of its keys each."""
    middle = (shard.hash_first + shard.hash_last) // 2
    _replace(tx, stream, shard, [(shard.hash_first, middle), (middle + 1, shard.hash_last)], now)


def close(tx: Transaction, stream: StreamRow, shard: ShardRow, now: Instant) -> int:
    """It takes no records any more. Returns where it ends."""
    newest = rows.newest_position(tx, shard.id)
    last_position = newest if newest is not None else shard.first_position
    streams.close_shard(tx, shard.id, last_position, now)
    tx.signal(records_topic(stream.name.arn, shard.name))
    return last_position


def _split_or_not(tx: Transaction, name: StreamName, shard_name: str, now: Instant) -> None:
    stream = streams.find(tx, name)
    assert stream is not None
    shard = streams.find_shard(tx, stream.id, shard_name)
    assert shard is not None
    is_busy = now - shard.counted_at <= SPLIT_WITHIN_S
    open_count = sum(other.is_open for other in streams.shards(tx, stream.id))
    if is_busy and open_count < SHARDS_OPEN_MAX and shard.hash_first < shard.hash_last:
        split(tx, stream, shard, now)
    else:
        streams.set_counted(tx, shard.id, now)


def _replace(tx: Transaction, stream: StreamRow, shard: ShardRow, hashes: list[tuple[int, int]], now: Instant) -> None:
    last_position = close(tx, stream, shard, now)
    number = 1 + max(other.number for other in streams.shards(tx, stream.id))
    first_position = positions.position_after(last_position, now)
    for offset, half in enumerate(hashes):
        _open(
            tx,
            stream,
            table_id=shard.table_id,
            number=number + offset,
            parent=shard,
            hashes=half,
            now=now,
            first_position=first_position,
        )


def _open(
    tx: Transaction,
    stream: StreamRow,
    *,
    table_id: int,
    number: int,
    parent: ShardRow | None,
    hashes: tuple[int, int],
    now: Instant,
    first_position: int,
) -> None:
    # A child's name comes behind its parent's, also where both are made in one millisecond.
    opened_at = now if parent is None else max(now, parent.opened_at + 0.002)
    streams.insert_shard(
        tx,
        stream,
        table_id=table_id,
        number=number,
        name=positions.shard_id(opened_at, ids.hex_digits(8)),
        parent=parent.name if parent is not None else "",
        hashes=hashes,
        opened_at=opened_at,
        first_position=first_position,
    )
