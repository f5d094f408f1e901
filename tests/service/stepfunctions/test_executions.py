"""Executions through the API: started once, told, listed, stopped, and their histories."""

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from tests.service.stepfunctions.conftest import Execution, machine, passing

Refused = Callable[..., tuple[str, str]]
EXPECTED = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
WAITING = machine(S={"Type": "Wait", "Seconds": 60, "End": True})


def test_an_execution_is_told_whole(run: Callable[..., Execution]) -> None:
    told = run(machine(S=passing()), {"a": 1}).described()
    assert (told["status"], told["input"], told["output"]) == ("SUCCEEDED", '{"a": 1}', '{"a": 1}')
    assert told["inputDetails"] == told["outputDetails"] == {"included": True}
    assert told["stopDate"] >= told["startDate"]
    assert told["redriveStatus"] == "NOT_REDRIVABLE"


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(
    sfn: Any, create: Callable[..., str], advance: Callable[[float], None], refused: Refused
) -> None:
    arn = create(WAITING)
    first = sfn.start_execution(stateMachineArn=arn, name="e", input="{}")
    advance(1)
    again = sfn.start_execution(stateMachineArn=arn, name="e", input="{}")
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    expected = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    assert refused("start_execution", stateMachineArn=arn, name="e", input="1") == expected
    advance(60)
    assert refused("start_execution", stateMachineArn=arn, name="e", input="{}") == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("not json", f"Unrecognized token 'not': was expecting ({EXPECTED})"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("", "Invalid execution input."),
    ],
)  # fmt: skip
def test_an_input_that_is_no_json_is_refused(create: Callable[..., str], refused: Refused, given: str, reason: str) -> None:
    answer = refused("start_execution", stateMachineArn=create(WAITING), input=given)
    assert answer == ("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{reason}'")


@pytest.mark.parametrize("given", ["2", '"text"', "null", r'"\ud800"', "[" * 300 + "]" * 300, "1" * 100])
def test_any_json_is_an_input(sfn: Any, create: Callable[..., str], given: str) -> None:
    arn = sfn.start_execution(stateMachineArn=create(machine(S=passing())), input=given)["executionArn"]
    assert sfn.describe_execution(executionArn=arn)["output"] == given


def test_a_stopped_execution_is_aborted(run: Callable[..., Execution], sfn: Any, advance: Callable[[float], None]) -> None:
    execution = run(WAITING)
    sfn.stop_execution(executionArn=execution.arn, error="E", cause="c")
    assert execution.status == "ABORTED"
    assert execution.failure == ("E", "c")
    last = execution.events()[-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)
    advance(60)
    assert execution.status == "ABORTED"


def test_an_execution_ends_with_its_time(run: Callable[..., Execution], advance: Callable[[float], None]) -> None:
    execution = run({"TimeoutSeconds": 30, **WAITING})
    advance(30)
    assert execution.status == "TIMED_OUT"
    assert execution.types()[-1] == "ExecutionTimedOut"


def test_executions_are_listed_the_newest_first(
    sfn: Any, create: Callable[..., str], start: Callable[..., Execution], advance: Callable[[float], None]
) -> None:
    arn = create(WAITING)
    for number in range(3):
        start(arn, name=f"e{number}")
        advance(1)
    sfn.stop_execution(executionArn=arn.replace("stateMachine", "execution") + ":e1")
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=arn, PaginationConfig={"PageSize": 2})
    assert [[each["name"] for each in page["executions"]] for page in pages] == [["e2", "e1"], ["e0"]]
    (aborted,) = sfn.list_executions(stateMachineArn=arn, statusFilter="ABORTED")["executions"]
    assert aborted["name"] == "e1"


def test_a_history_is_read_in_pages_and_backwards(run: Callable[..., Execution]) -> None:
    states = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(10)}
    execution = run(machine("S0", **states, S10=passing()))
    forward = [event["id"] for event in execution.events(PaginationConfig={"PageSize": 7})]
    assert forward == list(range(1, 25))
    assert [event["id"] for event in execution.events(reverseOrder=True, PaginationConfig={"PageSize": 7})] == forward[::-1]


def test_a_history_may_be_read_without_its_data(run: Callable[..., Execution]) -> None:
    events = run(machine(S=passing())).events(includeExecutionData=False)
    assert events[1]["stateEnteredEventDetails"] == {"name": "S"}


def test_what_is_not_there_is_said_not_to_be(refused: Refused, account: str) -> None:
    arn = f"arn:aws:states:us-east-1:{account}:execution:m:e"
    expected = ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    assert refused("describe_execution", executionArn=arn) == expected
    assert refused("get_execution_history", executionArn=arn) == expected
    assert refused("describe_execution", executionArn="arn:aws:sqs:::x")[0] == "InvalidArn"
    assert refused("get_execution_history", executionArn=arn, nextToken="junk")[0] in ("InvalidToken", "ExecutionDoesNotExist")


BROKEN = """
seen = []
def handler(event, context):
    seen.append(event)
    if event == 2 and seen.count(2) < 2:
        raise ValueError("not yet")
    return seen.count(event)
"""


def test_a_redrive_goes_on_where_it_failed(
    run: Callable[..., Execution], sfn: Any, function: Callable[..., str], advance: Callable[[float], None], refused: Refused
) -> None:
    arn = function(BROKEN)
    inner = machine(S={"Type": "Task", "Resource": arn, "End": True})
    mapping = {"Type": "Map", "ItemProcessor": inner, "End": True}
    execution = run(machine("A", A={"Type": "Pass", "Next": "M"}, M=mapping), [1, 2])
    assert execution.failure[0] == "ValueError"
    assert execution.described()["redriveStatus"] == "REDRIVABLE"
    sfn.redrive_execution(executionArn=execution.arn)
    advance(0)
    assert execution.described()["redriveCount"] == 1
    assert execution.types().count("ExecutionRedriven") == 1
    assert execution.types().count("PassStateEntered") == 1
    assert execution.output[1] == 2
    assert refused("redrive_execution", executionArn=execution.arn) == (
        "ExecutionNotRedrivable",
        "Execution is not redrivable: Execution is SUCCEEDED and cannot be redriven",
    )


def test_a_stopped_wait_is_waited_anew(run: Callable[..., Execution], sfn: Any, advance: Callable[[float], None]) -> None:
    execution = run(WAITING)
    sfn.stop_execution(executionArn=execution.arn)
    sfn.redrive_execution(executionArn=execution.arn)
    advance(59)
    assert execution.status == "RUNNING"
    advance(1)
    assert execution.status == "SUCCEEDED"


def test_a_definition_is_validated(sfn: Any) -> None:
    import json

    assert sfn.validate_state_machine_definition(definition=json.dumps(WAITING)) == {
        "result": "OK", "diagnostics": [], "truncated": False, "ResponseMetadata": ANY
    }  # fmt: skip
    (found,) = sfn.validate_state_machine_definition(definition="{}")["diagnostics"]
    assert found == {
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "message": "These fields are required: [States, StartAt]",
        "location": "/",
    }
