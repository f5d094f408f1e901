"""A stream with its shards as typed values: what every operation works with. It is kept in memory, so nothing of it changes."""

import functools
import hashlib
from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.ports import records_topic
from lambent.services.kinesis.engine import sequences
from lambent.services.kinesis.tables.shards import ShardRow
from lambent.services.kinesis.tables.streams import StreamRow

CHANGED_PREFIX = "kinesis.stream/"
HASH_KEY_MAX = 2**128 - 1
RECORD_KIB_DEFAULT = 1_024
HOUR_S = 3_600.0
KEYS_REMEMBERED_MAX = 65_536


class Shard(Struct, frozen=True, eq=False):
    """One shard. ``parents`` are the numbers of those that it took the place of; ``final_index`` is -1 while it is open."""

    id: int
    number: int
    name: str
    parents: tuple[int, ...]
    first_hash: int
    last_hash: int
    created_at: Instant
    closed_at: Instant
    final_index: int  # the next index when it was closed
    sequence_base: int
    topic: str

    @property
    def is_open(self) -> bool:
        return self.closed_at == 0

    @property
    def first_sequence(self) -> str:
        return str(sequences.numbered(self.sequence_base, 0, self.created_at))

    @property
    def last_sequence(self) -> str | None:
        """None while it is open."""
        if self.is_open:
            return None
        return str(sequences.numbered(self.sequence_base, sequences.INDEX_LAST, self.closed_at))


class Stream(Struct, frozen=True, eq=False):
    """``shards`` are all, by their numbers; ``open`` those that take records, in order of their hash keys."""

    row: StreamRow
    arn: str
    shards: Mapping[int, Shard]
    open: tuple[Shard, ...]
    starts: tuple[bytes, ...]  # first hash keys of ``open``, 16 bytes each
    record_bytes_max: int
    encryption: str  # "" or "KMS"
    distributes_by_itself: bool

    @property
    def account(self) -> str:
        return self.row.account

    @property
    def region(self) -> str:
        return self.row.region

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def key(self) -> tuple[str, str, str]:
        return self.row.account, self.row.region, self.row.name

    @property
    def is_on_demand(self) -> bool:
        return self.row.mode == "ON_DEMAND"

    def shard_of_key(self, partition_key: str) -> Shard:
        if len(self.open) == 1:
            return self.open[0]
        return self.open[bisect_right(self.starts, digest(partition_key)) - 1]

    def shard_of_hash(self, hash_key: int) -> Shard:
        return self.open[bisect_right(self.starts, hash_key.to_bytes(16)) - 1]

    def horizon(self, now: Instant) -> Instant:
        """What arrived by then has been kept long enough."""
        return max(self.row.kept_from, now - self.row.retention_h * HOUR_S)

    def has_expired(self, shard: Shard, now: Instant) -> bool:
        return not shard.is_open and shard.closed_at <= self.horizon(now)

    def children(self, shard: Shard) -> list[Shard]:
        return [child for child in self.shards.values() if shard.number in child.parents]


@functools.lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def digest(partition_key: str) -> bytes:
    """The hash key of a partition key, 16 bytes."""
    return hashlib.md5(partition_key.encode(errors="surrogatepass"), usedforsecurity=False).digest()


def arn_of(account: str, region: str, name: str) -> str:
    return f"arn:aws:kinesis:{region}:{account}:stream/{name}"


def shard_name(number: int) -> str:
    return f"shardId-{number:012d}"


def changed_topic(account: str, region: str, name: str) -> str:
    """The signal that what is known of a stream is out of date."""
    return f"{CHANGED_PREFIX}{account}/{region}/{name}"


def of_rows(row: StreamRow, shard_rows: list[ShardRow]) -> Stream:
    arn = arn_of(row.account, row.region, row.name)
    shards = [_shard(arn, shard_row) for shard_row in shard_rows]
    in_order = sorted((shard for shard in shards if shard.is_open), key=lambda shard: shard.first_hash)
    return Stream(
        row=row,
        arn=arn,
        shards={shard.number: shard for shard in shards},
        open=tuple(in_order),
        starts=tuple(shard.first_hash.to_bytes(16) for shard in in_order),
        record_bytes_max=int(row.settings.get("record_kib_max", RECORD_KIB_DEFAULT)) * 1_024,
        encryption="KMS" if row.settings.get("key_id") else "",
        distributes_by_itself=row.settings.get("distribution") == "AUTO",
    )


def _shard(arn: str, row: ShardRow) -> Shard:
    name = shard_name(row.number)
    return Shard(
        id=row.id,
        number=row.number,
        name=name,
        parents=tuple(parent for parent in (row.parent, row.adjacent_parent) if parent >= 0),
        first_hash=int(row.first_hash),
        last_hash=int(row.last_hash),
        created_at=row.created_at,
        closed_at=row.closed_at,
        final_index=row.next_index if row.closed_at else -1,
        sequence_base=sequences.base_of(row.created_at, row.number),
        topic=records_topic(arn, name),
    )
