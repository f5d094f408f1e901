"""Operations on consumers with enhanced fan-out."""

from typing import Any

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis.engine import consumers
from lambent.services.kinesis.engine.consumers import arn_of
from lambent.services.kinesis.engine.stream import Stream
from lambent.services.kinesis.operations.base import Base, told_time
from lambent.services.kinesis.operations.streams import page_key
from lambent.services.kinesis.subscriptions import Subscriptions
from lambent.services.kinesis.tables import consumers as rows
from lambent.services.kinesis.tables.consumers import ConsumerRow

LISTED_DEFAULT = 100


class ConsumerOperations(Base):
    subscriptions: Subscriptions

    async def register_stream_consumer(self, context: Context, parameters: Parameters) -> Reply:
        """The answer says CREATING, as AWS' does; the consumer is there."""
        stream = await self.stream_of(context, parameters, "RegisterStreamConsumer")
        name, tags = parameters["ConsumerName"], parameters.get("Tags") or {}
        row = await self.store.write(consumers.register, stream.key, name, tags, self.now())
        return {"Consumer": _told(stream, row, "CREATING")}

    async def deregister_stream_consumer(self, context: Context, parameters: Parameters) -> Reply:
        _, row = await self._named(context, parameters, "DeregisterStreamConsumer")
        await self.store.write(rows.delete, row.id)
        self.subscriptions.end(row.id)
        return {}

    async def describe_stream_consumer(self, context: Context, parameters: Parameters) -> Reply:
        stream, row = await self._named(context, parameters, "DescribeStreamConsumer")
        return {"ConsumerDescription": {**_told(stream, row, "ACTIVE"), "StreamARN": stream.arn}}

    async def list_stream_consumers(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "ListStreamConsumers")
        after = page_key(parameters["NextToken"]) if parameters.get("NextToken") else ""
        count_max = parameters.get("MaxResults") or LISTED_DEFAULT
        page = await self.store.read(consumers.page, stream.key, after=after, count_max=count_max)
        reply: Reply = {"Consumers": [_told(stream, row, "ACTIVE") for row in page.consumers]}
        if page.has_more:
            reply["NextToken"] = page_tokens.token_of(page.consumers[-1].name)
        return reply

    async def _named(self, context: Context, parameters: Parameters, action: str) -> tuple[Stream, ConsumerRow]:
        stream, row = await self.store.read(
            consumers.named,
            context.account,
            context.region,
            arn=parameters.get("ConsumerARN"),
            stream_arn=parameters.get("StreamARN"),
            name=parameters.get("ConsumerName"),
        )
        if stream.account != context.account:
            self.check_access(context, row.policy, arn_of(stream.arn, row), action)
        return stream, row


def _told(stream: Stream, row: ConsumerRow, status: str) -> dict[str, Any]:
    return {
        "ConsumerName": row.name,
        "ConsumerARN": arn_of(stream.arn, row),
        "ConsumerStatus": status,
        "ConsumerCreationTimestamp": told_time(row.created_at),
    }
