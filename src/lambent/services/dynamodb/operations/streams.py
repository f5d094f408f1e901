"""DynamoDB Streams, an API of its own on the streams of tables.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from lambent.core import ids
from lambent.core.clock import Clock, Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import iterators, positions, shard_reading, stream_names, streams
from lambent.services.dynamodb.engine.iterators import Iterator
from lambent.services.dynamodb.engine.readers import Readers
from lambent.services.dynamodb.engine.shard_reading import Start
from lambent.services.dynamodb.engine.stream_names import StreamName
from lambent.services.dynamodb.keeper import Keeper
from lambent.services.dynamodb.tables.streams import KEEPING_TOPIC, ShardRow, StreamRow
from lambent.store.database import Database

LISTED_MAX = 100


class DynamodbStreams:
    """Built by app.py."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._readers = Readers()
        self._keeper = Keeper(
            store=store, clock=clock, signals=signals, topic=KEEPING_TOPIC, dues=streams.dues, keep_some=streams.keep_some
        )

    def workers(self) -> list[Worker]:
        return [Worker("dynamodb.streams", self._keeper.run)]

    def forget(self, account: str | None) -> None:  # noqa: ARG002 - who reads is soon known again
        """After a reset."""
        self._readers.forget()

    async def list_streams(self, context: Context, parameters: Parameters) -> Reply:
        table, count_max = parameters.get("TableName") or "", _limit(parameters, LISTED_MAX)
        after = StreamName(context.account, context.region, table, "")
        if parameters.get("ExclusiveStartStreamArn"):
            given = stream_names.parse(parameters["ExclusiveStartStreamArn"])
            after = after._replace(table=table or given.table, label=given.label)
        found = await self._store.read(streams.listed, after, is_of_table=bool(table), count_max=count_max + 1)
        told = [_listed(stream.name) for stream in found[:count_max]]
        return {"Streams": told} | ({"LastEvaluatedStreamArn": told[-1]["StreamArn"]} if len(found) > count_max else {})

    async def describe_stream(self, context: Context, parameters: Parameters) -> Reply:
        name = _named(context, parameters["StreamArn"])
        count_max = _limit(parameters, LISTED_MAX)
        stream, found = await self._store.read(
            streams.described,
            name,
            after=parameters.get("ExclusiveStartShardId") or "",
            parent=(parameters.get("ShardFilter") or {}).get("ShardId") or "",
            count_max=count_max + 1,
        )
        return {"StreamDescription": _described(stream, found, count_max)}

    async def get_shard_iterator(self, context: Context, parameters: Parameters) -> Reply:
        name, shard_id, now = _named(context, parameters["StreamArn"]), parameters["ShardId"], self._clock.now()
        start = Start(
            kind=parameters["ShardIteratorType"],
            sequence_number=parameters.get("SequenceNumber") or "",
            moment=parameters.get("Timestamp"),
        )
        shard_reading.check_start(start, now)
        position = await self._store.read(shard_reading.begin, name, shard_id, start, now)
        return {"ShardIterator": iterators.text_of(Iterator(name, shard_id, position, now, ids.hex_digits(16)))}

    async def get_records(self, context: Context, parameters: Parameters) -> Reply:
        now = self._clock.now()
        iterator = iterators.parse(parameters["ShardIterator"], now)
        _check_account(context, iterator.stream)
        count_max = _limit(parameters, shard_reading.RECORDS_MAX)
        if not context.is_inside:
            self._readers.admit(iterator)
        page = await self._store.read(shard_reading.read, iterator, count_max, now)
        reply = Spliced(Records=[msgspec.Raw(record) for record in page.records])
        if page.next_position is not None:
            reply["NextShardIterator"] = iterators.text_of(iterator.next(page.next_position, now))
        return reply


def _named(context: Context, arn: str) -> StreamName:
    """Raises InvalidStreamArn, StreamNotFound for what is another account's or region's."""
    name = stream_names.parse(arn)
    _check_account(context, name)
    return name


def _check_account(context: Context, name: StreamName) -> None:
    if (name.account, name.region) != (context.account, context.region):
        raise stream_errors.StreamNotFound(arn=name.arn)


def _limit(parameters: Parameters, value_max: int) -> int:
    value: int = parameters.get("Limit") or value_max
    if value > value_max:
        raise stream_errors.LimitTooHigh(value=value, value_max=value_max)
    return value


def _listed(name: StreamName) -> Reply:
    return {"StreamArn": name.arn, "TableName": name.table, "StreamLabel": name.label}


def _described(stream: StreamRow, found: Sequence[ShardRow], count_max: int) -> Reply:
    told = [_shard(shard) for shard in found[:count_max]]
    return {
        **_listed(stream.name),
        "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": _time(stream.created_at),
        "KeySchema": msgspec.json.decode(stream.key_schema),
        "Shards": told,
    } | ({"LastEvaluatedShardId": told[-1]["ShardId"]} if len(found) > count_max else {})


def _shard(shard: ShardRow) -> Reply:
    numbers = {"StartingSequenceNumber": positions.sequence_number(shard.first_position, shard.number)}
    if not shard.is_open:
        numbers["EndingSequenceNumber"] = positions.sequence_number(shard.last_position, shard.number)
    told: Reply = {"ShardId": shard.name, "SequenceNumberRange": numbers}
    return told | ({"ParentShardId": shard.parent} if shard.parent else {})


def _time(moment: Instant) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
