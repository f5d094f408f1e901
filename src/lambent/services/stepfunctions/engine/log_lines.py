"""What a state machine with logging writes to CloudWatch Logs of the events of its executions.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.ports import LogEvent, LogStreamName
from lambent.services.stepfunctions.engine.definition.views import text_of
from lambent.services.stepfunctions.engine.identifiers import ExecutionName
from lambent.services.stepfunctions.engine.interpreter.run import Event, iso_ms

DATA = ("input", "output", "parameters", "assignedVariables")
FATAL = frozenset({"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
ERROR_ENDINGS = ("Failed", "TimedOut", "Aborted", "FailStateEntered")
GROUP_PREFIX = "log-group:"


def is_wanted(level: str, kind: str) -> bool:
    if level == "ALL":
        return True
    if level == "ERROR":
        return kind.endswith(ERROR_ENDINGS)
    return level == "FATAL" and kind in FATAL


def stream_of(settings: Mapping[str, Any], execution: ExecutionName, started_at: Instant) -> LogStreamName | None:
    """Where an execution is logged, or None."""
    logging = settings["loggingConfiguration"]
    destinations = logging.get("destinations") or []
    if logging["level"] == "OFF" or not destinations:
        return None
    arn = Arn.parse(destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"])
    assert arn is not None, "checked when it was set"
    group = arn.resource.removeprefix(GROUP_PREFIX).removesuffix(":*")
    day = iso_ms(started_at)[:10]
    stream = f"states/{execution.machine.name}/{day}/{execution.run_id or execution.name}"
    return LogStreamName(arn.account, arn.region, group, stream)


def lines(
    settings: Mapping[str, Any], execution: ExecutionName, events: Iterable[tuple[Event, Instant]], *, redrive_count: int = 0
) -> list[LogEvent]:
    logging = settings["loggingConfiguration"]
    level, shows_data = logging["level"], logging["includeExecutionData"]
    return [
        LogEvent(int(at * 1000), _line(event, at, execution.arn, redrive_count, shows_data=shows_data))
        for event, at in events
        if is_wanted(level, event.type)
    ]


def _line(event: Event, at: Instant, execution_arn: str, redrive_count: int, *, shows_data: bool) -> str:
    details = {name: value for name, value in event.details.items() if shows_data or name not in DATA}
    if shows_data:
        truncated = {f"{name}Details": {"truncated": False} for name in ("input", "output") if name in details}
        details |= truncated
    return text_of(
        {
            "id": str(event.id),
            "type": event.type,
            "details": details,
            "previous_event_id": str(event.previous_id),
            "event_timestamp": str(int(at * 1000)),
            "execution_arn": execution_arn,
            "redrive_count": str(redrive_count),
        }
    )
