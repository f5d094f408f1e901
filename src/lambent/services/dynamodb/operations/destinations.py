"""Kinesis streaming destinations of a table.

Enabling takes some milliseconds here, disabling and updating none; AWS' words for what is under way are answered nevertheless.
"""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import destinations, tables
from lambent.services.dynamodb.engine.table import Destination
from lambent.services.dynamodb.operations.base import Base

PRECISION = "ApproximateCreationDateTimePrecision"


class DestinationOperations(Base):
    """Where else changes of items go."""

    async def enable_kinesis_streaming_destination(self, context: Context, parameters: Parameters) -> Reply:
        named, stream_arn = (
            await self._named(context, parameters["TableName"], "EnableKinesisStreamingDestination"),
            parameters["StreamArn"],
        )
        configuration = parameters.get("EnableKinesisStreamingConfiguration") or {}
        precision = configuration.get(PRECISION) or ""
        await self._store.write(destinations.enable, named, stream_arn, precision, self._now())
        reply = _reply(named.name, stream_arn, "ENABLING")
        return reply | {"EnableKinesisStreamingConfiguration": dict(configuration)}

    async def disable_kinesis_streaming_destination(self, context: Context, parameters: Parameters) -> Reply:
        named, stream_arn = (
            await self._named(context, parameters["TableName"], "DisableKinesisStreamingDestination"),
            parameters["StreamArn"],
        )
        await self._store.write(destinations.disable, named, stream_arn)
        return _reply(named.name, stream_arn, "DISABLING")

    async def update_kinesis_streaming_destination(self, context: Context, parameters: Parameters) -> Reply:
        named, stream_arn = (
            await self._named(context, parameters["TableName"], "UpdateKinesisStreamingDestination"),
            parameters["StreamArn"],
        )
        configuration = parameters.get("UpdateKinesisStreamingConfiguration") or {}
        if not configuration.get(PRECISION):
            raise stream_errors.DestinationUpdateEmpty
        await self._store.write(destinations.update, named, stream_arn, configuration[PRECISION])
        reply = _reply(named.name, stream_arn, "UPDATING")
        return reply | {"UpdateKinesisStreamingConfiguration": dict(configuration)}

    async def describe_kinesis_streaming_destination(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TableName"], "DescribeKinesisStreamingDestination")
        table = await self._store.read(tables.require, named)
        told = [_told(one) for one in table.definition.destinations]
        return {"TableName": named.name, "KinesisDataStreamDestinations": told}


def _reply(table: str, stream_arn: str, status: str) -> Reply:
    return {"TableName": table, "StreamArn": stream_arn, "DestinationStatus": status}


def _told(destination: Destination) -> Reply:
    told = {"StreamArn": destination.stream_arn, "DestinationStatus": destination.status}
    if destination.description:
        told["DestinationStatusDescription"] = destination.description
    if destination.precision:
        told[PRECISION] = destination.precision
    return told
