"""Targets and enrichments of pipes: what can be one, and what AWS refuses of how it is given.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.services.pipes import errors

REQUEST_RESPONSE, FIRE_AND_FORGET = "REQUEST_RESPONSE", "FIRE_AND_FORGET"
BATCH_MAX = 10_000
"""Records in one batch of any source, and so what a target takes that has no limit of its own."""
FIFO = ".fifo"


class Kind(Struct, frozen=True):
    """``block``: the member of TargetParameters that is for it. ``takes_batch``: events go as one JSON array in one call."""

    service: str
    block: str
    prefix: str = ""
    batch_max: int = BATCH_MAX
    needs: tuple[str, ...] = ()
    takes_batch: bool = False


_KINDS: Mapping[str, Kind] = {
    "lambda": Kind("lambda", "LambdaFunctionParameters", "function:", takes_batch=True),
    "states": Kind("stepfunctions", "StepFunctionStateMachineParameters", "stateMachine:", takes_batch=True),
    "sqs": Kind("sqs", "SqsQueueParameters", batch_max=10),
    "sns": Kind("sns", "", batch_max=10),
    "events": Kind("events", "EventBridgeEventBusParameters", "event-bus/", batch_max=10),
    "kinesis": Kind("kinesis", "KinesisStreamParameters", "stream/", batch_max=500, needs=("PartitionKey",)),
    "logs": Kind("logs", "CloudWatchLogsParameters", "log-group:"),
}
ENRICHMENTS = ("lambda", "states")
_ONLY_OF_AWS = {
    "batch": "AWS Batch",
    "ecs": "Amazon ECS",
    "execute-api": "API Gateway",
    "firehose": "Firehose",
    "inspector": "Amazon Inspector",
    "redshift": "Amazon Redshift",
    "redshift-serverless": "Amazon Redshift",
    "sagemaker": "SageMaker",
    "timestream": "Timestream",
}
API_DESTINATION = "api-destination/"


def kind_of(text: str) -> Kind:
    """How a target is called. Raises ValidationException, KindMissing."""
    arn = _arn(text, "to")
    kind = _KINDS.get(arn.service)
    if kind is None or not arn.resource.startswith(kind.prefix) or arn.resource == kind.prefix:
        raise errors.ValidationException(reason=f"{text} is not a supported target of a pipe.")
    return kind


def check(text: str, parameters: Mapping[str, Any], *, region: str) -> None:
    """Raises ValidationException, KindMissing."""
    kind = kind_of(text)
    arn = Arn.parse(text)
    if arn is not None and arn.region != region:
        raise errors.ValidationException(reason=f"The target {text} is not in the region of the pipe, {region}.")
    strange = next((name for name in parameters if name not in (kind.block, "InputTemplate")), None)
    if strange is not None:
        raise errors.ValidationException(reason=f"{strange} is not supported for the target {text}.")
    block = parameters.get(kind.block) or {}
    needs = (*kind.needs, *(("MessageGroupId",) if text.endswith(FIFO) and kind.service in ("sqs",) else ()))
    missing = next((name for name in needs if not block.get(name)), None)
    if missing is not None:
        raise errors.ValidationException(reason=f"{kind.block}.{missing} is required for the target {text}.")
    if block.get("EndpointId"):
        raise errors.KindMissing(way="to", what="global endpoints of EventBridge")


def check_enrichment(text: str) -> None:
    """Raises ValidationException, KindMissing."""
    arn = _arn(text, "through")
    if arn.service not in ENRICHMENTS or not arn.resource.startswith(_KINDS[arn.service].prefix):
        raise errors.ValidationException(reason=f"{text} is not a supported enrichment of a pipe.")


def invocation_type(kind: Kind, parameters: Mapping[str, Any]) -> str:
    return str((parameters.get(kind.block) or {}).get("InvocationType") or REQUEST_RESPONSE)


def _arn(text: str, way: str) -> Arn:
    arn = Arn.parse(text)
    if arn is None:
        raise errors.ValidationException(reason=f"{text} is not a valid ARN.")
    if arn.service in _ONLY_OF_AWS:
        raise errors.KindMissing(way=way, what=_ONLY_OF_AWS[arn.service])
    if arn.service == "events" and arn.resource.startswith(API_DESTINATION):
        raise errors.KindMissing(way=way, what="API destinations")
    return arn
