"""How records are kept: all that came for one shard since the last commit, in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lambent.core.clock import Instant
from lambent.services.kinesis.engine import records
from lambent.services.kinesis.engine.stream import Shard, Stream
from lambent.services.kinesis.tables import blocks, shards
from lambent.services.kinesis.tables.blocks import Record
from lambent.services.kinesis.tables.shards import Taken
from lambent.store.database import Transaction


@dataclass(slots=True)
class Gathered:
    """Records of one shard that are to be kept together."""

    stream: Stream
    shard: Shard
    records: list[Record] = field(default_factory=list)


def append(tx: Transaction, gathered: Sequence[Gathered], now_of: Callable[[str], Instant]) -> list[Taken | None]:
    """Where the records of each went: None for a shard that was closed meanwhile, of which nothing is kept.

    ``now_of`` tells each account's time.
    """
    return [_append(tx, each, now_of(each.stream.account)) for each in gathered]


def _append(tx: Transaction, each: Gathered, now: Instant) -> Taken | None:
    count = len(each.records)
    taken = shards.take_indexes(tx, each.shard.id, count, now)
    if taken is None:
        return None
    new = blocks.rows(
        each.stream.account,
        each.stream.region,
        each.shard.id,
        records.cut(each.records),
        first_index=taken.next_index - count,
        arrived_at=taken.arrived_at,
        encryption=each.stream.encryption,
    )
    blocks.insert(tx, new)
    tx.signal(each.shard.topic)
    return taken
