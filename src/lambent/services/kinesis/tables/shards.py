"""Rows of kinesis_shards."""

from collections.abc import Iterable
from typing import NamedTuple

from lambent.core.clock import Instant
from lambent.store.database import Transaction


class ShardRow(NamedTuple):
    """One shard as it is kept; its parents are numbers of shards, -1 for none."""

    id: int
    number: int
    parent: int
    adjacent_parent: int
    first_hash: str
    last_hash: str
    created_at: Instant
    closed_at: Instant
    next_index: int


class NewShard(NamedTuple):
    """A row to write, column by column."""

    account: str
    region: str
    stream: int
    number: int
    parent: int
    adjacent_parent: int
    first_hash: str
    last_hash: str
    created_at: Instant
    next_index: int


class Taken(NamedTuple):
    """Where records go that were just given room: behind ``next_index - count``, at this instant."""

    next_index: int
    arrived_at: Instant


LIST_SHARDS = """
SELECT id, number, parent, adjacent_parent, first_hash, last_hash, created_at, closed_at, next_index
FROM kinesis_shards WHERE stream = ? ORDER BY number"""

INSERT_SHARD = """
INSERT INTO kinesis_shards
    (account, region, stream, number, parent, adjacent_parent, first_hash, last_hash, created_at, next_index)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

TAKE_INDEXES = """
UPDATE kinesis_shards
SET next_index = next_index + ?, arrived_at = CASE WHEN arrived_at > ? THEN arrived_at ELSE ? END
WHERE id = ? AND closed_at = 0 RETURNING next_index, arrived_at"""

FIND_NEXT_INDEX = "SELECT next_index FROM kinesis_shards WHERE id = ?"
CLOSE_SHARD = "UPDATE kinesis_shards SET closed_at = ? WHERE id = ? AND closed_at = 0"
CLOSE_ALL = "UPDATE kinesis_shards SET closed_at = ? WHERE stream = ? AND closed_at = 0"
DELETE_SHARD = "DELETE FROM kinesis_shards WHERE id = ?"
COUNT_OPEN = "SELECT COUNT(*) FROM kinesis_shards WHERE account = ? AND region = ? AND closed_at = 0"
LIST_CLOSED = "SELECT id FROM kinesis_shards WHERE stream = ? AND closed_at > 0 AND closed_at <= ? ORDER BY number LIMIT ?"


def of_stream(tx: Transaction, stream: int) -> list[ShardRow]:
    return tx.all(LIST_SHARDS, (stream,), into=ShardRow)


def insert(tx: Transaction, shards: Iterable[NewShard]) -> None:
    tx.run_many(INSERT_SHARD, shards)


def take_indexes(tx: Transaction, shard: int, count: int, now: Instant) -> Taken | None:
    """Room for ``count`` records; None where the shard is closed or gone. Time never goes backwards in a shard."""
    return tx.one(TAKE_INDEXES, (count, now, now, shard), into=Taken)


def next_index(tx: Transaction, shard: int) -> int | None:
    return tx.one(FIND_NEXT_INDEX, (shard,), into=int)


def close(tx: Transaction, shard: int, now: Instant) -> None:
    tx.run(CLOSE_SHARD, (now, shard))


def close_all(tx: Transaction, stream: int, now: Instant) -> None:
    tx.run(CLOSE_ALL, (now, stream))


def delete(tx: Transaction, shard: int) -> None:
    tx.run(DELETE_SHARD, (shard,))


def count_open(tx: Transaction, account: str, region: str) -> int:
    return tx.one(COUNT_OPEN, (account, region), into=int) or 0


def closed(tx: Transaction, stream: int, *, until: Instant, count_max: int) -> list[int]:
    """Ids of shards that were closed by then."""
    return tx.all(LIST_CLOSED, (stream, until, count_max), into=int)
