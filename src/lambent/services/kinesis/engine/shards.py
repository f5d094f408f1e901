"""How the hash keys of a stream are shared among its shards: split, merged, and evened out.

https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lambent.core.clock import Instant
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine.stream import HASH_KEY_MAX, Shard, Stream
from lambent.services.kinesis.tables import shards
from lambent.services.kinesis.tables.shards import NewShard
from lambent.store.database import Transaction

SHARDS_MAX = 20_000
"""Open ones of an account in a region."""

FIRST_INDEX = 1
"""That of a shard's first record; its StartingSequenceNumber has the one before."""


@dataclass(slots=True)
class _Part:
    """A shard while shards are being changed; ``is_new`` ones are not rows yet."""

    number: int
    first_hash: int
    last_hash: int
    parent: int = -1
    adjacent_parent: int = -1
    is_new: bool = True
    is_closed: bool = False


@dataclass(slots=True)
class Change:
    """Shards being split and merged, one step after another."""

    parts: list[_Part] = field(default_factory=list)

    @classmethod
    def of(cls, stream: Stream) -> "Change":
        parts = [_Part(shard.number, shard.first_hash, shard.last_hash, is_new=False) for shard in stream.open]
        change = cls(parts)
        change._next_number = max(stream.shards, default=-1) + 1
        return change

    _next_number: int = 0

    def open(self) -> list[_Part]:
        return sorted((part for part in self.parts if not part.is_closed), key=lambda part: part.first_hash)

    def split(self, part: _Part, at: int) -> tuple[_Part, _Part]:
        part.is_closed = True
        return self._add(part.first_hash, at - 1, part.number), self._add(at, part.last_hash, part.number)

    def merge(self, lower: _Part, upper: _Part, *, parent: int, adjacent_parent: int) -> _Part:
        lower.is_closed = upper.is_closed = True
        return self._add(lower.first_hash, upper.last_hash, parent, adjacent_parent)

    def even_out(self, count: int) -> None:
        """Splits and merges until ``count`` shards have equal shares. Shards that live for no time at all are AWS' way, too.

        Goes once through the shards: there may be thousands, and all who write wait.
        """
        starts = even_starts(count)
        parts = self._split_at(starts)
        at = 0
        for end in [*starts[1:], HASH_KEY_MAX + 1]:
            whole, at = parts[at], at + 1
            while at < len(parts) and parts[at].first_hash < end:
                whole = self.merge(whole, parts[at], parent=whole.number, adjacent_parent=parts[at].number)
                at += 1

    def write(self, tx: Transaction, stream: Stream, now: Instant) -> None:
        """Closes what was split and merged, and makes what came of it; readers of closed shards are told."""
        by_number = {shard.number: shard for shard in stream.open}
        created_at = max([now, *(shard.created_at + 1 for shard in stream.open)])
        new = [part for part in self.parts if part.is_new]
        shards.insert(tx, [_row(stream.account, stream.region, stream.row.id, part, created_at) for part in new])
        closed = {part.number for part in self.parts if part.is_closed}
        for row in shards.of_stream(tx, stream.row.id):
            if row.number in closed and row.closed_at == 0:
                shards.close(tx, row.id, now)
        for number in closed & by_number.keys():
            tx.signal(by_number[number].topic)

    @property
    def more(self) -> int:
        """By how many open shards the stream grows."""
        before = sum(not part.is_new for part in self.parts)
        return len(self.open()) - before

    def _split_at(self, starts: Sequence[int]) -> list[_Part]:
        """Splits until a shard begins at each of these, which ascend. Returns the open ones, in order."""
        done, left = list[_Part](), self.open()[::-1]
        for start in starts:
            while left[-1].last_hash < start:
                done.append(left.pop())
            if left[-1].first_hash != start:
                lower, upper = self.split(left.pop(), start)
                done.append(lower)
                left.append(upper)
        return done + left[::-1]

    def _add(self, first_hash: int, last_hash: int, parent: int, adjacent_parent: int = -1) -> _Part:
        part = _Part(self._next_number, first_hash, last_hash, parent, adjacent_parent)
        self.parts.append(part)
        self._next_number += 1
        return part


def even_starts(count: int) -> list[int]:
    """The first hash keys of ``count`` equal shares."""
    share = (HASH_KEY_MAX + 1) // count
    return [number * share for number in range(count)]


def make(tx: Transaction, account: str, region: str, stream: int, count: int, now: Instant) -> None:
    """The shards of a new stream."""
    starts = even_starts(count)
    ends = [*(start - 1 for start in starts[1:]), HASH_KEY_MAX]
    parts = [_Part(number, start, end) for number, (start, end) in enumerate(zip(starts, ends, strict=True))]
    shards.insert(tx, [_row(account, region, stream, part, now) for part in parts])


def require_room(tx: Transaction, account: str, region: str, more: int) -> None:
    """Raises TooManyShards where the account may not have so many more."""
    count = shards.count_open(tx, account, region)
    if more > 0 and count + more > SHARDS_MAX:
        raise errors.TooManyShards(account=account, region=region, count=count, count_max=SHARDS_MAX, more=more)


def split(stream: Stream, shard: Shard, at: int) -> Change:
    """Raises ShardIsClosed, BadStartingHashKey."""
    where: dict[str, Any] = {"shard": shard.name, "name": stream.name, "account": stream.account}
    if not shard.is_open:
        raise errors.ShardIsClosed(**where)
    if not shard.first_hash + 1 < at < shard.last_hash:
        raise errors.BadStartingHashKey(hash_key=at, first=shard.first_hash, last=shard.last_hash, **where)
    change = Change.of(stream)
    change.split(_part_of(change, shard), at)
    return change


def merge(stream: Stream, shard: Shard, adjacent: Shard) -> Change:
    """Raises ShardsNotAdjacent."""
    lower, upper = sorted((shard, adjacent), key=lambda each: each.first_hash)
    if not (shard.is_open and adjacent.is_open) or lower.last_hash + 1 != upper.first_hash:
        where: dict[str, Any] = {"name": stream.name, "account": stream.account}
        raise errors.ShardsNotAdjacent(shard=shard.name, adjacent=adjacent.name, **where)
    change = Change.of(stream)
    parts = (_part_of(change, lower), _part_of(change, upper))
    change.merge(*parts, parent=shard.number, adjacent_parent=adjacent.number)
    return change


def scale(stream: Stream, target: int) -> Change:
    """Raises ScaledTooFarUp, ScaledTooFarDown."""
    count = len(stream.open)
    if target > 2 * count:
        raise errors.ScaledTooFarUp(count=count, target=target)
    if 2 * target < count:
        raise errors.ScaledTooFarDown(count=count, target=target)
    change = Change.of(stream)
    change.even_out(target)
    return change


def listed(stream: Stream, kind: str, *, moment: Instant, after_number: int, now: Instant) -> Sequence[Shard]:
    """Shards that a ShardFilter lets through, in order of their numbers. Those of which nothing is left are in no list."""
    kept = [shard for shard in stream.shards.values() if not stream.has_expired(shard, now) and shard.number > after_number]
    match kind:
        case "AT_LATEST":
            return [shard for shard in kept if shard.is_open]
        case "AT_TRIM_HORIZON":
            return [shard for shard in kept if _is_first(stream, shard, now)]
        case "AT_TIMESTAMP":
            return [shard for shard in kept if shard.created_at <= moment and (shard.is_open or shard.closed_at >= moment)]
        case "FROM_TIMESTAMP":
            return [shard for shard in kept if shard.is_open or shard.closed_at >= moment]
        case _:
            return kept


def _is_first(stream: Stream, shard: Shard, now: Instant) -> bool:
    """Whether nothing is left of what it took the place of."""
    parents = [stream.shards[number] for number in shard.parents if number in stream.shards]
    return all(stream.has_expired(parent, now) for parent in parents)


def _part_of(change: Change, shard: Shard) -> _Part:
    return next(part for part in change.parts if part.number == shard.number)


def _row(account: str, region: str, stream: int, part: _Part, now: Instant) -> NewShard:
    parents = (part.parent, part.adjacent_parent)
    hashes = (str(part.first_hash), str(part.last_hash))
    return NewShard(account, region, stream, part.number, *parents, *hashes, now, FIRST_INDEX)
