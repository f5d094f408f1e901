"""What a task is told of the execution for which it has waited."""

import json
from collections.abc import Callable

from tests.unit.services.stepfunctions.engine.conftest import NOW
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.services.stepfunctions.engine.descriptions import child_result
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.run import End
from lambent.services.stepfunctions.tables.executions import ExecutionRow


def test_output_is_text_or_json_as_the_pattern_says(started: Callable[..., ExecutionRow]):
    row = started(machine(S=passing()))
    end = End("SUCCEEDED", output='{"a":1}')
    text, _ = child_result(row, end, "{}", NOW, is_parsed=False)
    parsed, _ = child_result(row, end, "{}", NOW, is_parsed=True)
    assert json.loads(text)["Output"] == '{"a":1}'
    assert json.loads(parsed)["Output"] == {"a": 1}
    assert json.loads(parsed)["StopDate"] == NOW * 1000


def test_a_failure_is_told_as_the_cause(started: Callable[..., ExecutionRow]):
    row = started(machine(S=passing()))
    _, failure = child_result(row, End("FAILED", failure=Failure("E", "c")), "{}", NOW, is_parsed=False)
    assert failure is not None
    assert failure.error == "States.TaskFailed"
    assert json.loads(str(failure.cause))["Cause"] == "c"
