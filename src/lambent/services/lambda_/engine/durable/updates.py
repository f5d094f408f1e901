"""What a checkpoint says of an operation, held against what is known of it: the operation after it, or a refusal. Pure.

Wording as AWS' own test runner for durable functions has it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import NEVER, Instant
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.durable import history
from lambent.services.lambda_.engine.durable.history import Event
from lambent.services.lambda_.engine.durable.names import CallbackName, ExecutionArn
from lambent.services.lambda_.engine.durable.operations import (
    CALLBACK,
    CANCELLED,
    CHAINED_INVOKE,
    CONTEXT,
    EXECUTION,
    FAILED,
    PENDING,
    READY,
    STARTED,
    STEP,
    SUCCEEDED,
    TIMED_OUT,
    WAIT,
    Operation,
)
from lambent.services.lambda_.errors import InvalidParameterValue

Update = Mapping[str, Any]
"""AWS' OperationUpdate, checked against the model."""

ACTIONS = {
    STEP: {"START", "SUCCEED", "FAIL", "RETRY"},
    CONTEXT: {"START", "SUCCEED", "FAIL"},
    WAIT: {"START", "CANCEL"},
    CALLBACK: {"START"},
    CHAINED_INVOKE: {"START"},
    EXECUTION: {"SUCCEED", "FAIL"},
}
_ENDINGS = {"SUCCEED": SUCCEEDED, "FAIL": FAILED}


class Place(Struct, frozen=True):
    """Where and when an update is applied. ``position`` is the next operation's."""

    execution: ExecutionArn
    position: int
    now: Instant


class Change(Struct, frozen=True):
    """``event`` is None where the caller has more to tell of it: of a call, and of the execution's end."""

    operation: Operation
    event: Event | None


def check(updates: Sequence[Update], known: Mapping[str, Operation]) -> None:
    """Raises InvalidParameterValue for updates that do not go together, or not with what is ``known``."""
    closing = [update for update in updates if update["Type"] == EXECUTION]
    if len(closing) > 1:
        raise _refused("Cannot checkpoint multiple EXECUTION updates.")
    if closing and updates[-1]["Type"] != EXECUTION:
        raise _refused("EXECUTION checkpoint must be the last update.")
    kinds = {operation.id: operation.type for operation in known.values()}
    last: dict[str, Update] = {}
    for update in updates:
        before = last.get(update["Id"])
        if before is not None and not _may_follow(before, update):
            raise _refused("Cannot checkpoint multiple operations with the same ID.")
        parent = update.get("ParentId")
        if parent is not None and kinds.get(parent) != CONTEXT:
            raise _refused("Invalid parent operation id.")
        kinds.setdefault(update["Id"], update["Type"])
        last[update["Id"]] = update


def apply(update: Update, current: Operation | None, place: Place) -> Change:
    """Raises InvalidParameterValue where the operation cannot do this now."""
    _check_same(update, current)
    _check_size(update)
    kind, action = update["Type"], update["Action"]
    if action not in ACTIONS[kind]:
        raise _refused("Invalid action for the given operation type.")
    if action == "FAIL" and update.get("Payload") is not None:
        raise _refused("Cannot provide a Payload for FAIL action.")
    if action == "SUCCEED" and update.get("Error") is not None:
        raise _refused("Cannot provide an Error for SUCCEED action.")
    return _APPLY[kind](update, current, place)


def fired(operation: Operation, now: Instant) -> Change:
    """An operation after its time has come. A step that may be tried again is an event only once it is."""
    if operation.type == STEP:
        return Change(replace(operation, status=READY, next_attempt_at=0.0), None)
    if operation.type == WAIT:
        return _ended(replace(operation, status=SUCCEEDED), now)
    is_heartbeat = operation.heartbeat_due_at < operation.ends_at
    message = "Callback timed out on heartbeat" if is_heartbeat else "Callback timed out"
    error = {"ErrorMessage": message, "ErrorType": "Callback.Heartbeat" if is_heartbeat else "Callback.Timeout"}
    return _ended(replace(operation, status=TIMED_OUT, error=error), now)


def ended(operation: Operation, status: str, now: Instant, *, result: str | None = None, error: Any = None) -> Change:
    """An operation that others have ended: a callback, a call."""
    return _ended(replace(operation, status=status, result=result, error=error), now)


def _step(update: Update, current: Operation | None, place: Place) -> Change:
    action = update["Action"]
    if action == "START":
        if current is not None and current.status != READY:
            raise _refused("Invalid current STEP state to start.")
        step = replace(current or _new(update, place), status=STARTED)
        return Change(step, history.event_of(step, "Started", place.now, {}))
    step = current or _new(update, place)
    if step.status not in (STARTED, READY):
        verb = "re-attempt" if action == "RETRY" else "close"
        raise _refused(f"Invalid current STEP state to {verb}.")
    step = replace(step, attempt=step.attempt + 1, result=update.get("Payload"), error=update.get("Error"))
    if action != "RETRY":
        return _ended(replace(step, status=_ENDINGS[action]), place.now)
    if update.get("StepOptions") is None:
        raise _refused("Invalid StepOptions for the given action.")
    if step.error is not None and step.result is not None:
        raise _refused("Cannot provide both error and payload to RETRY a STEP.")
    delay_s = update["StepOptions"].get("NextAttemptDelaySeconds") or 1
    step = replace(step, status=PENDING, next_attempt_at=place.now + delay_s)
    return Change(step, history.step_retried(step, delay_s, place.now))


def _context(update: Update, current: Operation | None, place: Place) -> Change:
    if update["Action"] == "START":
        if current is not None:
            raise _refused("Cannot start a CONTEXT that already exist.")
        context = _new(update, place)
        return Change(context, history.started(context))
    context = current or _new(update, place)
    if context.status != STARTED:
        raise _refused("Invalid current CONTEXT state to close.")
    context = replace(
        context,
        status=_ENDINGS[update["Action"]],
        result=update.get("Payload"),
        error=update.get("Error"),
        replays_children=bool((update.get("ContextOptions") or {}).get("ReplayChildren")),
    )
    return _ended(context, place.now)


def _wait(update: Update, current: Operation | None, place: Place) -> Change:
    if update["Action"] == "START":
        if current is not None:
            raise _refused("Cannot start a WAIT that already exist.")
        wait_s = (update.get("WaitOptions") or {}).get("WaitSeconds") or 1
        wait = replace(_new(update, place), wait_s=wait_s, ends_at=place.now + wait_s)
        return Change(wait, history.wait_started(wait))
    if current is None or current.status != STARTED:
        raise _refused("Cannot cancel a WAIT that does not exist or has already completed.")
    return _ended(replace(current, status=CANCELLED), place.now)


def _callback(update: Update, current: Operation | None, place: Place) -> Change:
    if current is not None:
        raise _refused("Cannot start a CALLBACK that already exist.")
    options = update.get("CallbackOptions") or {}
    timeout_s, heartbeat_s = options.get("TimeoutSeconds") or 0, options.get("HeartbeatTimeoutSeconds") or 0
    callback = replace(
        _new(update, place),
        callback_id=CallbackName(place.execution, update["Id"]).id,
        timeout_s=timeout_s,
        ends_at=place.now + timeout_s if timeout_s else NEVER,
        heartbeat_s=heartbeat_s,
        heartbeat_due_at=place.now + heartbeat_s if heartbeat_s else NEVER,
    )
    return Change(callback, history.callback_started(callback))


def _chained_invoke(update: Update, current: Operation | None, place: Place) -> Change:
    if current is not None:
        raise _refused("Cannot start a CHAINED_INVOKE operation that already exists.")
    options = update.get("ChainedInvokeOptions")
    if options is None:
        raise _refused("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")
    call = replace(_new(update, place), function_name=options["FunctionName"], input=update.get("Payload"))
    return Change(call, None)


def _execution(update: Update, _current: Operation | None, place: Place) -> Change:
    """Only says how the execution ends: its own operation is another one, under the execution's id."""
    end = replace(
        _new(update, place), status=_ENDINGS[update["Action"]], result=update.get("Payload"), error=update.get("Error")
    )
    return Change(end, None)


_APPLY: Mapping[str, Callable[[Update, Operation | None, Place], Change]] = {
    STEP: _step,
    CONTEXT: _context,
    WAIT: _wait,
    CALLBACK: _callback,
    CHAINED_INVOKE: _chained_invoke,
    EXECUTION: _execution,
}


def _new(update: Update, place: Place) -> Operation:
    return Operation(
        id=update["Id"],
        type=update["Type"],
        status=STARTED,
        position=place.position,
        started_at=place.now,
        parent_id=update.get("ParentId") or "",
        name=update.get("Name") or "",
        sub_type=update.get("SubType") or "",
    )


def _ended(operation: Operation, now: Instant) -> Change:
    operation = replace(operation, ended_at=now)
    return Change(operation, history.ended(operation))


def _may_follow(before: Update, update: Update) -> bool:
    """A step or a context may begin and end in one checkpoint; nothing else happens twice in it."""
    return before["Type"] in (STEP, CONTEXT) and before["Action"] == "START" and update["Action"] != "START"


def _check_same(update: Update, current: Operation | None) -> None:
    if current is None:
        return
    if update["Type"] != current.type:
        raise _refused("Inconsistent operation type.")
    for member, value, what in (
        ("SubType", current.sub_type, "operation subtype"),
        ("Name", current.name, "operation name"),
        ("ParentId", current.parent_id, "parent operation id"),
    ):
        if update.get(member) is not None and update[member] != value:
            raise _refused(f"Inconsistent {what}.")


def _check_size(update: Update) -> None:
    error, payload = update.get("Error"), update.get("Payload")
    if error is not None and len(msgspec.json.encode(error)) > limits.DURABLE_ERROR_BYTES_MAX:
        raise _refused(f"Error object size must be less than {limits.DURABLE_ERROR_BYTES_MAX} bytes.")
    if payload is not None and update["Type"] == CHAINED_INVOKE:
        bytes_max = limits.EVENT_PAYLOAD_BYTES_MAX
        if len(payload.encode()) > bytes_max:
            raise _refused(f"CHAINED_INVOKE input payload size must be less than or equal to {bytes_max} bytes.")


def _refused(reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(reason=reason)
