"""An ended execution as the task is told that waited for it (``states:startExecution.sync``)."""

from datetime import UTC, datetime
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.services.stepfunctions.engine import failures, integrations
from lambent.services.stepfunctions.engine.definition import resources
from lambent.services.stepfunctions.engine.definition.views import json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.run import End
from lambent.services.stepfunctions.tables.executions import ExecutionRow


def begun_result(row: ExecutionRow) -> bytes:
    """What StartExecution answers to the task that begins it."""
    resource = resources.parse("arn:aws:states:::states:startExecution")
    assert resource is not None, "AWS' own"
    operation = integrations.operation_of(resource, ())
    assert operation is not None, "and this platform's"
    started = datetime.fromtimestamp(row.started_at, UTC)
    reply = {"executionArn": row.execution.arn, "startDate": started}
    found = integrations.result(resource, operation, reply, ids.uuid4(), row.started_at)
    assert isinstance(found, bytes), "it has begun"
    return found


def child_result(row: ExecutionRow, end: End, given: str, now: Instant, *, is_parsed: bool) -> tuple[bytes, Failure | None]:
    """The result of the task, or its failure. ``is_parsed``: input and output as JSON, not as text (``.sync:2``)."""

    def told(text: str) -> Any:
        return value_of(text) if is_parsed else text

    failure = end.failure or Failure(None)
    description: dict[str, Any] = {
        "ExecutionArn": row.execution.arn,
        "Input": told(given),
        "InputDetails": {"Included": True},
        "Name": row.execution.name,
        "StartDate": int(row.started_at * 1000),
        "StateMachineArn": row.execution.machine.arn,
        "Status": end.status,
        "StopDate": int(now * 1000),
    }
    if failure.error is not None:
        description["Error"] = failure.error
    if failure.cause is not None:
        description["Cause"] = failure.cause
    if end.output is not None:
        description |= {"Output": told(end.output), "OutputDetails": {"Included": True}}
    if end.status == runs.SUCCEEDED:
        return json_of(description), None
    return b"", Failure(failures.TASK_FAILED, text_of(description))
