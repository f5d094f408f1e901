"""What all operations of stepfunctions share: the neighbours, names as callers give them, pages."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from lambent.core.clock import Clock, Instant
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.page_tokens import BadPageToken, key_of, token_of
from lambent.core.ports import Caller, LogSink, Parameters
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.identifiers import (
    ActivityName,
    ExecutionName,
    MachineName,
    parse_activity,
    parse_execution,
    parse_machine,
)
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.operations.execution_logs import ExecutionLogs
from lambent.services.stepfunctions.operations.express_runner import ExpressRunner
from lambent.services.stepfunctions.operations.performer import Performer
from lambent.services.stepfunctions.operations.settling import Settling
from lambent.services.stepfunctions.operations.worker import Calls
from lambent.store.database import Database

LANE = "stepfunctions"
PAGE_ITEMS_DEFAULT = 100
ID_MAX = 2**62


class Base:
    """Built by app.py. ``service_names``: the services that tasks may call."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        signals: Signals,
        config: Config,
        log_sink: LogSink,
        service_names: Collection[str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._revisions = Revisions()
        self._timers = Timers(store=store, clock=clock, signals=signals, lane=LANE)
        self._transitions = Transitions(timers=self._timers, revisions=self._revisions)
        self._performer = performer = Performer(
            store=store, call=call, clock=clock, config=config, revisions=self._revisions, service_names=service_names
        )
        self._settling = Settling(store=store, clock=clock)
        self._calls = Calls(store, clock, signals, self._transitions, performer, self._settling)
        self._logs = ExecutionLogs(store=store, log_sink=log_sink)
        self._express = ExpressRunner(
            store=store, clock=clock, signals=signals, performer=performer, revisions=self._revisions, log_sink=log_sink
        )

    def workers(self) -> list[Worker]:
        return [self._timers.worker(), self._calls.worker(), self._express.worker(), self._logs.worker()]

    def forget(self, account: str | None) -> None:
        """After a reset: nothing remembered of the account."""
        self._revisions.forget(account)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def machine_named(context: Context, arn: str) -> MachineName:
    """Of the caller's own account and region; no distributed Map of one.

    Raises InvalidArn, ValidationException, StateMachineDoesNotExist.
    """
    machine = parse_machine(arn)
    if machine.label:
        raise errors.ValidationException(reason=f"The ARN must not refer to a Distributed Map state: '{arn}'")
    if machine.scope != scope_of(context):
        raise errors.StateMachineDoesNotExist(arn=arn)
    return machine


def whole_machine_named(context: Context, arn: str) -> MachineName:
    """For what concerns all versions of it: whoever names one, or an alias, means less than would be done."""
    machine = machine_named(context, arn)
    if machine.qualifier:
        raise errors.ValidationException(reason=f"The ARN must not refer to a version or an alias: '{arn}'")
    return machine


def execution_named(context: Context, arn: str) -> ExecutionName:
    """Raises InvalidArn, ExecutionDoesNotExist."""
    execution = parse_execution(arn)
    if execution.scope != scope_of(context):
        raise errors.ExecutionDoesNotExist(arn=arn)
    return execution


def activity_named(context: Context, arn: str) -> ActivityName:
    """Raises InvalidArn, ActivityDoesNotExist."""
    activity = parse_activity(arn)
    if activity.scope != scope_of(context):
        raise errors.ActivityDoesNotExist(arn=arn)
    return activity


def date(moment: Instant) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """AWS does not tell what is not there."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def page_size(parameters: Parameters) -> int:
    return int(parameters.get("maxResults") or PAGE_ITEMS_DEFAULT)


def name_from(parameters: Parameters) -> str:
    """The name behind which the page begins. Raises ValidationException."""
    return str(_key(parameters, ""))


def number_from(parameters: Parameters, default: int) -> int:
    """The number at which the page begins. Raises ValidationException."""
    return int(_key(parameters, default))


def _key(parameters: Parameters, default: str | int) -> str | int:
    given = parameters.get("nextToken")
    if not given:
        return default
    try:
        return key_of(given, default)
    except BadPageToken as error:
        raise errors.InvalidToken(reason="Invalid token") from error


def paged(member: str, shown: list[Any], next_key: str | int | None) -> dict[str, Any]:
    reply: dict[str, Any] = {member: shown}
    if next_key is not None:
        reply["nextToken"] = token_of(next_key)
    return reply


def tags_of(parameters: Parameters) -> dict[str, str]:
    return {tag.get("key") or "": tag.get("value") or "" for tag in parameters.get("tags") or ()}
