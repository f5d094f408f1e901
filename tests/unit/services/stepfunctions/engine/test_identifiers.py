"""ARNs of Step Functions."""

import pytest
from tests.unit.services.stepfunctions.engine.conftest import SCOPE

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.identifiers import (
    ActivityName,
    ExecutionName,
    MachineName,
    checked_name,
    parse_activity,
    parse_execution,
    parse_machine,
)

PREFIX = "arn:aws:states:us-east-1:111122223333"


@pytest.mark.parametrize(
    "machine",
    [
        MachineName(SCOPE, "m"),
        MachineName(SCOPE, "m", "3"),
        MachineName(SCOPE, "m", "PROD"),
        MachineName(SCOPE, "m", "", "Label"),
    ],
)
def test_machines_are_read_as_they_are_written(machine: MachineName):
    assert parse_machine(machine.qualified_arn) == machine


@pytest.mark.parametrize(
    "execution", [ExecutionName(SCOPE, "m", "e"), ExecutionName(SCOPE, "m/L", "e"), ExecutionName(SCOPE, "m", "e", "u")]
)
def test_executions_are_read_as_they_are_written(execution: ExecutionName):
    assert parse_execution(execution.arn) == execution
    assert execution.machine.name == "m"


def test_activities_are_read_as_they_are_written():
    assert parse_activity(f"{PREFIX}:activity:a") == ActivityName(SCOPE, "a")


@pytest.mark.parametrize("text", ["", "x", f"{PREFIX}:stateMachine:", f"{PREFIX}:execution:m:e", "arn:aws:sqs:us-east-1:1:q"])
def test_what_is_no_machine_is_refused(text: str):
    with pytest.raises(errors.InvalidArn):
        parse_machine(text)


@pytest.mark.parametrize("text", [f"{PREFIX}:execution:m", f"{PREFIX}:stateMachine:m", f"{PREFIX}:express:m:e"])
def test_what_is_no_execution_is_refused(text: str):
    with pytest.raises(errors.InvalidArn):
        parse_execution(text)


@pytest.mark.parametrize("name", ["", "a" * 81, "a b", "a\x00", "a/b", "é\u0085"])
def test_a_name_has_its_letters(name: str):
    with pytest.raises(errors.InvalidName):
        checked_name(name)


def test_other_letters_are_letters():
    assert checked_name("Größe-1_x.y") == "Größe-1_x.y"
