"""What is asked of a stream, of the execution role and of a destination before a mapping of the stream is accepted.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from typing import Protocol

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.durable.followers import streams
from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.lineage import Shard
from lambent.durable.followers.stream_records import DIALECTS
from lambent.durable.followers.stream_source import StreamSource
from lambent.durable.roles import Roles
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import failure_records
from lambent.services.lambda_.engine.event_sources.mappings import Mapped
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.operations.deliveries import Deliveries

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
        stream, position = self._source(context, source), wanted.starting_position
        return await stream.starts(position, wanted.starting_at, self._dialect, self._clock.now())

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
        for action, resources in streams.needs(source):
            allowed = [await self._roles.allows(context, role_arn, f"{self._kind}:{action}", each) for each in resources]
            if not any(allowed):
                *most, last = [*streams.ACTIONS[self._kind], streams.LIST_STREAMS]
                actions = f"{', '.join(most)}, and {last}"
                raise errors.StreamNotAccessible(arn=streams.stream_arn(source), actions=actions)

    def _source(self, context: Context, source: Arn) -> StreamSource:
        return StreamSource(self._kind, streams.stream_arn(source), call=self._call, context=_at(context, source))


def _at(context: Context, source: Arn) -> Context:
    """Asked by the platform itself, in the stream's region."""
    return structs.replace(context, region=source.region, principal_arn="", access_key_id="")
