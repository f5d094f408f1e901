"""What a mapping of an SQS queue accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html."""

from collections.abc import Mapping
from typing import Any

from lambent.core import ports
from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources.settings import Settings

RECEIVED_MAX = 10
"""Messages in one answer of ReceiveMessage, and in a batch without a window."""
POLLERS_MIN = 2
VISIBILITY_MARGIN_S = 30
"""AWS hides messages that it gathers in a window for the window, the function's timeout and this."""

ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What the execution role must be allowed to do to the queue."""


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


def is_fifo(source: Arn) -> bool:
    return source.resource.endswith(".fifo")


def queue_url(source: Arn) -> str:
    """As sqs understands it from anybody in process: only the path counts."""
    return ports.queue_url("http://localhost", source.account, source.resource)


def check_visibility(visibility_s: int, timeout_s: int) -> None:
    """A message must stay hidden for as long as the function may take. Raises VisibilityTooShort."""
    if visibility_s < timeout_s:
        raise errors.VisibilityTooShort(visibility=visibility_s, timeout=timeout_s)


def gathered_visibility_s(window_s: int, timeout_s: int, visibility_s: int) -> int:
    """For how long what is gathered in a window is hidden, in a queue that hides it for ``visibility_s`` otherwise."""
    if window_s and window_s + timeout_s > visibility_s:
        return window_s + timeout_s + VISIBILITY_MARGIN_S
    return visibility_s


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
