"""Rows of kinesis_blocks: records of one shard that were committed together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from lambent.core.clock import Instant
from lambent.store.database import Transaction

Record = tuple[str | None, bytes]
"""(partition key, data); a stream that distributes records by itself needs no key."""


class Block(NamedTuple):
    """Records as they lie in the row. The index of the last one is ``last_index``."""

    last_index: int
    records: int
    arrived_at: Instant
    encryption: str
    packed: bytes

    @property
    def first_index(self) -> int:
        return self.last_index - self.records + 1


class NewBlock(NamedTuple):
    """A row to write, column by column."""

    account: str
    region: str
    shard: int
    last_index: int
    records: int
    arrived_at: Instant
    encryption: str
    packed: bytes


INSERT_BLOCK = """
INSERT INTO kinesis_blocks (account, region, shard, last_index, count, arrived_at, encryption, records)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

LIST_BLOCKS = """
SELECT last_index, count, arrived_at, encryption, records FROM kinesis_blocks
WHERE shard = ? AND last_index >= ? AND +arrived_at > ? ORDER BY last_index LIMIT ?"""

FIND_ARRIVAL = """
SELECT last_index - count + 1 FROM kinesis_blocks WHERE shard = ? AND arrived_at >= ? ORDER BY arrived_at, last_index LIMIT 1"""

FIND_NEXT_ARRIVAL = "SELECT arrived_at FROM kinesis_blocks WHERE shard = ? AND last_index >= ? ORDER BY last_index LIMIT 1"
FIND_FIRST_ARRIVAL = "SELECT arrived_at FROM kinesis_blocks WHERE shard = ? ORDER BY arrived_at LIMIT 1"

DELETE_EXPIRED = """
DELETE FROM kinesis_blocks WHERE id IN
    (SELECT id FROM kinesis_blocks WHERE shard = ? AND arrived_at <= ? ORDER BY arrived_at LIMIT ?)"""
DELETE_OF_SHARD = """
DELETE FROM kinesis_blocks WHERE id IN (SELECT id FROM kinesis_blocks WHERE shard = ? LIMIT ?)"""

pack = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Record]).decode


def unpack(packed: bytes) -> list[Record]:
    return _decode(packed)


def insert(tx: Transaction, blocks: Iterable[NewBlock]) -> None:
    tx.run_many(INSERT_BLOCK, blocks)


def page(tx: Transaction, shard: int, *, from_index: int, after: Instant, count_max: int) -> list[Block]:
    """Blocks that end at ``from_index`` or behind it, without those that arrived until ``after``."""
    return tx.all(LIST_BLOCKS, (shard, from_index, after, count_max), into=Block)


def first_index_since(tx: Transaction, shard: int, moment: Instant) -> int | None:
    """The index of the first record that arrived at ``moment`` or later."""
    return tx.one(FIND_ARRIVAL, (shard, moment), into=int)


def next_arrival(tx: Transaction, shard: int, from_index: int) -> Instant | None:
    return tx.one(FIND_NEXT_ARRIVAL, (shard, from_index), into=float)


def first_arrival(tx: Transaction, shard: int) -> Instant | None:
    return tx.one(FIND_FIRST_ARRIVAL, (shard,), into=float)


def delete_expired(tx: Transaction, shard: int, *, until: Instant, count_max: int) -> int:
    return tx.run(DELETE_EXPIRED, (shard, until, count_max))


def delete_of_shard(tx: Transaction, shard: int, count_max: int) -> int:
    return tx.run(DELETE_OF_SHARD, (shard, count_max))


def rows(
    account: str,
    region: str,
    shard: int,
    cuts: Iterable[Sequence[Record]],
    *,
    first_index: int,
    arrived_at: Instant,
    encryption: str,
) -> Iterable[NewBlock]:
    """One row for each cut of records that follow one another."""
    index = first_index
    for cut in cuts:
        index += len(cut)
        yield NewBlock(account, region, shard, index - 1, len(cut), arrived_at, encryption, pack(cut))
