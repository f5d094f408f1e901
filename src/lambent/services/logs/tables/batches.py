"""Rows of log_batches, and log_counted, which says how many of them are counted."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from lambent.core.ports import LogEvent
from lambent.services.logs.tables.streams import Stream
from lambent.store.database import Transaction

Event = tuple[int, str]
"""What is read: (timestamp in ms, message)."""


class Batch(NamedTuple):
    """Events of one stream that were committed together, as they lie in the row."""

    id: int
    stream_id: int
    first_ms: int
    last_ms: int
    ingested_ms: int
    packed: bytes


NewBatch = tuple[str, str, int, int, int, int, int, bytes]
"""A row to write: the columns of INSERT_BATCH, in their order."""


class Count(NamedTuple):
    """What batches that are not counted yet add to one stream."""

    group_id: int
    stream_id: int
    first_ms: int
    last_ms: int
    ingested_ms: int
    bytes: int


INSERT_BATCH = """
INSERT INTO log_batches (account, region, group_id, stream_id, first_ms, last_ms, ingested_ms, events)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

LIST_FORWARD = """
SELECT id, stream_id, first_ms, last_ms, ingested_ms, events FROM log_batches
WHERE group_id = ? AND first_ms >= ? AND (first_ms, id) > (?, ?) AND first_ms < ? ORDER BY first_ms, id LIMIT ?"""

LIST_BACKWARD = """
SELECT id, stream_id, first_ms, last_ms, ingested_ms, events FROM log_batches
WHERE group_id = ? AND first_ms <= ? AND (first_ms, id) < (?, ?) AND first_ms >= ? ORDER BY first_ms DESC, id DESC LIMIT ?"""

LIST_FORWARD_OF_STREAM = """
SELECT id, stream_id, first_ms, last_ms, ingested_ms, events FROM log_batches
WHERE stream_id = ? AND first_ms >= ? AND (first_ms, id) > (?, ?) AND first_ms < ?
ORDER BY first_ms, id LIMIT ?"""

LIST_BACKWARD_OF_STREAM = """
SELECT id, stream_id, first_ms, last_ms, ingested_ms, events FROM log_batches
WHERE stream_id = ? AND first_ms <= ? AND (first_ms, id) < (?, ?) AND first_ms >= ?
ORDER BY first_ms DESC, id DESC LIMIT ?"""

LIST_BETWEEN = """
SELECT id, stream_id, first_ms, last_ms, ingested_ms, events FROM log_batches
WHERE id > ? AND id <= ? AND +group_id = ? ORDER BY id"""

FIND_NEWEST_ID = "SELECT COALESCE(MAX(id), 0) FROM log_batches"

DELETE_BATCHES_OF_GROUP = "DELETE FROM log_batches WHERE group_id = ?"
DELETE_BATCHES_OF_STREAM = "DELETE FROM log_batches WHERE stream_id = ?"
SUM_BYTES_OF_STREAM = "SELECT COALESCE(SUM(LENGTH(events)), 0) FROM log_batches WHERE stream_id = ? AND id <= ?"

LIST_EXPIRED = """
SELECT id, LENGTH(events) FROM log_batches WHERE group_id = ? AND first_ms < ? AND last_ms < ? ORDER BY first_ms LIMIT ?"""
DELETE_BATCH = "DELETE FROM log_batches WHERE id = ?"

FIND_COUNTED = "SELECT until_id FROM log_counted WHERE account = '' AND region = ''"
SET_COUNTED = """
INSERT INTO log_counted (account, region, until_id) VALUES ('', '', ?)
ON CONFLICT (account, region) DO UPDATE SET until_id = excluded.until_id"""

SUM_UNCOUNTED = """
SELECT group_id, stream_id, MIN(first_ms), MAX(last_ms), MAX(ingested_ms), SUM(LENGTH(events))
FROM log_batches WHERE id > ? AND id <= ? GROUP BY group_id, stream_id"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


def pack(events: Sequence[LogEvent]) -> bytes:
    try:
        return _encode(events)
    except UnicodeEncodeError:  # half a surrogate pair: no UTF-8 says it
        return _encode([(event.timestamp_ms, event.message.encode(errors="replace").decode()) for event in events])


def unpack(packed: bytes) -> list[Event]:
    return _decode(packed)


def insert(tx: Transaction, batches: Sequence[NewBatch]) -> None:
    tx.run_many(INSERT_BATCH, batches)


def page_forward(
    tx: Transaction,
    group_id: int,
    stream_id: int | None,
    *,
    from_ms: int,
    after: tuple[int, int],
    until_ms: int,
    count_max: int,
) -> list[Batch]:
    """Batches with ``from_ms`` <= first_ms < ``until_ms`` behind ``after`` (first_ms, id), of one stream or of all."""
    bounds = (from_ms, *after, until_ms, count_max)
    if stream_id is None:
        return tx.all(LIST_FORWARD, (group_id, *bounds), into=Batch)
    return tx.all(LIST_FORWARD_OF_STREAM, (stream_id, *bounds), into=Batch)


def page_backward(
    tx: Transaction, group_id: int, stream_id: int | None, *, from_ms: int, before: tuple[int, int], count_max: int
) -> list[Batch]:
    """Batches with ``from_ms`` <= first_ms that lie before ``before`` (first_ms, id), the last one first."""
    bounds = (before[0], *before, from_ms, count_max)
    if stream_id is None:
        return tx.all(LIST_BACKWARD, (group_id, *bounds), into=Batch)
    return tx.all(LIST_BACKWARD_OF_STREAM, (stream_id, *bounds), into=Batch)


def between(tx: Transaction, group_id: int, *, after_id: int, until_id: int) -> list[Batch]:
    """Batches of a group by their ids, in order of their commits."""
    return tx.all(LIST_BETWEEN, (after_id, until_id, group_id), into=Batch)


def newest_id(tx: Transaction) -> int:
    return tx.one(FIND_NEWEST_ID, into=int) or 0


def delete_of_group(tx: Transaction, group_id: int) -> None:
    tx.run(DELETE_BATCHES_OF_GROUP, (group_id,))


def delete_of_stream(tx: Transaction, stream: Stream) -> None:
    tx.run(DELETE_BATCHES_OF_STREAM, (stream.id,))


def bytes_of_stream(tx: Transaction, stream: Stream, *, until_id: int) -> int:
    return tx.one(SUM_BYTES_OF_STREAM, (stream.id, until_id), into=int) or 0


def expired(tx: Transaction, group_id: int, *, before_ms: int, count_max: int) -> list[tuple[int, int]]:
    """(id, bytes) of batches all of whose events are older than ``before_ms``."""
    return tx.all(LIST_EXPIRED, (group_id, before_ms, before_ms, count_max), into=_id_and_bytes)


def delete(tx: Transaction, ids: Iterable[int]) -> None:
    tx.run_many(DELETE_BATCH, ((id_,) for id_ in ids))


def counted_until(tx: Transaction) -> int:
    return tx.one(FIND_COUNTED, into=int) or 0


def set_counted_until(tx: Transaction, until_id: int) -> None:
    tx.run(SET_COUNTED, (until_id,))


def uncounted(tx: Transaction, *, after_id: int, until_id: int) -> list[Count]:
    return tx.all(SUM_UNCOUNTED, (after_id, until_id), into=Count)


def _id_and_bytes(id_: int, size: int) -> tuple[int, int]:
    return id_, size
