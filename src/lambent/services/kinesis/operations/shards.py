"""Operations on shards: ListShards, SplitShard, MergeShards, UpdateShardCount."""

from datetime import datetime

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import iterators, shards, streams
from lambent.services.kinesis.engine.iterators import Token
from lambent.services.kinesis.engine.shards import Change
from lambent.services.kinesis.engine.stream import Stream
from lambent.services.kinesis.operations.base import Base
from lambent.services.kinesis.operations.shapes import told_shard

LISTED_DEFAULT = 1_000

_WITH_MOMENT = ("AT_TIMESTAMP", "FROM_TIMESTAMP")


class ShardOperations(Base):
    async def list_shards(self, context: Context, parameters: Parameters) -> Reply:
        token = self._token(parameters)
        if token is None:
            stream = await self.stream_of(context, parameters, "ListShards")
            token = _asked(stream, parameters, self.now())
        else:
            stream = await self.stream_at(context, (token.account, token.region, token.stream), "ListShards")
        count_max = parameters.get("MaxResults") or LISTED_DEFAULT
        found = shards.listed(
            stream, token.filter_type, moment=token.filter_moment, after_number=token.after_number, now=self.now()
        )
        page = found[:count_max]
        reply: Reply = {"Shards": [told_shard(shard) for shard in page]}
        if len(found) > count_max:
            following = token._replace(created_ms=int(self.now() * 1000), after_number=page[-1].number)
            reply["NextToken"] = iterators.text_of(following)
        return reply

    async def split_shard(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "SplitShard")

        def change(stream: Stream) -> Change:
            shard = streams.require_shard(stream, parameters["ShardToSplit"])
            return shards.split(stream, shard, int(parameters["NewStartingHashKey"]))

        await self.store.write(streams.reshard, key, change, self.now())
        return {}

    async def merge_shards(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "MergeShards")

        def change(stream: Stream) -> Change:
            pair = [streams.require_shard(stream, parameters[name]) for name in ("ShardToMerge", "AdjacentShardToMerge")]
            return shards.merge(stream, *pair)

        await self.store.write(streams.reshard, key, change, self.now())
        return {}

    async def update_shard_count(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "UpdateShardCount")
        target = parameters["TargetShardCount"]
        before = await self.store.write(streams.reshard, key, lambda stream: shards.scale(stream, target), self.now())
        return {
            "StreamName": before.name,
            "StreamARN": before.arn,
            "CurrentShardCount": len(before.open),
            "TargetShardCount": target,
        }

    def _token(self, parameters: Parameters) -> Token | None:
        """Raises what AWS says of a request that names a stream beside the token, or has neither."""
        named = next((name for name in ("StreamName", "StreamARN", "StreamId") if parameters.get(name)), None)
        text = parameters.get("NextToken")
        if text is None:
            if named is None:
                raise errors.InvalidArgument(reason="Either NextToken or StreamName should be provided.")
            return None
        if named is not None:
            raise errors.InvalidArgument(reason=f"NextToken and {named} cannot be provided together.")
        return iterators.read_token(text, self.now())


def _asked(stream: Stream, parameters: Parameters, now: Instant) -> Token:
    """The list that a request asks for, from its beginning. Raises InvalidArgument, ShardNotFound."""
    asked = parameters.get("ShardFilter") or {}
    kind, after = asked.get("Type") or "", parameters.get("ExclusiveStartShardId")
    moment: datetime | None = asked.get("Timestamp")
    if (moment is not None) != (kind in _WITH_MOMENT):
        verb = "must be" if moment is None else "can only be"
        raise errors.InvalidArgument(reason=f"Timestamp {verb} specified for ShardFilterType AT_TIMESTAMP or FROM_TIMESTAMP.")
    if (asked.get("ShardId") is not None) != (kind == "AFTER_SHARD_ID"):
        verb = "can only be" if asked.get("ShardId") is not None else "must be"
        raise errors.InvalidArgument(reason=f"ShardId {verb} specified for ShardFilterType AFTER_SHARD_ID.")
    after_number = max(
        -1 if text is None else streams.require_shard(stream, text).number for text in (after, asked.get("ShardId"))
    )
    of_filter = (kind, 0.0 if moment is None else moment.timestamp())
    return Token(int(now * 1000), stream.account, stream.region, stream.name, after_number, *of_filter)
