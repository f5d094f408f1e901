"""Operations on streams: CreateStream, DeleteStream, DescribeStream, DescribeStreamSummary, ListStreams."""

from collections.abc import Mapping
from typing import Any

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import shards, streams
from lambent.services.kinesis.engine.stream import Stream, arn_of
from lambent.services.kinesis.engine.streams import NewStream
from lambent.services.kinesis.operations.base import Base, told_time
from lambent.services.kinesis.operations.shapes import told_shard
from lambent.services.kinesis.tables import consumers
from lambent.services.kinesis.tables.streams import StreamRow

LISTED_DEFAULT = 100
STATUS = "ACTIVE"
"""That of every stream: what AWS needs time for is done with the commit."""


class StreamOperations(Base):
    async def create_stream(self, context: Context, parameters: Parameters) -> Reply:
        mode = (parameters.get("StreamModeDetails") or {}).get("StreamMode")
        settings = {
            "record_kib_max": parameters.get("MaxRecordSizeInKiB"),
            "distribution": parameters.get("RecordDistributionStrategy"),
            "warm_mibps": parameters.get("WarmThroughputMiBps"),
        }
        new = NewStream(
            name=parameters["StreamName"],
            shard_count=parameters.get("ShardCount"),
            mode=mode,
            settings={name: value for name, value in settings.items() if value is not None},
            tags=parameters.get("Tags") or {},
        )
        await self.store.write(streams.create, context.account, context.region, new, self.now())
        return {}

    async def delete_stream(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "DeleteStream")
        enforces = bool(parameters.get("EnforceConsumerDeletion"))
        await self.store.write(streams.delete, key, self.timers, self.now(), with_consumers=enforces)
        return {}

    async def describe_stream(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "DescribeStream")
        after = parameters.get("ExclusiveStartShardId")
        after_number = -1 if after is None else streams.require_shard(stream, after).number
        count_max = parameters.get("Limit") or LISTED_DEFAULT
        found = shards.listed(stream, "", moment=0.0, after_number=after_number, now=self.now())
        description = _description(stream) | {
            "Shards": [told_shard(shard) for shard in found[:count_max]],
            "HasMoreShards": len(found) > count_max,
        }
        return {"StreamDescription": description}

    async def describe_stream_summary(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "DescribeStreamSummary")
        count = await self.store.read(consumers.count, stream.row.id)
        summary = _description(stream) | {
            "StreamId": stream.row.stream_id,
            "OpenShardCount": len(stream.open),
            "ConsumerCount": count,
            "MaxRecordSizeInKiB": stream.record_bytes_max // 1_024,
            **_of_on_demand(stream.row),
        }
        return {"StreamDescriptionSummary": summary}

    async def list_streams(self, context: Context, parameters: Parameters) -> Reply:
        count_max = parameters.get("Limit") or LISTED_DEFAULT
        after = parameters.get("ExclusiveStartStreamName") or ""
        if parameters.get("NextToken"):
            after = page_key(parameters["NextToken"])
        page = await self.store.read(streams.page, context.account, context.region, after=after, count_max=count_max)
        reply: Reply = {
            "StreamNames": [row.name for row in page.streams],
            "HasMoreStreams": page.has_more,
            "StreamSummaries": [_summary(row) for row in page.streams],
        }
        if page.has_more:
            reply["NextToken"] = page_tokens.token_of(page.streams[-1].name)
        return reply


def page_key(token: str) -> str:
    """The name behind which a list goes on. Raises BadToken."""
    try:
        return page_tokens.key_of(token, "")
    except page_tokens.BadPageToken as error:
        raise errors.BadToken() from error


def _description(stream: Stream) -> dict[str, Any]:
    row = stream.row
    return {
        "StreamName": row.name,
        "StreamARN": stream.arn,
        "StreamStatus": STATUS,
        "StreamModeDetails": {"StreamMode": row.mode},
        "RetentionPeriodHours": row.retention_h,
        "StreamCreationTimestamp": told_time(row.created_at),
        "EnhancedMonitoring": [{"ShardLevelMetrics": streams.metrics_of(stream)}],
        "EncryptionType": stream.encryption or "NONE",
        "KeyId": row.settings.get("key_id"),
    }


def _of_on_demand(row: StreamRow) -> Mapping[str, Any]:
    """What only a stream on demand has."""
    if row.mode != streams.ON_DEMAND:
        return {}
    told: dict[str, Any] = {"RecordDistributionStrategy": row.settings.get("distribution", "USER_PARTITION_KEY")}
    if "warm_mibps" in row.settings:
        mibps = row.settings["warm_mibps"]
        told["WarmThroughput"] = {"TargetMiBps": mibps, "CurrentMiBps": mibps}
    return told


def _summary(row: StreamRow) -> dict[str, Any]:
    return {
        "StreamName": row.name,
        "StreamARN": arn_of(row.account, row.region, row.name),
        "StreamStatus": STATUS,
        "StreamModeDetails": {"StreamMode": row.mode},
        "StreamCreationTimestamp": told_time(row.created_at),
    }
