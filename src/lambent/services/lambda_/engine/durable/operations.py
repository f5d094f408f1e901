"""The operations of a durable execution: steps, waits, callbacks, calls, contexts, and the execution itself.

https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.core.clock import NEVER, Instant

EXECUTION, CONTEXT, STEP = "EXECUTION", "CONTEXT", "STEP"
WAIT, CALLBACK, CHAINED_INVOKE = "WAIT", "CALLBACK", "CHAINED_INVOKE"

STARTED, PENDING, READY = "STARTED", "PENDING", "READY"
SUCCEEDED, FAILED, CANCELLED, TIMED_OUT, STOPPED = "SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"

_ENDED_BY_OTHERS = frozenset({WAIT, CALLBACK, CHAINED_INVOKE})

ErrorObject = Mapping[str, Any]
"""AWS' shape: ErrorMessage, ErrorType, ErrorData, StackTrace, each where it was given. Kept and told as it came."""


class Operation(Struct, frozen=True, omit_defaults=True):
    """``result`` and ``error`` are of the last attempt; ``input`` is the execution's, or what a called function gets.

    ``ends_at``: when a wait or a callback ends by itself, ``next_attempt_at`` when a step may be tried again.
    """

    id: str
    type: str
    status: str
    position: int
    started_at: Instant
    ended_at: Instant = 0.0
    parent_id: str = ""
    name: str = ""
    sub_type: str = ""
    result: str | None = None
    error: dict[str, Any] | None = None
    attempt: int = 0
    next_attempt_at: Instant = 0.0
    ends_at: Instant = NEVER
    wait_s: int = 0
    callback_id: str = ""
    timeout_s: int = 0
    heartbeat_s: int = 0
    heartbeat_due_at: Instant = NEVER
    replays_children: bool = False
    function_name: str = ""
    input: str | None = None
    child_id: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether something other than the function will go on with it."""
        if self.type == STEP:
            return self.status == PENDING
        return self.type in _ENDED_BY_OTHERS and self.status == STARTED

    @property
    def due_at(self) -> Instant:
        """When time goes on with it, or NEVER."""
        if not self.is_pending:
            return NEVER
        if self.type == STEP:
            return self.next_attempt_at
        return min(self.ends_at, self.heartbeat_due_at)

    @property
    def has_ended(self) -> bool:
        return self.status not in (STARTED, PENDING, READY)


def told(operation: Operation, when: Callable[[Instant], Any]) -> dict[str, Any]:
    """AWS' Operation. ``when`` writes an instant."""
    reply: dict[str, Any] = {
        "Id": operation.id,
        "Type": operation.type,
        "Status": operation.status,
        "StartTimestamp": when(operation.started_at),
    }
    reply |= _present(ParentId=operation.parent_id, Name=operation.name, SubType=operation.sub_type)
    if operation.ended_at:
        reply["EndTimestamp"] = when(operation.ended_at)
    member, details = _DETAILS[operation.type]
    reply[member] = details(operation, when)
    return reply


def date(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def milliseconds(instant: Instant) -> int:
    """As the function's event has instants."""
    return int(instant * 1000)


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _ending(operation: Operation) -> dict[str, Any]:
    reply: dict[str, Any] = {} if operation.result is None else {"Result": operation.result}
    if operation.error is not None:
        reply["Error"] = dict(operation.error)
    return reply


def _execution(operation: Operation, _when: Callable[[Instant], Any]) -> dict[str, Any]:
    return {} if operation.input is None else {"InputPayload": operation.input}


def _context(operation: Operation, _when: Callable[[Instant], Any]) -> dict[str, Any]:
    return _ending(operation) | ({"ReplayChildren": True} if operation.replays_children else {})


def _step(operation: Operation, when: Callable[[Instant], Any]) -> dict[str, Any]:
    details = {"Attempt": operation.attempt} | _ending(operation)
    if operation.status == PENDING:
        details["NextAttemptTimestamp"] = when(operation.next_attempt_at)
    return details


def _wait(operation: Operation, when: Callable[[Instant], Any]) -> dict[str, Any]:
    return {"ScheduledEndTimestamp": when(operation.ends_at)}


def _callback(operation: Operation, _when: Callable[[Instant], Any]) -> dict[str, Any]:
    return {"CallbackId": operation.callback_id} | _ending(operation)


def _chained_invoke(operation: Operation, _when: Callable[[Instant], Any]) -> dict[str, Any]:
    return _ending(operation)


_DETAILS: Mapping[str, tuple[str, Callable[[Operation, Callable[[Instant], Any]], dict[str, Any]]]] = {
    EXECUTION: ("ExecutionDetails", _execution),
    CONTEXT: ("ContextDetails", _context),
    STEP: ("StepDetails", _step),
    WAIT: ("WaitDetails", _wait),
    CALLBACK: ("CallbackDetails", _callback),
    CHAINED_INVOKE: ("ChainedInvokeDetails", _chained_invoke),
}
