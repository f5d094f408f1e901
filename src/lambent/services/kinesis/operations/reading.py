"""GetShardIterator and GetRecords."""

from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import identifiers, iterators, reading
from lambent.services.kinesis.engine.iterators import Iterator
from lambent.services.kinesis.engine.reading import RECORDS_MAX
from lambent.services.kinesis.engine.stream import Shard, Stream
from lambent.services.kinesis.operations.base import Base
from lambent.services.kinesis.operations.shapes import spliced_records, told_children, told_records


class ReadingOperations(Base):
    async def get_shard_iterator(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "GetShardIterator")
        shard, now = find_shard(stream, parameters["ShardId"], self.now()), self.now()
        moment = parameters.get("Timestamp")
        index = await self.store.read(
            reading.start_index,
            stream,
            shard,
            kind=parameters["ShardIteratorType"],
            sequence=parameters.get("StartingSequenceNumber"),
            moment=None if moment is None else moment.timestamp(),
            now=now,
        )
        if parameters.get("DryRun"):
            raise errors.DryRun()
        return {"ShardIterator": _iterator(stream, shard, index, now)}

    async def get_records(self, context: Context, parameters: Parameters) -> Reply:
        now = self.now()
        iterator = iterators.read_iterator(parameters["ShardIterator"], now)
        stream, shard = await self._read_by(context, iterator)
        is_limited = self.throughput is not None and not stream.is_on_demand and not context.is_inside
        if is_limited and self.throughput is not None and not self.throughput.gives(shard.id):
            raise errors.ThroughputExceeded(shard=shard.name, name=stream.name, account=stream.account)
        if parameters.get("DryRun"):
            raise errors.DryRun()
        found = await self.store.read(
            reading.read,
            shard.id,
            from_index=iterator.record,
            horizon=stream.horizon(now),
            count_max=parameters.get("Limit") or RECORDS_MAX,
        )
        if is_limited and self.throughput is not None:
            self.throughput.gave(shard.id, found.size)
        reply: Reply = {"MillisBehindLatest": found.ms_behind(now)}
        if context.is_inside:  # it calls in process
            reply["Records"] = told_records(shard, found)
        else:
            reply = Spliced(reply, Records=spliced_records(shard, found))
        if found.has_reached_tip and not shard.is_open:
            reply["ChildShards"] = told_children(stream, shard)
        else:
            reply["NextShardIterator"] = _iterator(stream, shard, found.next_index, now)
        return reply

    async def _read_by(self, context: Context, iterator: Iterator) -> tuple[Stream, Shard]:
        """What an iterator stands in. Raises ShardDoesNotExist where the stream that it was made for is gone."""
        gone: dict[str, Any] = {
            "shard": f"shardId-{iterator.shard_number:012d}",
            "name": iterator.stream,
            "account": iterator.account,
        }
        try:
            stream = await self.stream_at(context, iterator.key, "GetRecords")
        except errors.StreamNotFound as error:
            raise errors.ShardDoesNotExist(**gone) from error
        shard = stream.shards.get(iterator.shard_number)
        if shard is None or stream.row.id != iterator.stream_id:
            raise errors.ShardDoesNotExist(**gone)
        return stream, shard


def find_shard(stream: Stream, text: str, now: Instant) -> Shard:
    """The shard that a reader names. Raises ShardDoesNotExist, ShardNotFound for what is no name of a shard."""
    number = identifiers.shard_number(text)
    if number is None:
        raise errors.ShardNotFound(shard=text, name=stream.name, account=stream.account)
    shard = stream.shards.get(number)
    if shard is None or stream.has_expired(shard, now):
        raise errors.ShardDoesNotExist(shard=f"shardId-{number:012d}", name=stream.name, account=stream.account)
    return shard


def _iterator(stream: Stream, shard: Shard, index: int, now: Instant) -> str:
    whose = (stream.account, stream.region, stream.name, stream.row.id)
    return iterators.text_of(Iterator(int(now * 1000), *whose, shard.number, index))
