"""Durable executions, as the API has them: told, listed, checkpointed, stopped, deleted, called back.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from datetime import datetime
from typing import Any

from lambent.core.clock import NEVER, Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import functions, limits
from lambent.services.lambda_.engine.durable import checkpoints, history, lifecycle, operations
from lambent.services.lambda_.engine.durable.errors import CallbackClosed, DurableExecutionMissing
from lambent.services.lambda_.engine.durable.names import CallbackName, ExecutionArn, parse_callback, parse_execution
from lambent.services.lambda_.engine.durable.operations import FAILED, STOPPED, SUCCEEDED, TIMED_OUT, date
from lambent.services.lambda_.operations import pages
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import PAUSED, PAUSING, Execution, Outcome, Pause, Wanted
from lambent.store.database import Transaction

_HAS_ERROR = (FAILED, TIMED_OUT, STOPPED)
_FIRST_ID, _LAST_ID = "", "~"  # before and after every id


class DurableExecutionOperations(Base):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html"""

    # ---- what the SDK inside the function asks -----------------------------------------------------------------------

    async def checkpoint_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        arn = self._execution_named(context, parameters)
        if arn is None:
            raise errors.CheckpointTokenInvalid()
        done = await self._store.write(
            self._durables.checkpoints.checkpoint,
            arn,
            parameters["CheckpointToken"],
            parameters.get("ClientToken") or "",
            parameters.get("Updates") or [],
            self._clock.now(),
        )
        state: Reply = {"Operations": [operations.told(operation, date) for operation in done.changed]}
        return {"NewExecutionState": state} | ({} if done.token is None else {"CheckpointToken": done.token})

    async def get_durable_execution_state(self, context: Context, parameters: Parameters) -> Reply:
        arn = self._execution_named(context, parameters)
        if arn is None:
            raise errors.CheckpointTokenInvalid()
        page = await self._store.read(
            checkpoints.state,
            arn,
            parameters["CheckpointToken"],
            start=_number(parameters, 0),
            count_max=_count_max(parameters),
        )
        told = [operations.told(operation, date) for operation in page.operations]
        return {"Operations": told, "NextMarker": lifecycle.marker(page.next_position)}

    # ---- what people ask ---------------------------------------------------------------------------------------------

    async def get_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        has_data = parameters.get("IncludeExecutionData", True)
        execution, input_text, outcome = await self._store.read(_read, self._existing(context, parameters))
        told = _summary(execution) | {
            "Version": execution.version,
            "TraceHeader": {"XAmznTraceId": execution.origin.trace_id},
            "DurableConfig": {"ExecutionTimeout": execution.timeout_s, "RetentionPeriodInDays": execution.retention_days},
            "ExecutionDataIncluded": has_data,
        }
        if execution.is_running:
            told["ExpectedExecutionTimeoutTimestamp"] = date(execution.times_out_at)
        if execution.status in (PAUSING, PAUSED):
            told["PauseDetails"] = _pause_details(execution, has_data=has_data)
        if not has_data:
            return told
        if input_text is not None:
            told["InputPayload"] = input_text
        if execution.status == SUCCEEDED and outcome.result is not None:
            told["Result"] = outcome.result
        if execution.status in _HAS_ERROR:
            told["Error"] = outcome.error or {}
        return told

    async def get_durable_execution_history(self, context: Context, parameters: Parameters) -> Reply:
        arn, size = self._existing(context, parameters), _count_max(parameters)
        is_reversed, has_data = bool(parameters.get("ReverseOrder")), parameters.get("IncludeExecutionData", True)
        execution = await self._store.read(lifecycle.found, arn.key)
        start = _number(parameters, execution.events if is_reversed else 1)
        bytes_max = limits.DURABLE_PAGE_BYTES_MAX
        page = await self._store.read(durable.list_events, arn.key, start, size, bytes_max=bytes_max, is_reversed=is_reversed)
        told = [history.told(number, event, has_data=has_data) for number, event in page.events]
        return {"Events": told} | ({"NextMarker": str(page.next_number)} if page.next_number else {})

    async def list_durable_executions_by_function(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "ListDurableExecutionsByFunction")
        found = await self._store.read(functions.find, function)
        is_oldest_first = bool(parameters.get("ReverseOrder"))
        first: list[Any] = ["0", _FIRST_ID] if is_oldest_first else [str(NEVER), _LAST_ID]
        at, execution_id = pages.start(parameters, first)
        wanted = Wanted(
            function=function,
            version=None if function.qualifier is None else found.version.label,
            name=parameters.get("DurableExecutionName"),
            statuses=frozenset(parameters.get("Statuses") or ()),
            started_after=_instant(parameters.get("StartedAfter"), 0.0),
            started_before=_instant(parameters.get("StartedBefore"), NEVER),
            is_oldest_first=is_oldest_first,
            after=(_float(at), execution_id),
        )
        size = _count_max(parameters)
        rows = await self._store.read(durable.list_executions, wanted, size + 1)
        page, following = pages.split(rows, size)
        reply: Reply = {"DurableExecutions": [_summary(execution) for execution in page]}
        if following is not None:
            reply["NextMarker"] = pages.marker([repr(page[-1].started_at), page[-1].id])
        return reply

    async def stop_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        arn, error = self._existing(context, parameters), dict(parameters.get("Error") or {})
        at = await self._store.write(self._durables.lifecycle.stop, arn.key, error, self._clock.now())
        return {"StopTimestamp": date(at)}

    async def pause_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        arn, is_timeout_paused = self._existing(context, parameters), parameters.get("ExecutionTimeoutPaused")
        pause = Pause(
            requested_at=self._clock.now(),
            is_timeout_paused=is_timeout_paused is not False,
            client_token=parameters.get("ClientToken") or "",
            reason=parameters.get("Reason"),
        )
        await self._store.write(self._durables.lifecycle.pause, arn.key, pause)
        return {}

    async def resume_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        arn, token = self._existing(context, parameters), parameters.get("ClientToken") or ""
        await self._store.write(self._durables.lifecycle.resume, arn.key, token, parameters.get("Reason"), self._clock.now())
        return {}

    async def delete_durable_execution(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(self._durables.lifecycle.delete, self._existing(context, parameters).key)
        return {"DeletionRequestTimestamp": date(self._clock.now())}

    # ---- what others are waited for ----------------------------------------------------------------------------------

    async def send_durable_execution_callback_success(self, context: Context, parameters: Parameters) -> Reply:
        result: bytes | None = parameters.get("Result")
        try:
            outcome = Outcome(result.decode() if result else None)
        except UnicodeDecodeError as error:
            raise errors.InvalidParameterValue(reason="Result is no text in UTF-8.") from error
        return await self._complete(context, parameters, SUCCEEDED, outcome)

    async def send_durable_execution_callback_failure(self, context: Context, parameters: Parameters) -> Reply:
        outcome = Outcome(error=dict(parameters.get("Error") or {}))
        return await self._complete(context, parameters, FAILED, outcome)

    async def send_durable_execution_callback_heartbeat(self, context: Context, parameters: Parameters) -> Reply:
        name = self._callback_named(context, parameters)
        await self._store.write(self._durables.checkpoints.heartbeat, name, self._clock.now())
        return {}

    async def _complete(self, context: Context, parameters: Parameters, status: str, outcome: Outcome) -> Reply:
        name = self._callback_named(context, parameters)
        await self._store.write(self._durables.checkpoints.complete_callback, name, status, outcome, self._clock.now())
        return {}

    def _execution_named(self, context: Context, parameters: Parameters) -> ExecutionArn | None:
        """The execution of the caller's own account and region that the ARN names."""
        arn = parse_execution(parameters["DurableExecutionArn"])
        return arn if arn is not None and arn.function.scope == self._scope(context) else None

    def _existing(self, context: Context, parameters: Parameters) -> ExecutionArn:
        arn = self._execution_named(context, parameters)
        if arn is None:
            raise DurableExecutionMissing()
        return arn

    def _callback_named(self, context: Context, parameters: Parameters) -> CallbackName:
        name = parse_callback(parameters["CallbackId"])
        if name is None:
            raise errors.CallbackIdInvalid()
        if name.execution.function.scope != self._scope(context):
            raise CallbackClosed()
        return name


def _read(tx: Transaction, arn: ExecutionArn) -> tuple[Execution, str | None, Outcome]:
    """With its input. Raises DurableExecutionMissing."""
    execution = lifecycle.found(tx, arn.key)
    root = durable.find_operation(tx, arn.key, arn.id)
    return execution, root.input if root else None, durable.find_outcome(tx, arn.key)


def _summary(execution: Execution) -> Reply:
    told: Reply = {
        "DurableExecutionArn": execution.arn,
        "DurableExecutionName": execution.name,
        "FunctionArn": f"{execution.function.arn}:{execution.version}",
        "Status": execution.status,
        "StartTimestamp": date(execution.started_at),
    }
    return told | ({"EndTimestamp": date(execution.ended_at)} if execution.ended_at else {})


def _pause_details(execution: Execution, *, has_data: bool) -> Reply:
    pause = execution.pause
    assert pause is not None, "who is paused has been asked to"
    told: Reply = {"PauseRequestTimestamp": date(pause.requested_at), "ExecutionTimeoutPaused": pause.is_timeout_paused}
    return told | ({"Reason": pause.reason} if has_data and pause.reason is not None else {})


def _count_max(parameters: Parameters) -> int:
    return min(parameters.get("MaxItems") or limits.DURABLE_ITEMS_DEFAULT, limits.DURABLE_ITEMS_MAX)


def _number(parameters: Parameters, default: int) -> int:
    marker = parameters.get("Marker") or ""
    if not marker:
        return default
    if not (marker.isascii() and marker.isdigit() and len(marker) < 18):
        raise errors.InvalidParameterValue(reason="Invalid Marker.")
    return int(marker)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise errors.InvalidParameterValue(reason="Invalid Marker.") from error


def _instant(given: datetime | None, default: Instant) -> Instant:
    return default if given is None else given.timestamp()
