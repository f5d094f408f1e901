"""The history of a durable execution: one event for each thing that happened. Pure.

https://docs.aws.amazon.com/lambda/latest/api/API_Event.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant
from lambent.services.lambda_.engine.durable import operations
from lambent.services.lambda_.engine.durable.operations import ErrorObject, Operation, date
from lambent.services.lambda_.tables.durable import Pause

Event = dict[str, Any]
"""As AWS tells it, without EventId, and with instants as numbers."""

_NOUNS = {
    operations.EXECUTION: "Execution",
    operations.CONTEXT: "Context",
    operations.STEP: "Step",
    operations.WAIT: "Wait",
    operations.CALLBACK: "Callback",
    operations.CHAINED_INVOKE: "ChainedInvoke",
}
_VERBS = {
    operations.SUCCEEDED: "Succeeded",
    operations.FAILED: "Failed",
    operations.CANCELLED: "Cancelled",
    operations.TIMED_OUT: "TimedOut",
    operations.STOPPED: "Stopped",
}
_INSTANTS = ("ScheduledEndTimestamp", "StartTimestamp", "EndTimestamp", "PauseRequestTimestamp", "ResumeRequestTimestamp")
_DATA = ("Input", "Result", "Error")


def event_of(operation: Operation, verb: str, at: Instant, details: Mapping[str, Any]) -> Event:
    """``verb``: "Started"."""
    kind = f"{_NOUNS[operation.type]}{verb}"
    event: Event = {"EventType": kind, "EventTimestamp": at, "Id": operation.id, f"{kind}Details": dict(details)}
    for member, value in (("Name", operation.name), ("ParentId", operation.parent_id), ("SubType", operation.sub_type)):
        if value:
            event[member] = value
    return event


def started(operation: Operation) -> Event:
    """Of steps and contexts, of which nothing else is told."""
    return event_of(operation, "Started", operation.started_at, {})


def execution_started(operation: Operation, timeout_s: int) -> Event:
    details = {"Input": payload(operation.input), "ExecutionTimeout": timeout_s}
    return event_of(operation, "Started", operation.started_at, details)


def wait_started(operation: Operation) -> Event:
    details = {"Duration": operation.wait_s, "ScheduledEndTimestamp": operation.ends_at}
    return event_of(operation, "Started", operation.started_at, details)


def callback_started(operation: Operation) -> Event:
    details: dict[str, Any] = {"CallbackId": operation.callback_id}
    if operation.timeout_s:
        details["Timeout"] = operation.timeout_s
    if operation.heartbeat_s:
        details["HeartbeatTimeout"] = operation.heartbeat_s
    return event_of(operation, "Started", operation.started_at, details)


def call_started(operation: Operation, *, tenant_id: str, version: str, child_arn: str) -> Event:
    """``version``, ``child_arn``: empty where the function could not be called."""
    details: dict[str, Any] = {"FunctionName": operation.function_name}
    if tenant_id:
        details["TenantId"] = tenant_id
    if version:
        details |= {"Input": payload(operation.input), "ExecutedVersion": version}
    if child_arn:
        details["DurableExecutionArn"] = child_arn
    return event_of(operation, "Started", operation.started_at, details)


def ended(operation: Operation) -> Event:
    """Of an operation that has ended, by its status."""
    verb = _VERBS[operation.status]
    if operation.type == operations.WAIT:
        details: dict[str, Any] = {"Duration": operation.wait_s} if operation.status == operations.SUCCEEDED else {}
    else:
        is_good = operation.status == operations.SUCCEEDED
        details = {"Result": payload(operation.result)} if is_good else {"Error": payload(operation.error)}
    if operation.type == operations.STEP:
        details["RetryDetails"] = {"CurrentAttempt": operation.attempt}
    return event_of(operation, verb, operation.ended_at, details)


def step_retried(operation: Operation, delay_s: int, at: Instant) -> Event:
    """An attempt has failed, or (where a step waits for a condition) said that it is not time yet."""
    details: dict[str, Any] = {"RetryDetails": {"CurrentAttempt": operation.attempt, "NextAttemptDelaySeconds": delay_s}}
    if operation.error is not None:
        return event_of(operation, "Failed", at, details | {"Error": payload(operation.error)})
    return event_of(operation, "Succeeded", at, details | {"Result": payload(operation.result)})


def invocation_completed(request_id: str, began_at: Instant, at: Instant, error: ErrorObject | None) -> Event:
    details: dict[str, Any] = {"StartTimestamp": began_at, "EndTimestamp": at, "RequestId": request_id}
    if error is not None:
        details["Error"] = payload(error)
    kind = "InvocationCompleted"
    return {"EventType": kind, "EventTimestamp": at, f"{kind}Details": details}


def paused(pause: Pause) -> Event:
    """With its Reason among the details, as are payloads."""
    details: dict[str, Any] = {
        "PauseRequestTimestamp": pause.requested_at,
        "ExecutionTimeoutPaused": pause.is_timeout_paused,
    }
    return _of_pause("ExecutionPaused", pause.paused_at, details, pause.reason)


def resumed(pause: Pause) -> Event:
    return _of_pause("ExecutionResumed", pause.resumed_at, {"ResumeRequestTimestamp": pause.resumed_at}, pause.resume_reason)


def _of_pause(kind: str, at: Instant, details: dict[str, Any], reason: str | None) -> Event:
    if reason is not None:
        details["Reason"] = payload(reason)
    return {"EventType": kind, "EventTimestamp": at, f"{kind}Details": details}


def payload(value: object) -> dict[str, Any]:
    return {} if value is None else {"Payload": value}


def told(number: int, event: Event, *, has_data: bool) -> dict[str, Any]:
    """AWS' Event. Without ``has_data`` no payloads are told."""
    kind = f"{event['EventType']}Details"
    details = dict(event[kind])
    for member in _INSTANTS:
        if member in details:
            details[member] = date(details[member])
    if not has_data:
        details |= {member: {} for member in _DATA if member in details}
        if "Reason" in details:
            details["Reason"] = {"Truncated": True}
    return event | {"EventId": number, "EventTimestamp": date(event["EventTimestamp"]), kind: details}
