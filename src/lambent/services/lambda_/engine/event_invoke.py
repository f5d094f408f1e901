"""Event invoke configs: put, changed, found, listed, deleted.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import functions
from lambent.services.lambda_.engine.identifiers import LATEST, FunctionName
from lambent.services.lambda_.tables import event_invoke_configs
from lambent.services.lambda_.tables.event_invoke_configs import EventInvokeConfig
from lambent.store.database import Transaction


class Asked(Struct, frozen=True):
    """What a request says; None where it says nothing. An empty destination takes the one away that there is."""

    retries_max: int | None
    age_s_max: int | None
    on_success: str | None
    on_failure: str | None


def asked(parameters: Mapping[str, Any]) -> Asked:
    """Raises NothingConfigured."""
    retries_max, age_s_max = parameters.get("MaximumRetryAttempts"), parameters.get("MaximumEventAgeInSeconds")
    destinations = parameters.get("DestinationConfig")
    if retries_max is None and age_s_max is None and destinations is None:
        raise errors.NothingConfigured()
    on_success, on_failure = ((destinations or {}).get(each) for each in ("OnSuccess", "OnFailure"))
    return Asked(
        retries_max=retries_max,
        age_s_max=age_s_max,
        on_success=None if on_success is None else on_success.get("Destination") or "",
        on_failure=None if on_failure is None else on_failure.get("Destination") or "",
    )


def role_of(tx: Transaction, function: FunctionName, *, is_update: bool) -> str:
    """The role of the version that is configured. Raises FunctionMissing; and for an update, where there is no config yet."""
    version = functions.find_version(tx, function)
    if version is None:
        raise errors.FunctionMissing()
    if is_update:
        find(tx, function)
    return version.settings.role_arn


def put(tx: Transaction, function: FunctionName, asked: Asked, now: Instant) -> EventInvokeConfig:
    """Replaces all that was set before. Raises FunctionMissing."""
    config = EventInvokeConfig(
        scope=function.scope,
        function_name=function.name,
        qualifier=_qualifier(function),
        retries_max=asked.retries_max,
        age_s_max=asked.age_s_max,
        on_success=asked.on_success or "",
        on_failure=asked.on_failure or "",
        modified_at=now,
    )
    return _write(tx, function, config)


def update(tx: Transaction, function: FunctionName, asked: Asked, now: Instant) -> EventInvokeConfig:
    """Changes what is given. Raises FunctionMissing and NotConfigured."""
    if functions.find_version(tx, function) is None:
        raise errors.FunctionMissing()
    before = find(tx, function)
    config = replace(
        before,
        retries_max=before.retries_max if asked.retries_max is None else asked.retries_max,
        age_s_max=before.age_s_max if asked.age_s_max is None else asked.age_s_max,
        on_success=before.on_success if asked.on_success is None else asked.on_success,
        on_failure=before.on_failure if asked.on_failure is None else asked.on_failure,
        modified_at=now,
    )
    return _write(tx, function, config)


def find(tx: Transaction, function: FunctionName) -> EventInvokeConfig:
    """Raises NotConfigured, also where there is no such function: so does AWS."""
    config = event_invoke_configs.find_config(tx, function, _qualifier(function))
    if config is None:
        raise errors.NotConfigured(arn=f"{function.arn}:{_qualifier(function)}")
    return config


def delete(tx: Transaction, function: FunctionName) -> None:
    """Raises NotConfigured."""
    if not event_invoke_configs.delete_config(tx, function, _qualifier(function)):
        raise errors.NotConfigured(arn=f"{function.arn}:{_qualifier(function)}")


def list_configs(tx: Transaction, function: FunctionName, *, start: str, count_max: int) -> list[EventInvokeConfig]:
    """By qualifier. Raises FunctionMissing."""
    if functions.find_version(tx, replace(function, qualifier=None)) is None:
        raise errors.FunctionMissing()
    return event_invoke_configs.list_configs(tx, function, start=start, count_max=count_max)


def _write(tx: Transaction, function: FunctionName, config: EventInvokeConfig) -> EventInvokeConfig:
    if functions.find_version(tx, function) is None:
        raise errors.FunctionMissing()
    event_invoke_configs.put_config(tx, config)
    return config


def _qualifier(function: FunctionName) -> str:
    return function.qualifier or LATEST
