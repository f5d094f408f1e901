"""Sources of pipes: what can be one, and how it is read.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.durable.followers import queues, streams
from lambent.durable.followers.settings import NO_LIMIT
from lambent.lang.event_pattern import InvalidEventPattern, compiled
from lambent.services.pipes import errors

BLOCKS = {
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "dynamodb": "DynamoDBStreamParameters",
}
"""The members of SourceParameters, by the service that the source's ARN names."""
FILTERED = {"sqs": "body", "kinesis": "data", "dynamodb": ""}
"""The member of a record into which filters look as JSON where it is a text."""
_ONLY_OF_AWS = {"kafka": "Amazon MSK", "mq": "Amazon MQ"}
_PREFIXES = {"sqs": "", "kinesis": "stream/", "dynamodb": "table/"}
_STREAM_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": NO_LIMIT,
    "MaximumRetryAttempts": NO_LIMIT,
    "ParallelizationFactor": 1,
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "sqs": {"BatchSize": 10},
    "kinesis": _STREAM_DEFAULTS,
    "dynamodb": _STREAM_DEFAULTS,
}


class Reading(Struct, frozen=True):
    """How a source is read (`durable.followers.settings.Settings`)."""

    batch_size: int
    window_s: int = 0
    factor: int = 1
    retries_max: int = NO_LIMIT
    age_s_max: int = NO_LIMIT
    is_bisecting: bool = False
    tumbling_s: int = 0
    counts_events: bool = False


def source_of(text: str) -> Arn:
    """Raises ValidationException, KindMissing."""
    arn = Arn.parse(text)
    if text.startswith("smk://") or (arn is not None and arn.service in _ONLY_OF_AWS):
        raise errors.KindMissing(way="from", what=_ONLY_OF_AWS.get(arn.service if arn else "", "self-managed Apache Kafka"))
    is_source = (
        arn is not None
        and arn.service in BLOCKS
        and arn.resource.startswith(_PREFIXES[arn.service])
        and (arn.service != "dynamodb" or "/stream/" in arn.resource)
    )
    if arn is None or not is_source:
        raise errors.ValidationException(reason=f"{text} is not a supported source of a pipe.")
    return arn


def completed(source: Arn, given: Mapping[str, Any], *, batch_max: int) -> dict[str, Any]:
    """SourceParameters with the defaults that AWS tells; a batch is no larger by default than the target takes."""
    block = BLOCKS[source.service]
    strange = next((name for name in given if name not in (block, "FilterCriteria")), None)
    if strange is not None:
        raise errors.ValidationException(reason=f"{strange} is not supported for the source {source}.")
    defaults = dict(_DEFAULTS[source.service])
    defaults["BatchSize"] = min(defaults["BatchSize"], batch_max)
    parameters = {**defaults, **{name: value for name, value in (given.get(block) or {}).items() if value is not None}}
    if (moment := parameters.get("StartingPositionTimestamp")) is not None and not isinstance(moment, float):
        parameters["StartingPositionTimestamp"] = moment.timestamp()
    return {**given, block: parameters}


def check(source: Arn, parameters: Mapping[str, Any], *, batch_max: int) -> None:
    """Of completed parameters. Raises ValidationException."""
    block = parameters[BLOCKS[source.service]]
    for look in (_batch_problem, _position_problem, _age_problem, _dead_letter_problem):
        reason = look(source, block)
        if reason is not None:
            raise errors.ValidationException(reason=reason)
    if block["BatchSize"] > batch_max:
        raise errors.ValidationException(
            reason=f"BatchSize {block['BatchSize']} is larger than the maximum batch size of the target, {batch_max}."
        )
    for pattern in patterns(parameters):
        try:
            document = compiled(pattern).document
        except InvalidEventPattern as invalid:
            raise errors.ValidationException(reason=f"Invalid filter pattern definition. Reason: {invalid}") from invalid
        if source.service != "sqs" and not isinstance(document.get(FILTERED[source.service] or "dynamodb", {}), dict):
            raise errors.ValidationException(reason="Invalid filter pattern definition.")


def reading(source: Arn, parameters: Mapping[str, Any]) -> Reading:
    block = parameters[BLOCKS[source.service]]
    return Reading(
        batch_size=block["BatchSize"],
        window_s=block.get("MaximumBatchingWindowInSeconds") or 0,
        factor=block.get("ParallelizationFactor") or 1,
        retries_max=block.get("MaximumRetryAttempts", NO_LIMIT),
        age_s_max=block.get("MaximumRecordAgeInSeconds", NO_LIMIT),
        is_bisecting=block.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
    )


def patterns(parameters: Mapping[str, Any]) -> list[str]:
    return [each.get("Pattern") or "" for each in (parameters.get("FilterCriteria") or {}).get("Filters") or ()]


def dead_letter_arn(source: Arn, parameters: Mapping[str, Any]) -> str:
    """Where records of a stream are told that were given up; empty where nobody is told."""
    return str((parameters[BLOCKS[source.service]].get("DeadLetterConfig") or {}).get("Arn") or "")


def _batch_problem(source: Arn, block: Mapping[str, Any]) -> str | None:
    window_s = block.get("MaximumBatchingWindowInSeconds") or 0
    if source.service != "sqs":
        return None
    if queues.is_fifo(source) and window_s:
        return "Batching window is not supported for FIFO queues"
    if queues.is_fifo(source) and block["BatchSize"] > queues.RECEIVED_MAX:
        return f"Maximum batch size must be between 1 and {queues.RECEIVED_MAX} inclusive"
    if block["BatchSize"] > queues.RECEIVED_MAX and not window_s:
        most = queues.RECEIVED_MAX
        return f"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than {most}"
    return None


def _position_problem(source: Arn, block: Mapping[str, Any]) -> str | None:
    if source.service == "sqs":
        return None
    position = block.get("StartingPosition")
    if position is None:
        return f"StartingPosition is required for the source {source}."
    if position not in streams.POSITIONS[source.service]:
        return f"Unsupported starting position for arn type: {source}"
    if (position == streams.AT_TIMESTAMP) != (block.get("StartingPositionTimestamp") is not None):
        return "StartingPositionTimestamp is required with the starting position AT_TIMESTAMP, and with no other."
    return None


def _age_problem(source: Arn, block: Mapping[str, Any]) -> str | None:
    age_s = block.get("MaximumRecordAgeInSeconds", NO_LIMIT)
    if source.service != "sqs" and age_s != NO_LIMIT and age_s < streams.AGE_S_MIN:
        return f"MaximumRecordAgeInSeconds must be {NO_LIMIT}, or at least {streams.AGE_S_MIN}."
    return None


def _dead_letter_problem(_source: Arn, block: Mapping[str, Any]) -> str | None:
    text = (block.get("DeadLetterConfig") or {}).get("Arn")
    arn = Arn.parse(text) if text else None
    if text and (arn is None or arn.service not in ("sqs", "sns") or text.endswith(".fifo")):
        return f"The dead-letter target {text} must be a standard queue of Amazon SQS or a standard topic of Amazon SNS."
    return None
