"""Rows of dynamodb_stream_records: what was written to tables with a stream, shard by shard in order."""

from typing import NamedTuple

from lambent.store.database import Transaction

INSERT_RECORD = """
INSERT INTO dynamodb_stream_records (account, region, shard_id, position, ordinal, body) VALUES (?, ?, ?, ?, ?, ?)"""
LIST_SIZES = """
SELECT position, length(body) FROM dynamodb_stream_records WHERE shard_id = ? AND position >= ? ORDER BY position LIMIT ?"""
LIST_BODIES = """
SELECT body FROM dynamodb_stream_records WHERE shard_id = ? AND position >= ? AND position <= ? ORDER BY position"""
FIND_NEWEST = "SELECT max(position) FROM dynamodb_stream_records WHERE shard_id = ?"
DELETE_UNTIL = "DELETE FROM dynamodb_stream_records WHERE shard_id = ? AND position <= ?"


class NewRecord(NamedTuple):
    """A row to write, column by column. ``ordinal`` counts the records of the shard from 1."""

    account: str
    region: str
    shard_id: int
    position: int
    ordinal: int
    body: bytes


def insert(tx: Transaction, record: NewRecord) -> None:
    tx.run(INSERT_RECORD, record)


def sizes_from(tx: Transaction, shard_id: int, position: int, count_max: int) -> list[tuple[int, int]]:
    """Position and bytes of the records from ``position`` on."""
    return tx.all(LIST_SIZES, (shard_id, position, count_max), into=_pair)


def bodies(tx: Transaction, shard_id: int, first: int, last: int) -> list[bytes]:
    return tx.all(LIST_BODIES, (shard_id, first, last), into=bytes)


def newest_position(tx: Transaction, shard_id: int) -> int | None:
    found = tx.one(FIND_NEWEST, (shard_id,))
    assert found is not None
    return int(found[0]) if found[0] is not None else None


def delete_some(tx: Transaction, shard_id: int, *, count_max: int, bytes_max: int) -> tuple[int, bool]:
    """Deletes some of the oldest records of a shard, at least one. Returns how many, and whether there may be more."""
    count, last = 0, -1
    for position, size in tx.each(LIST_SIZES, (shard_id, 0, count_max)):
        count, last = count + 1, int(position)  # type: ignore[arg-type] # integers
        bytes_max -= int(size)  # type: ignore[arg-type]
        if bytes_max <= 0:
            break
    tx.run(DELETE_UNTIL, (shard_id, last))
    return count, count == count_max or bytes_max <= 0


def _pair(position: int, size: int) -> tuple[int, int]:
    return position, size
