"""What a mapping of an SQS queue accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html."""

from collections.abc import Mapping
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.durable.followers.queues import RECEIVED_MAX, is_fifo
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources.settings import Settings

POLLERS_MIN = 2


class QueueRules:
    """The rules of the source "sqs"."""

    reason = "USER_INITIATED"
    batch_size_default = 10
    unsupported = (
        "ParallelizationFactor",
        "DestinationConfig",
        "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError",
        "MaximumRetryAttempts",
        "TumblingWindowInSeconds",
        "Topics",
        "Queues",
        "SourceAccessConfigurations",
        "SelfManagedEventSource",
        "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig",
        "LoggingConfig",
    )

    json_key = ""

    def is_source(self, _arn: Arn) -> bool:
        return True

    def check_request(self, _source: Arn, parameters: Mapping[str, Any], *, is_new: bool) -> None:  # noqa: ARG002 - is_new is for streams
        if parameters.get("StartingPosition") is not None or parameters.get("StartingPositionTimestamp") is not None:
            raise errors.InvalidParameterValue(reason="StartingPosition is not valid for SQS event sources.")

    def check_settings(self, source: Arn, settings: Settings) -> None:
        if is_fifo(source):
            if settings.window_s > 0:
                raise errors.InvalidParameterValue(reason="Batching window is not supported for FIFO queues")
            if settings.batch_size > RECEIVED_MAX:
                raise errors.InvalidParameterValue(reason=f"Maximum batch size must be between 1 and {RECEIVED_MAX} inclusive")
        elif settings.batch_size > RECEIVED_MAX and settings.window_s == 0:
            raise errors.WindowNeeded(limit=RECEIVED_MAX)
        _check_scaling(settings)

    def exists(self, source_arn: str, function: str, mapping_id: str) -> ServiceError:
        return errors.QueueMappingExists(source=source_arn, function=function, id=mapping_id)

    def told(self, _settings: Settings, _last_result: str) -> dict[str, Any]:
        return {}


def check_visibility(visibility_s: int, timeout_s: int) -> None:
    """A message must stay hidden for as long as the function may take. Raises VisibilityTooShort."""
    if visibility_s < timeout_s:
        raise errors.VisibilityTooShort(visibility=visibility_s, timeout=timeout_s)


def _check_scaling(settings: Settings) -> None:
    pollers = settings.pollers
    if pollers is None:
        return
    if settings.concurrency_max is not None:
        raise errors.InvalidParameterValue(
            reason="MaximumConcurrency and ProvisionedPollerConfig cannot be set together: remove one of them."
        )
    if pollers.count_min < POLLERS_MIN or pollers.count_max < POLLERS_MIN:
        raise errors.InvalidParameterValue(
            reason=f"MinimumPollers and MaximumPollers must be at least {POLLERS_MIN} for SQS event sources."
        )
    if pollers.count_min > pollers.count_max:
        raise errors.InvalidParameterValue(reason="MinimumPollers must not be greater than MaximumPollers.")
