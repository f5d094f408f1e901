"""Which events are logged, where, and how."""

import json
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE

from lambent.services.stepfunctions.engine import log_lines
from lambent.services.stepfunctions.engine.identifiers import ExecutionName
from lambent.services.stepfunctions.engine.interpreter.run import Event

EXECUTION = ExecutionName(SCOPE, "m", "e", "r")
EVENT = Event(2, "TaskFailed", 1, {"error": "E", "input": "{}"})


def settings(**logging: Any) -> dict[str, Any]:
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:eu-west-1:444455556666:log-group:/g:*"}}
    return {"loggingConfiguration": {"level": "ALL", "includeExecutionData": False, "destinations": [group], **logging}}


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        ("ALL", ["PassStateEntered", "TaskFailed", "ExecutionFailed"]),
        ("ERROR", ["TaskFailed", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_level_lets_through_what_is_as_bad(level: str, kinds: list[str]):
    assert [kind for kind in ("PassStateEntered", "TaskFailed", "ExecutionFailed") if log_lines.is_wanted(level, kind)] == kinds


def test_a_stream_is_named_by_machine_day_and_run():
    stream = log_lines.stream_of(settings(), EXECUTION, NOW)
    assert stream is not None
    assert (stream.account, stream.region, stream.group) == ("444455556666", "eu-west-1", "/g")
    assert stream.stream == "states/m/2026-01-01/r"
    assert log_lines.stream_of(settings(level="OFF"), EXECUTION, NOW) is None


@pytest.mark.parametrize(
    ("shows_data", "details"),
    [(False, {"error": "E"}), (True, {"error": "E", "input": "{}", "inputDetails": {"truncated": False}})],
)
def test_a_line_tells_the_event(shows_data: bool, details: dict[str, Any]):
    (line,) = log_lines.lines(settings(includeExecutionData=shows_data), EXECUTION, [(EVENT, NOW)])
    told = json.loads(line.message)
    assert told == {
        "id": "2",
        "type": "TaskFailed",
        "details": details,
        "previous_event_id": "1",
        "event_timestamp": str(int(NOW * 1000)),
        "execution_arn": EXECUTION.arn,
        "redrive_count": "0",
    }
