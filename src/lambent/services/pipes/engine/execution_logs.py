"""What a pipe's executions are logged as.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs-schema.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant

LEVELS = ("OFF", "ERROR", "INFO", "TRACE")
FIELD_BYTES_MAX = 60_000
"""Of each part of the data that is told of an execution."""

STARTED, SUCCEEDED, FAILED, PARTIALLY = "STARTED", "SUCCEEDED", "FAILED", "PARTIALLY_FAILED"


class LogTarget(Struct, frozen=True):
    """Where and how much is logged."""

    group: str
    level: str
    has_data: bool

    def wants(self, level: str) -> bool:
        return LEVELS.index(level) <= LEVELS.index(self.level)


def target_of(settings: Mapping[str, Any]) -> LogTarget | None:
    """None where nothing is logged."""
    given = settings.get("LogConfiguration") or {}
    arn = Arn.parse((given.get("CloudwatchLogsLogDestination") or {}).get("LogGroupArn") or "")
    level = given.get("Level") or "ERROR"
    if arn is None or level == "OFF":
        return None
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    return LogTarget(group, level, "ALL" in (given.get("IncludeExecutionData") or ()))


def level_of(step: str) -> str:
    """Errors always; executions and stages with INFO; each call and each transformation with TRACE."""
    if step.endswith(("FAILED", "THROTTLED")):
        return "ERROR"
    return "INFO" if step.startswith("EXECUTION_") or "_STAGE_" in step else "TRACE"


def line(
    pipe_arn: str,
    execution_id: str,
    step: str,
    at: Instant,
    *,
    data: Mapping[str, str],
    error: Mapping[str, Any] | None = None,
) -> str:
    """One record. ``data``: the payload, the request and the response, where they are told."""
    told: dict[str, Any] = {
        "resourceArn": pipe_arn,
        "timestamp": int(at * 1000),
        "executionId": execution_id,
        "messageType": step,
        "logLevel": level_of(step),
    }
    cut = [name for name, text in data.items() if len(text) > FIELD_BYTES_MAX]
    told |= {name: text[:FIELD_BYTES_MAX] for name, text in data.items()}
    if cut:
        told["truncatedFields"] = cut
    if error is not None:
        told["error"] = error
    return msgspec.json.encode(told).decode()
