"""SubscribeToShard: records as they come, over an event stream that lasts five minutes."""

import asyncio
from collections.abc import AsyncIterator

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.durable.signals import Listener
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import consumers, identifiers, reading, sequences
from lambent.services.kinesis.engine.reading import Found
from lambent.services.kinesis.engine.stream import Shard, Stream
from lambent.services.kinesis.operations.base import Base
from lambent.services.kinesis.operations.reading import find_shard
from lambent.services.kinesis.operations.shapes import told_children, told_records
from lambent.services.kinesis.subscriptions import Subscription, Subscriptions

SUBSCRIPTION_S_MAX = 300.0
IDLE_S_MAX = 5.0  # an event without records, when none came for so long
EVENT_BYTES_MAX = 1_048_576


class SubscribingOperations(Base):
    subscriptions: Subscriptions

    async def subscribe_to_shard(self, context: Context, parameters: Parameters) -> Reply:
        key = identifiers.consumer_key(parameters["ConsumerARN"])
        if key is None:
            raise errors.InvalidArgument(reason=f"ConsumerARN {parameters['ConsumerARN']} is invalid.")
        consumer = await self.store.read(consumers.find, key)
        stream = await self.known.find(key.stream)
        if stream.account != context.account:
            self.check_access(context, consumer.policy, parameters["ConsumerARN"], "SubscribeToShard")
        now = self.now()
        shard, position = find_shard(stream, parameters["ShardId"], now), parameters["StartingPosition"]
        moment = position.get("Timestamp")
        index = await self.store.read(
            reading.start_index,
            stream,
            shard,
            kind=position["Type"],
            sequence=position.get("SequenceNumber"),
            moment=None if moment is None else moment.timestamp(),
            now=now,
        )
        if parameters.get("DryRun"):
            raise errors.DryRun()
        subscription = self.subscriptions.begin(consumer.id, shard.number, now, lambda: self.signals.notify(shard.topic))
        name = f"{stream.account}:{stream.name}:{consumer.name}:{key.created_s}"
        if subscription is None:
            raise errors.SubscriptionExists(consumer=name, shard=shard.name)
        return {"EventStream": self._events(stream, shard, subscription, index, name)}

    def end_streams(self) -> None:
        """The platform stops: every subscription ends now, none has to be waited for."""
        self.is_ending = True
        self.subscriptions.end(None)

    async def _events(
        self, stream: Stream, shard: Shard, subscription: Subscription, index: int, name: str
    ) -> AsyncIterator[Reply]:
        ends_at = subscription.begun_at + SUBSCRIPTION_S_MAX
        due_at, is_due = subscription.begun_at, True  # the first event comes at once
        try:
            with self.signals.listen(shard.topic) as listener:
                while (now := self.now()) < ends_at and subscription.is_open and not self.is_ending:
                    stream, shard = await self._current(stream, shard)
                    found = await self._look(stream, shard, index, now)
                    is_last = found.has_reached_tip and not shard.is_open
                    if found.count or is_due or now >= due_at or is_last:
                        yield {"SubscribeToShardEvent": _event(stream, shard, found, now, is_last=is_last)}
                        due_at = now + IDLE_S_MAX
                    if is_last:
                        return
                    index, is_due = found.next_index, False
                    if found.has_reached_tip:
                        is_due = await _is_idle(listener, min(due_at, ends_at))
            if subscription.was_taken_over:
                raise errors.SubscriptionExists(consumer=name, shard=shard.name)
        finally:
            subscription.is_open = False

    async def _current(self, stream: Stream, shard: Shard) -> tuple[Stream, Shard]:
        """As they are now: the shard may have been closed. Raises StreamNotFound, ShardDoesNotExist."""
        current = self.known.values.get(stream.key) or await self.known.find(stream.key)
        if current is stream:
            return stream, shard
        found = current.shards.get(shard.number)
        if found is None or found.id != shard.id:
            raise errors.ShardDoesNotExist(shard=shard.name, name=stream.name, account=stream.account)
        return current, found

    async def _look(self, stream: Stream, shard: Shard, index: int, now: Instant) -> Found:
        return await self.store.read(
            reading.read,
            shard.id,
            from_index=index,
            horizon=stream.horizon(now),
            count_max=reading.RECORDS_MAX,
            bytes_max=EVENT_BYTES_MAX,
        )


async def _is_idle(listener: Listener, until: Instant) -> bool:
    """Waits for a signal. True where none came for so long by the machine's time.

    That is what clients wait by, also where the clock stands, and they give up a connection that says nothing.
    """
    try:
        async with asyncio.timeout(IDLE_S_MAX):
            await listener.wait(until, is_background=True)
    except TimeoutError:
        return True
    return False


def _event(stream: Stream, shard: Shard, found: Found, now: Instant, *, is_last: bool) -> Reply:
    """At the end of a shard there is no sequence number to go on from."""
    event: Reply = {"Records": told_records(shard, found), "MillisBehindLatest": found.ms_behind(now)}
    if is_last:
        return event | {"ChildShards": told_children(stream, shard)}
    before = max(found.next_index - 1, 0)
    return event | {"ContinuationSequenceNumber": str(sequences.numbered(shard.sequence_base, before, now))}
