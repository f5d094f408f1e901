"""Settings of a table beside its keys and indexes: stream, encryption, policy, tags, time to live, recovery."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import positions
from lambent.services.dynamodb.engine.table import Definition, Stream

TAGS_MAX = 50
RECOVERY_DAYS_DEFAULT = 35
POLICY_BYTES_MAX = 20 * 1024

Given = Mapping[str, Any]


def with_stream(definition: Definition, given: Given | None, name: str, now: Instant) -> Definition:
    """As a StreamSpecification changes it. Raises ValidationFailed where that changes nothing."""
    if given is None:
        return definition
    stream, view_type = definition.stream, given.get("StreamViewType")
    if not given["StreamEnabled"]:
        if view_type:
            raise errors.InvalidParameterValues(reason="If stream is being disabled, then UpdateViewType must not be specified")
        if stream is None or not stream.is_enabled:
            raise errors.ValidationFailed(reason=f"Table has no stream to disable: TableName: {name}")
        return structs.replace(definition, stream=structs.replace(stream, is_enabled=False))
    if not view_type:
        raise errors.InvalidParameterValues(reason="If stream is being enabled then UpdateViewType is required")
    if stream is not None and stream.is_enabled:
        raise errors.ValidationFailed(reason=f"Table already has an enabled stream: TableName: {name}")
    return structs.replace(definition, stream=Stream(label=positions.label_of(now), view_type=view_type))


def check_first_stream(given: Given) -> None:
    """CreateTable's StreamSpecification. Raises InvalidParameterValues, in other words than UpdateTable."""
    if given["StreamEnabled"] and not given.get("StreamViewType"):
        raise errors.InvalidParameterValues(reason="Table is being created with a stream enabled, UpdateViewType is required")
    if not given["StreamEnabled"] and given.get("StreamViewType"):
        raise errors.InvalidParameterValues(
            reason="Table is being created with a stream disabled, UpdateViewType should not be specified"
        )


def with_encryption(definition: Definition, given: Given | None, scope: Scope) -> Definition:
    """As an SSESpecification changes it: by default the key is one that AWS owns and does not tell of."""
    if given is None:
        return definition
    key = given.get("KMSMasterKeyId")
    if not given.get("Enabled"):
        if key or given.get("SSEType"):
            raise errors.InvalidParameterValues(reason="SSEType and KMSMasterKeyId can only be specified when Enabled is true")
        return structs.replace(definition, encryption={})
    named = key if key and key.startswith("arn:") else f"arn:aws:kms:{scope.region}:{scope.account}:key/{key or ids.uuid4()}"
    return structs.replace(definition, encryption={"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": named})


def with_policy(definition: Definition, policy: str) -> Definition:
    """Raises ValidationFailed for a policy that is too long."""
    if len(policy.encode()) > POLICY_BYTES_MAX:
        raise errors.ValidationFailed(reason="Resource-based policy is too large")
    return structs.replace(definition, policy=policy, policy_revision=ids.uuid4())


def tags_of(given: Sequence[Given]) -> dict[str, str]:
    """Raises ValidationFailed for too many, or a key that stands there twice."""
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) != len(given):
        raise errors.ValidationFailed(reason="Duplicate tag keys found in the request")
    check_tags(tags)
    return tags


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises ValidationFailed."""
    if len(tags) > TAGS_MAX:
        raise errors.ValidationFailed(reason=f"Too many tags: a resource can have at most {TAGS_MAX}")
    if any(key.lower().startswith("aws:") for key in tags):
        raise errors.ValidationFailed(reason="Tag keys may not begin with aws:")


def with_time_to_live(definition: Definition, attribute: str, *, is_enabled: bool) -> Definition:
    """As UpdateTimeToLive changes it. Raises ValidationFailed where that changes nothing, or the attribute is another."""
    current = definition.ttl_attribute
    if is_enabled and current == attribute:
        raise errors.ValidationFailed(reason="TimeToLive is already enabled")
    if not is_enabled and not current:
        raise errors.ValidationFailed(reason="TimeToLive is already disabled")
    if current and current != attribute:
        raise errors.ValidationFailed(
            reason=f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
        )
    return structs.replace(definition, ttl_attribute=attribute if is_enabled else "")


def with_recovery(definition: Definition, given: Given, now: Instant) -> Definition:
    """As a PointInTimeRecoverySpecification changes it."""
    if not given["PointInTimeRecoveryEnabled"]:
        return structs.replace(definition, recovery_period_days=0, recovery_since=0.0)
    days = given.get("RecoveryPeriodInDays") or definition.recovery_period_days or RECOVERY_DAYS_DEFAULT
    return structs.replace(definition, recovery_period_days=days, recovery_since=definition.recovery_since or now)
