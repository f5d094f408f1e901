"""Targets of rules: what can be one, and what it is called with.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.arn import Arn
from lambent.durable.outbox import Retries
from lambent.lang import input_paths as paths
from lambent.lang.input_paths import ABSENT, Path
from lambent.services.events import errors
from lambent.services.events.engine import inputs, rules
from lambent.services.events.engine.identifiers import RuleName
from lambent.services.events.engine.inputs import Event, Input
from lambent.services.events.tables import targets
from lambent.services.events.tables.targets import TargetRow
from lambent.store.database import Transaction

TARGETS_MAX = 5  # of one rule
RETRY_ATTEMPTS_DEFAULT = 185
EVENT_AGE_S_DEFAULT = 86_400
RETRY_DELAY_S_MAX = 480.0  # so that the 185 retries take the 24 hours
FIFO = ".fifo"
PARTITION_KEY_CHARS_MAX = 256


class Kind(Struct, frozen=True):
    """Which operation a target is called by, and the prefix of the resource in its ARN."""

    service: str
    operation: str
    prefix: str = ""
    needs_role: bool = False


_KINDS: Mapping[str, Kind] = {
    "sqs": Kind("sqs", "SendMessage"),
    "sns": Kind("sns", "Publish"),
    "lambda": Kind("lambda", "Invoke", "function:"),
    "logs": Kind("logs", "PutLogEvents", "log-group:"),
    "events": Kind("events", "PutEvents", "event-bus/"),
    "kinesis": Kind("kinesis", "PutRecord", "stream/", needs_role=True),
    "states": Kind("stepfunctions", "StartExecution", "stateMachine:", needs_role=True),
}
_ONLY_OF_AWS = (
    *("appsync", "batch", "codebuild", "codepipeline", "ec2", "ecs", "execute-api", "firehose", "glue", "inspector"),
    *("redshift", "redshift-serverless", "sagemaker", "ssm", "ssm-incidents"),
)


class Target(Struct, frozen=True):
    """A target, ready to be used. ``input`` is None where the event itself is sent."""

    arn: str
    parsed: Arn
    kind: Kind
    input: Input | None
    retries: Retries
    dead_letter_arn: str
    role_arn: str
    group_id: str
    partition_path: Path | None = None

    def partition_key(self, event: Event) -> str:
        """By what a stream chooses the shard: what stands at the path, and the event's id where nothing does."""
        found = ABSENT if self.partition_path is None else self.partition_path.of(event.document)
        text = found if isinstance(found, str) else "" if found is ABSENT else msgspec.json.encode(found).decode()
        return text[:PARTITION_KEY_CHARS_MAX] or event.id


def kind_of(arn: str) -> Kind | None:
    """How a target of that ARN is called, or None where it can be none. Raises TargetKindMissing."""
    parsed = Arn.parse(arn)
    if parsed is None:
        return None
    if parsed.service in _ONLY_OF_AWS or parsed.resource.startswith("api-destination/"):
        raise errors.TargetKindMissing(service=parsed.service)
    kind = _KINDS.get(parsed.service)
    if kind is None or not parsed.region or not parsed.account:
        return None
    name = parsed.resource.removeprefix(kind.prefix)
    is_named = parsed.resource.startswith(kind.prefix) and name and (kind.prefix or not set(name) & {":", "/"})
    return kind if is_named else None


def ready(row: TargetRow) -> Target:
    """A target as it was put."""
    given, parsed, kind = row.settings, Arn.parse(row.arn), kind_of(row.arn)
    assert parsed is not None, "targets are checked when they are put"
    assert kind is not None, "targets are checked when they are put"
    return Target(
        arn=row.arn,
        parsed=parsed,
        kind=kind,
        input=inputs.compiled(given, row.rule),
        retries=_retries(given.get("RetryPolicy") or {}),
        dead_letter_arn=(given.get("DeadLetterConfig") or {}).get("Arn") or "",
        role_arn=given.get("RoleArn") or "",
        group_id=(given.get("SqsParameters") or {}).get("MessageGroupId") or "",
        partition_path=paths.parse(_partition_path(given)),
    )


def put(tx: Transaction, rule: RuleName, given: Sequence[Mapping[str, Any]]) -> None:
    """Adds targets, or puts them in the place of those with the same ids.

    Raises EventBusNotFound, RuleNotFound, ValidationException, TargetKindMissing, LimitExceeded.
    """
    for target in given:
        check(target)
    rules.find(tx, rule)
    ids = {row.id for row in targets.of_rule(tx, rule)} | {target["Id"] for target in given}
    if len(ids) > TARGETS_MAX:
        raise errors.LimitExceeded()
    for target in given:
        targets.put(tx, TargetRow(rule, target["Id"], target["Arn"], target))


def remove(tx: Transaction, rule: RuleName, ids: Sequence[str]) -> list[dict[str, str]]:
    """Returns the entries that failed. Raises RuleNotFound."""
    rules.find(tx, rule)
    return [
        {
            "TargetId": target_id,
            "ErrorCode": errors.ResourceNotFound.code,
            "ErrorMessage": f"Rule {rule.name} does not have a target with the Id {target_id}.",
        }
        for target_id in ids
        if not targets.delete(tx, rule, target_id)
    ]


def page(tx: Transaction, rule: RuleName, *, after: str, count_max: int) -> list[TargetRow]:
    """The targets of one page, and the first of the next where there is one. Raises RuleNotFound."""
    rules.find(tx, rule)
    return [row for row in targets.of_rule(tx, rule) if row.id > after][: count_max + 1]


# ---- what AWS refuses ------------------------------------------------------------------------------------------------


def check(target: Mapping[str, Any]) -> None:
    """Raises ValidationException, TargetKindMissing."""
    arn = target["Arn"]
    kind = kind_of(arn)
    if kind is None:
        raise errors.ValidationException(reason=f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    for look in _CHECKS:
        reason = look(target, kind)
        if reason is not None:
            raise errors.ValidationException(reason=reason)


Check = Callable[[Mapping[str, Any], Kind], str | None]


def _check_group(target: Mapping[str, Any], kind: Kind) -> str | None:
    if kind.service == "sqs" and target["Arn"].endswith(FIFO) and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        return f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
    return None


def _check_role(target: Mapping[str, Any], kind: Kind) -> str | None:
    if kind.needs_role and not target.get("RoleArn"):
        return f"RoleArn is required for target {target['Arn']}."
    return None


def _check_dead_letter_queue(target: Mapping[str, Any], kind: Kind) -> str | None:  # noqa: ARG001 - one of several checks
    text = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not text:
        return None
    arn = Arn.parse(text)
    is_queue = arn is not None and arn.service == "sqs" and arn.account and not set(arn.resource) & {":", "/"}
    if not is_queue or text.endswith(FIFO):
        return f"Parameter DeadLetterConfig is not valid. Reason: {text} is not the ARN of a standard queue."
    return None


def _check_partition(target: Mapping[str, Any], kind: Kind) -> str | None:  # noqa: ARG001 - one of several checks
    text = _partition_path(target)
    if text and paths.parse(text) is None:
        return f"Parameter PartitionKeyPath is not valid. Reason: {text} is not a JSON path."
    return None


def _partition_path(target: Mapping[str, Any]) -> str:
    return (target.get("KinesisParameters") or {}).get("PartitionKeyPath") or ""


def _check_input(target: Mapping[str, Any], kind: Kind) -> str | None:  # noqa: ARG001 - one of several checks
    return inputs.problem(target)


_CHECKS: Sequence[Check] = (_check_group, _check_role, _check_dead_letter_queue, _check_partition, _check_input)


def _retries(policy: Mapping[str, Any]) -> Retries:
    """AWS spreads its retries with growing delays over the age of the event."""
    attempts = policy.get("MaximumRetryAttempts")
    return Retries(
        attempts_max=1 + (RETRY_ATTEMPTS_DEFAULT if attempts is None else attempts),
        age_s_max=float(policy.get("MaximumEventAgeInSeconds") or EVENT_AGE_S_DEFAULT),
        delay_s_max=RETRY_DELAY_S_MAX,
    )
