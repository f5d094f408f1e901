"""What all operations of kinesis share: finding the stream that a request means, and whether its policy lets the caller in."""

from datetime import UTC, datetime

from lambent.core.clock import Clock, Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.lang.iam_policy import lets_in
from lambent.services.kinesis import errors
from lambent.services.kinesis.appender import Appender
from lambent.services.kinesis.engine import consumers, identifiers, streams
from lambent.services.kinesis.engine.identifiers import Key
from lambent.services.kinesis.engine.stream import Stream
from lambent.services.kinesis.known import Known
from lambent.services.kinesis.throughput import Throughput
from lambent.store.database import Database


class Base:
    """Keeps what the operations work with."""

    store: Database
    clock: Clock
    signals: Signals
    timers: Timers
    known: Known
    appender: Appender
    throughput: Throughput | None  # None: not enforced
    is_ending: bool  # the platform stops

    def now(self) -> Instant:
        return self.clock.now()

    async def key_of(self, context: Context, parameters: Parameters) -> Key:
        """The stream that a request names. Raises NoStreamNamed, StreamNamedTwice, StreamNotFound for an unknown StreamId."""
        name, arn = parameters.get("StreamName"), parameters.get("StreamARN")
        key = identifiers.named(context.account, context.region, name, arn)
        if key is not None:
            return key
        stream_id = parameters.get("StreamId")
        if stream_id is None:
            raise errors.NoStreamNamed()
        found = await self.store.read(streams.name_of, context.account, context.region, stream_id)
        return context.account, context.region, found

    async def stream_of(self, context: Context, parameters: Parameters, action: str) -> Stream:
        """The stream of a request. Raises StreamNotFound, AccessDenied …"""
        return await self.stream_at(context, await self.key_of(context, parameters), action)

    async def stream_at(self, context: Context, key: Key, action: str) -> Stream:
        """Another account's stream asks its policy. Raises StreamNotFound, AccessDenied."""
        stream = self.known.values.get(key) or await self.known.find(key)
        if key[0] != context.account:
            self.check_access(context, stream.row.policy, stream.arn, action)
        return stream

    async def own_key(self, context: Context, parameters: Parameters, action: str) -> Key:
        """The key of a stream that is about to be changed: it is there, and the caller may."""
        return (await self.stream_of(context, parameters, action)).key

    def check_access(self, context: Context, policy: str, arn: str, action: str) -> None:
        """Raises AccessDenied where a policy does not let a caller of another account in."""
        if not lets_in(policy, context, f"kinesis:{action}", arn, self.now()):
            raise errors.AccessDenied(principal=context.principal_arn, action=action, arn=arn)

    async def resource_policy(self, arn: str) -> str | None:
        """What a stream or a consumer says of who may use it (core.ports.ResourcePolicies)."""
        consumer = identifiers.consumer_key(arn)
        key = identifiers.stream_key(arn)
        try:
            if consumer is not None:
                return (await self.store.read(consumers.find, consumer)).policy
            return None if key is None else (await self.known.find(key)).row.policy
        except errors.ResourceNotFound:
            return ""


def told_time(moment: Instant) -> datetime:
    """To the millisecond."""
    return datetime.fromtimestamp(int(moment * 1000) / 1000, UTC)
