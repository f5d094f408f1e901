"""Targets of schedules: what can be one, and which operation it is called by.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.arn import Arn
from lambent.durable.outbox import Retries
from lambent.services.scheduler import errors
from lambent.wire import models, sdk_calls
from lambent.wire.models import Operation

RETRY_ATTEMPTS_DEFAULT = 185
EVENT_AGE_S_DEFAULT = 86_400
RETRY_DELAY_S_MAX = 480.0  # so that the 185 retries take the 24 hours
FIFO = ".fifo"
UNIVERSAL_PREFIX = "aws-sdk:"
BLOCKS = (
    *("EcsParameters", "EventBridgeParameters", "EventBridgePutEventsV2Parameters", "EventBridgePutRawEventsParameters"),
    *("KinesisParameters", "SageMakerPipelineParameters", "SqsParameters"),
)
"""Members of a target that are for one kind of targets only."""


class Kind(Struct, frozen=True):
    """How a target is called, in SDKs' names, and what it is given. ``prefix`` is that of the resource in its ARN."""

    service: str
    action: str
    prefix: str = ""
    block: str = ""
    needs_block: bool = False
    needs_json: bool = False
    is_universal: bool = False

    @property
    def arn(self) -> str:
        """As a universal target says the same."""
        return f"arn:aws:scheduler:::{UNIVERSAL_PREFIX}{self.service}:{self.action}"


_KINDS: Mapping[str, Kind] = {
    "sqs": Kind("sqs", "sendMessage", block="SqsParameters"),
    "sns": Kind("sns", "publish"),
    "lambda": Kind("lambda", "invoke", "function:", needs_json=True),
    "events": Kind("eventbridge", "putEvents", "event-bus/", "EventBridgeParameters", needs_block=True, needs_json=True),
    "kinesis": Kind("kinesis", "putRecord", "stream/", "KinesisParameters", needs_block=True),
    "states": Kind("sfn", "startExecution", "stateMachine:", needs_json=True),
}
_ONLY_OF_AWS = ("codebuild", "codepipeline", "ecs", "firehose", "inspector", "sagemaker")
_READ_ONLY = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover"),
    *("validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration"),
    *("retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)


def kind_of(arn: str) -> Kind:
    """How a target of that ARN is called. Raises ValidationException, TargetKindMissing."""
    parsed = Arn.parse(arn)
    if parsed is None:
        raise errors.ValidationException(reason="Provided Arn is not in correct format.")
    if parsed.service == "scheduler" and not parsed.region and not parsed.account:
        return _universal(parsed.resource)
    if parsed.service in _ONLY_OF_AWS:
        raise errors.TargetKindMissing(what=parsed.service)
    kind = _KINDS.get(parsed.service)
    if kind is None:
        raise errors.ValidationException(reason=f"{parsed.service} is not a supported service for a target.")
    name = parsed.resource.removeprefix(kind.prefix)
    is_named = parsed.resource.startswith(kind.prefix) and name and (kind.prefix or not set(name) & {":", "/"})
    if not is_named or not parsed.region or not parsed.account:
        raise errors.ValidationException(reason="Provided Arn is not in correct format.")
    return kind


def _universal(resource: str) -> Kind:
    parts = resource.removeprefix(UNIVERSAL_PREFIX).split(":")
    if not resource.startswith(UNIVERSAL_PREFIX) or len(parts) != 2 or not all(parts):
        raise errors.ValidationException(reason="Provided Arn is not in correct format.")
    service, action = parts
    if action.startswith(_READ_ONLY):
        raise errors.ValidationException(reason=f"{action} API is not supported.")
    return Kind(service, action, needs_json=True, is_universal=True)


def operation_of(kind: Kind, services: Collection[str]) -> Operation:
    """The operation that calls a target; ``services`` are those of this platform.

    Raises ValidationException, TargetKindMissing.
    """
    name = sdk_calls.service_of(kind.service)
    if name is None or not models.is_known(name):
        raise errors.ValidationException(reason=f"{kind.service} is not a supported service for a target.")
    if name not in services:
        raise errors.TargetKindMissing(what=kind.service)
    operation = sdk_calls.operation_of(kind.service, kind.action, among=services)
    if operation is None:
        raise errors.ValidationException(reason=f"{kind.action} API is not supported.")
    return operation


def retries_of(target: Mapping[str, Any]) -> Retries:
    """AWS spreads its retries with growing delays over the age of the event."""
    policy = target["RetryPolicy"]
    return Retries(
        attempts_max=1 + policy["MaximumRetryAttempts"],
        age_s_max=float(policy["MaximumEventAgeInSeconds"]),
        delay_s_max=RETRY_DELAY_S_MAX,
    )


def completed(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target with the retry policy that AWS tells where none was given."""
    policy = {
        "MaximumEventAgeInSeconds": EVENT_AGE_S_DEFAULT,
        "MaximumRetryAttempts": RETRY_ATTEMPTS_DEFAULT,
        **(target.get("RetryPolicy") or {}),
    }
    return {**target, "RetryPolicy": policy}


# ---- what AWS refuses ------------------------------------------------------------------------------------------------


def check(target: Mapping[str, Any], *, region: str, services: Collection[str]) -> None:
    """Raises ValidationException, TargetKindMissing."""
    kind = kind_of(target["Arn"])
    operation_of(kind, services)
    for look in _CHECKS:
        reason = look(target, kind, region)
        if reason is not None:
            raise errors.ValidationException(reason=reason)


Check = Callable[[Mapping[str, Any], Kind, str], str | None]


def _check_region(target: Mapping[str, Any], kind: Kind, region: str) -> str | None:
    parsed = Arn.parse(target["Arn"])
    if kind.is_universal or parsed is None or parsed.region == region:
        return None
    return f"The target ARN provided does not match the current region {region}."


def _check_blocks(target: Mapping[str, Any], kind: Kind, _region: str) -> str | None:
    given = [block for block in BLOCKS if target.get(block) is not None]
    strange = next((block for block in given if block != kind.block), None)
    if strange is not None:
        return f"Parameters {strange} not supported for the target."
    needs_block = kind.needs_block or (kind.service == "sqs" and target["Arn"].endswith(FIFO))
    return f"Parameters {kind.block} must be specified." if needs_block and not kind.is_universal and not given else None


def _check_group(target: Mapping[str, Any], kind: Kind, _region: str) -> str | None:
    if kind.is_universal or kind.service != "sqs":
        return None
    has_group = bool((target.get("SqsParameters") or {}).get("MessageGroupId"))
    if has_group and not target["Arn"].endswith(FIFO):
        return "Parameters MessageGroupId not valid for the target."
    return "Parameters MessageGroupId must be specified." if target["Arn"].endswith(FIFO) and not has_group else None


def _check_input(target: Mapping[str, Any], kind: Kind, _region: str) -> str | None:
    text = target.get("Input")
    if text is None:
        return "You must provide an input to set this target for your schedule." if kind.is_universal else None
    return "JSON syntax error in input for the target" if kind.needs_json and not _is_json(text) else None


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return False
    return True


_CHECKS: Sequence[Check] = (_check_region, _check_blocks, _check_group, _check_input)
