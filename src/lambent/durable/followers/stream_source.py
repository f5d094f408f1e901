"""Asks kinesis and dynamodb for the shards of a stream and for their records, in AWS' own operations."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, Reply
from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.lineage import Shard
from lambent.durable.followers.progress import AFTER_SEQUENCE_NUMBER, Progress
from lambent.durable.followers.stream_records import Dialect
from lambent.durable.followers.streams import AT_TIMESTAMP, LATEST

READ_MAX = 1_000
"""Records in one answer: few enough that encoding them holds up nobody."""

MISSING = "ResourceNotFoundException"
"""What both services say of a stream or a shard that is not there."""

Records = Sequence[Mapping[str, Any]]


class _Api(Struct, frozen=True):
    """What the two services call the same things. ``more`` tells how to ask for the shards behind those of an answer."""

    service: str
    arn_member: str
    list_operation: str
    shards_in: Callable[[Reply], Reply]
    more: Callable[[Reply], Mapping[str, Any] | None]


def _more_of_kinesis(reply: Reply) -> Mapping[str, Any] | None:
    """A token stands for the stream as well: both are not taken together."""
    return {"NextToken": reply["NextToken"]} if reply.get("NextToken") else None


def _more_of_dynamodb(reply: Reply) -> Mapping[str, Any] | None:
    told = reply["StreamDescription"]
    last = told.get("LastEvaluatedShardId")
    return {"StreamArn": told["StreamArn"], "ExclusiveStartShardId": last} if last else None


_APIS = {
    "kinesis": _Api("kinesis", "StreamARN", "ListShards", lambda reply: reply, _more_of_kinesis),
    "dynamodb": _Api(
        "dynamodbstreams", "StreamArn", "DescribeStream", lambda reply: reply["StreamDescription"], _more_of_dynamodb
    ),
}


class StreamSource:
    """One stream. ``kind``: the service that its ARN names."""

    def __init__(self, kind: str, stream_arn: str, *, call: Caller, context: Context) -> None:
        self._api = _APIS[kind]
        self._arn = {self._api.arn_member: stream_arn}
        self._call = call
        self._context = context

    async def shards(self) -> list[Shard]:
        """All that are there: those that are closed, too, for as long as their records are kept."""
        return [_shard(told) async for told in self._shards()]

    async def iterator(self, shard_id: str, progress: Progress) -> str:
        """Where reading goes on."""
        asked: dict[str, Any] = {**self._arn, "ShardId": shard_id, "ShardIteratorType": progress.start}
        if progress.start == AFTER_SEQUENCE_NUMBER:
            key = "StartingSequenceNumber" if self._api.service == "kinesis" else "SequenceNumber"
            asked[key] = progress.sequence
        elif progress.start == AT_TIMESTAMP:
            asked["Timestamp"] = datetime.fromtimestamp(progress.at, UTC)
        iterator: str = (await self._ask("GetShardIterator", asked))["ShardIterator"]
        return iterator

    async def read(self, iterator: str, *, count_max: int = READ_MAX) -> tuple[Records, str | None]:
        """The next records, and how to read on; None after the last record of a closed shard."""
        reply = await self._ask("GetRecords", {"ShardIterator": iterator, "Limit": count_max})
        return reply["Records"], reply.get("NextShardIterator")

    async def oldest(self, shard_id: str) -> Mapping[str, Any] | None:
        """The oldest record that a shard still has; None where it has none, or is no more."""
        try:
            records, _ = await self.read(await self.iterator(shard_id, Progress()), count_max=1)
        except ServiceError as error:
            if error.code != MISSING:
                raise
            return None
        return records[0] if records else None

    async def starts(self, position: str, starting_at: Instant, dialect: Dialect, now: Instant) -> Starts:
        """Where reading begins in each shard, so that it is known before the follower is.

        ``position`` is one of `streams.POSITIONS`, ``starting_at`` for AT_TIMESTAMP.
        """
        shards = await self.shards()
        if position == LATEST:
            return await asyncio.gather(*[self._latest(shard, dialect, now) for shard in shards])
        start = Progress.from_time(starting_at) if position == AT_TIMESTAMP else Progress()
        return [(shard.id, start) for shard in shards]

    async def _latest(self, shard: Shard, dialect: Dialect, now: Instant) -> tuple[str, Progress]:
        """Behind the last record: an iterator of this type would forget, after a restart, when it was."""
        if not shard.is_open:
            return shard.id, Progress.ended()
        # Records of the same instant may be there already, and of this second, where arrivals are told in seconds.
        return shard.id, await self.tip(shard.id, dialect.sequence, Progress.from_time(math.floor(now)))

    async def tip(self, shard_id: str, sequence: Callable[[Mapping[str, Any]], str], start: Progress) -> Progress:
        """Where the shard ends now: behind its last record. ``start`` where there is none from there on."""
        tip, iterator = start, await self.iterator(shard_id, start)
        while True:
            records, following = await self.read(iterator)
            if records:
                tip = Progress.behind(sequence(records[-1]))
            if following is None:
                return Progress.ended()
            if not records:
                return tip
            iterator = following

    async def _shards(self) -> AsyncIterator[Mapping[str, Any]]:
        asked: Mapping[str, Any] | None = self._arn
        while asked is not None:
            reply = await self._ask(self._api.list_operation, asked)
            for shard in self._api.shards_in(reply).get("Shards") or ():
                yield shard
            asked = self._api.more(reply)

    async def _ask(self, operation: str, asked: Mapping[str, Any]) -> Reply:
        return await self._call(self._context, self._api.service, operation, asked)


def _shard(told: Mapping[str, Any]) -> Shard:
    parents = tuple(told[name] for name in ("ParentShardId", "AdjacentParentShardId") if told.get(name))
    return Shard(told["ShardId"], parents, not told["SequenceNumberRange"].get("EndingSequenceNumber"))
