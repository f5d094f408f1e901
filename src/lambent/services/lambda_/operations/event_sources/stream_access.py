"""What is asked of a stream, of the execution role and of a destination before a mapping of the stream is accepted.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import asyncio
import math
from typing import Protocol

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import failure_records, streams
from lambent.services.lambda_.engine.event_sources.lineage import Shard
from lambent.services.lambda_.engine.event_sources.mappings import Mapped
from lambent.services.lambda_.engine.event_sources.progress import Progress
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.engine.event_sources.stream_records import DIALECTS
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.event_sources.stream_source import StreamSource
from lambent.services.lambda_.operations.roles import Roles
from lambent.services.lambda_.tables.event_source_shards import Starts

ACTIONS = {
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
}
"""What the execution role must be allowed to do to the stream."""
LIST_STREAMS = "ListStreams"
"""An action on no stream: policies allow it on "*", and AWS' own templates on the stream."""
CONSUMER_ACTIONS = ("DescribeStreamConsumer", "SubscribeToShard")

MISSING = ("ResourceNotFoundException", "ValidationException", "InvalidArgumentException")
"""What a service answers of a stream that is not there, or whose ARN can name none."""


class SourceAccess(Protocol):
    """Asks one kind of source whether it can be followed, and where."""

    async def check(self, context: Context, source: Arn, mapped: Mapped, wanted: Settings) -> None:
        """Raises what keeps the source from being followed with these settings."""
        ...

    async def starts(self, context: Context, source: Arn, wanted: Settings) -> Starts:
        """Where following begins, so that it is known before the mapping is."""
        ...


class StreamAccess:
    """Checks the streams of one kind."""

    def __init__(self, kind: str, *, call: Caller, roles: Roles, deliveries: Deliveries, clock: Clock) -> None:
        self._kind = kind
        self._call = call
        self._roles = roles
        self._deliveries = deliveries
        self._clock = clock
        self._dialect = DIALECTS[kind]

    async def check(self, context: Context, source: Arn, mapped: Mapped, wanted: Settings) -> None:
        """Raises StreamNotAccessible, StreamMissing, and what is wrong with a destination."""
        await self._check_role(context, source, mapped.role_arn)
        await self._shards(context, source)
        if wanted.starting_at > self._clock.now():
            raise errors.InvalidParameterValue(reason="StartingPositionTimestamp must not be in the future.")
        if wanted.on_failure:
            # The mapping has no id yet: nobody's policy names one.
            prefix = failure_records.object_key_prefix("*", "*")
            await self._deliveries.check_failure_target(
                context, mapped.function, wanted.on_failure, role_arn=mapped.role_arn, key_prefix=prefix
            )

    async def starts(self, context: Context, source: Arn, wanted: Settings) -> Starts:
        shards = await self._shards(context, source)
        if wanted.starting_position == streams.LATEST:
            return await asyncio.gather(*[self._latest(context, source, shard) for shard in shards])
        start = Progress()
        if wanted.starting_position == streams.AT_TIMESTAMP:
            start = Progress.from_time(wanted.starting_at)
        return [(shard.id, start) for shard in shards]

    async def _latest(self, context: Context, source: Arn, shard: Shard) -> tuple[str, Progress]:
        """Behind the last record: an iterator of this type would forget, after a restart, when it was."""
        if not shard.is_open:
            return shard.id, Progress.ended()
        # Records of the same instant may be there already, and of this second, where arrivals are told in seconds.
        now = Progress.from_time(math.floor(self._clock.now()))
        return shard.id, await self._source(context, source).tip(shard.id, self._dialect.sequence, now)

    async def _shards(self, context: Context, source: Arn) -> list[Shard]:
        try:
            if streams.is_consumer(source):
                asked = {"ConsumerARN": str(source)}
                await self._call(_at(context, source), "kinesis", "DescribeStreamConsumer", asked)
            return await self._source(context, source).shards()
        except ServiceError as error:
            if error.code in MISSING:
                raise errors.StreamMissing(arn=source) from error
            raise

    async def _check_role(self, context: Context, source: Arn, role_arn: str) -> None:
        stream_arn = streams.stream_arn(source)
        needs = [(action, (stream_arn,)) for action in ACTIONS[self._kind]] + [(LIST_STREAMS, ("*", stream_arn))]
        if streams.is_consumer(source):
            needs += [(action, (str(source),)) for action in CONSUMER_ACTIONS]
        for action, resources in needs:
            allowed = [await self._roles.allows(context, role_arn, f"{self._kind}:{action}", each) for each in resources]
            if not any(allowed):
                *most, last = [*ACTIONS[self._kind], LIST_STREAMS]
                raise errors.StreamNotAccessible(arn=stream_arn, actions=f"{', '.join(most)}, and {last}")

    def _source(self, context: Context, source: Arn) -> StreamSource:
        return StreamSource(self._kind, streams.stream_arn(source), call=self._call, context=_at(context, source))


def _at(context: Context, source: Arn) -> Context:
    """Asked by the platform itself, in the stream's region."""
    return structs.replace(context, region=source.region, principal_arn="", access_key_id="")
