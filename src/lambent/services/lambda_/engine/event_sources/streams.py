"""What mappings of streams accept: Kinesis streams, their consumers, and the streams of DynamoDB tables.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.durable.followers.settings import NO_LIMIT
from lambent.durable.followers.streams import AGE_S_MIN, AT_TIMESTAMP, POSITIONS
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources.settings import Settings

NOTHING_YET = "No records processed"
"""LastProcessingResult, until there is one."""


class StreamRules:
    """What both kinds have in common."""

    reason = "User action"
    batch_size_default = 100
    positions: ClassVar[tuple[str, ...]]
    unsupported = (
        "ScalingConfig",
        "ProvisionedPollerConfig",
        "Topics",
        "Queues",
        "SourceAccessConfigurations",
        "SelfManagedEventSource",
        "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig",
        "LoggingConfig",
    )

    def check_request(self, source: Arn, parameters: Mapping[str, Any], *, is_new: bool) -> None:
        position, timestamp = parameters.get("StartingPosition"), parameters.get("StartingPositionTimestamp")
        if is_new and position is None:
            raise errors.StartingPositionMissing()
        if position is not None and position not in self.positions:
            raise errors.StartingPositionUnsupported(arn=source)
        if (position == AT_TIMESTAMP) != (timestamp is not None):
            raise errors.InvalidParameterValue(
                reason="StartingPositionTimestamp is required with the starting position AT_TIMESTAMP, and with no other."
            )
        if (parameters.get("DestinationConfig") or {}).get("OnSuccess"):
            raise errors.UnsupportedForSource(parameter="DestinationConfig")

    def check_settings(self, _source: Arn, settings: Settings) -> None:
        if settings.age_s_max != NO_LIMIT and settings.age_s_max < AGE_S_MIN:
            raise errors.ValidationException(
                value=settings.age_s_max,
                member="maximumRecordAgeInSeconds",
                must=f"have value greater than or equal to {AGE_S_MIN}",
            )
        if settings.tumbling_s and settings.factor > 1:
            raise errors.InvalidParameterValue(
                reason="TumblingWindowInSeconds cannot be combined with a ParallelizationFactor greater than 1."
            )

    def exists(self, source_arn: str, function: str, mapping_id: str) -> ServiceError:
        return errors.StreamMappingExists(source=source_arn, function=function, id=mapping_id)

    def told(self, settings: Settings, last_result: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "StartingPosition": settings.starting_position,
            "ParallelizationFactor": settings.factor,
            "DestinationConfig": {"OnFailure": {"Destination": settings.on_failure} if settings.on_failure else {}},
            "MaximumRecordAgeInSeconds": settings.age_s_max,
            "BisectBatchOnFunctionError": settings.is_bisecting,
            "MaximumRetryAttempts": settings.retries_max,
            "TumblingWindowInSeconds": settings.tumbling_s,
            "LastProcessingResult": last_result or NOTHING_YET,
        }
        if settings.starting_position == AT_TIMESTAMP:
            told["StartingPositionTimestamp"] = datetime.fromtimestamp(settings.starting_at, UTC)
        return told


class KinesisRules(StreamRules):
    """The rules of the source "kinesis"."""

    json_key = "data"
    positions = POSITIONS["kinesis"]

    def is_source(self, arn: Arn) -> bool:
        return arn.resource.startswith("stream/")


class DynamoDBRules(StreamRules):
    """The rules of the source "dynamodb"."""

    json_key = "dynamodb"
    positions = POSITIONS["dynamodb"]

    def is_source(self, arn: Arn) -> bool:
        return arn.resource.startswith("table/") and "/stream/" in arn.resource
