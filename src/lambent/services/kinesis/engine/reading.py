"""How records are read: from an index on, as many as asked for, and how far behind the tip that is.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lambent.core.clock import Instant
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import sequences
from lambent.services.kinesis.engine.stream import Shard, Stream, shard_name
from lambent.services.kinesis.tables import blocks, shards
from lambent.services.kinesis.tables.blocks import Block, Record
from lambent.store.database import Transaction

RECORDS_MAX = 10_000
REPLY_BYTES_MAX = 10 * 1_048_576
BLOCKS_PER_LOOK_FIRST, BLOCKS_PER_LOOK_MAX = 4, 64
"""A block has one record or hundreds: who has not found enough looks for four times as many."""


class Slice(NamedTuple):
    """Records that arrived together, from ``first_index`` on."""

    first_index: int
    arrived_at: Instant
    encryption: str
    records: list[Record]


@dataclass(slots=True)
class Found:
    """What lies behind an index. ``next_index`` is where to go on, ``behind_since`` when that arrived, if it has."""

    slices: list[Slice] = field(default_factory=list)
    count: int = 0
    size: int = 0
    next_index: int = 0
    behind_since: Instant | None = None

    @property
    def has_reached_tip(self) -> bool:
        return self.behind_since is None

    def ms_behind(self, now: Instant) -> int:
        return 0 if self.behind_since is None else max(0, int((now - self.behind_since) * 1000))


def read(
    tx: Transaction, shard: int, *, from_index: int, horizon: Instant, count_max: int, bytes_max: int = REPLY_BYTES_MAX
) -> Found:
    """At least one record, where there is any: however large it is."""
    found, per_look = Found(next_index=from_index), BLOCKS_PER_LOOK_FIRST
    while True:
        wanted = min(per_look, count_max - found.count)
        page = blocks.page(tx, shard, from_index=found.next_index, after=horizon, count_max=wanted)
        for block in page:
            if not _take(found, block, count_max, bytes_max):
                found.behind_since = block.arrived_at
                return found
        if len(page) < wanted:
            return found
        if found.count >= count_max:
            found.behind_since = blocks.next_arrival(tx, shard, found.next_index)
            return found
        per_look = min(4 * per_look, BLOCKS_PER_LOOK_MAX)


def _take(found: Found, block: Block, count_max: int, bytes_max: int) -> bool:
    """Takes from a block what still fits. False where something is left of it."""
    first = max(found.next_index, block.first_index)
    unpacked = blocks.unpack(block.packed)
    records = unpacked[first - block.first_index :] if first > block.first_index else unpacked
    is_whole = len(block.packed) + found.size <= bytes_max and len(records) + found.count <= count_max
    if is_whole:
        found.size += len(block.packed)
    else:
        records = _fitting(found, records, count_max - found.count, bytes_max)
    if records:
        found.slices.append(Slice(first, block.arrived_at, block.encryption, records))
        found.count += len(records)
        found.next_index = first + len(records)
    return found.next_index > block.last_index


def _fitting(found: Found, records: list[Record], count_max: int, bytes_max: int) -> list[Record]:
    for count, (key, data) in enumerate(records[:count_max]):
        found.size += len(data) + (len(key) if key else 0)
        if found.size > bytes_max and found.count + count > 0:
            return records[:count]
    return records[:count_max]


# ---- where to begin --------------------------------------------------------------------------------------------------


def start_index(
    tx: Transaction,
    stream: Stream,
    shard: Shard,
    *,
    kind: str,
    sequence: str | None,
    moment: Instant | None,
    now: Instant,
) -> int:
    """The index at which a reader begins. ``kind`` is AWS' ShardIteratorType. Raises SequenceWithType, BadSequence …"""
    match kind:
        case "TRIM_HORIZON" | "LATEST":
            if sequence is not None:
                raise errors.SequenceWithType(type=kind, found="also a")
            return 0 if kind == "TRIM_HORIZON" else _tip(tx, shard)
        case "AT_TIMESTAMP":
            return _index_at(tx, shard, moment, now)
        case _:
            if sequence is None:
                raise errors.SequenceWithType(type=kind, found="no")
            return _index_of(stream, shard, sequence) + (kind == "AFTER_SEQUENCE_NUMBER")


def _tip(tx: Transaction, shard: Shard) -> int:
    tip = shards.next_index(tx, shard.id)
    return shard.final_index if tip is None else tip


def _index_at(tx: Transaction, shard: Shard, moment: Instant | None, now: Instant) -> int:
    if moment is None:
        raise errors.MissingTimestamp()
    if int(moment * 1000) > int(now * 1000):
        raise errors.FutureTimestamp(asked_ms=int(moment * 1000), now_ms=int(now * 1000))
    index = blocks.first_index_since(tx, shard.id, moment)
    return _tip(tx, shard) if index is None else index


def _index_of(stream: Stream, shard: Shard, text: str) -> int:
    """The index in a sequence number that this shard has given out."""
    if text == "0":  # what some consumers take for the beginning
        return 0
    where: dict[str, Any] = {"sequence": text, "shard": shard.name, "name": stream.name, "account": stream.account}
    found = sequences.parse(text)
    if found is None:
        raise errors.BadSequence(**where)
    if found.shard_number != shard.number:
        raise errors.SequenceOfOtherShard(encoded=shard_name(found.shard_number), shard=shard.name)
    if found.created_s != int(shard.created_at):
        raise errors.ForeignSequence(**where)
    return min(found.record, sequences.INDEX_LAST - 1)
