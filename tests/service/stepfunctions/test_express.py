"""Express state machines: synchronous, asynchronous, and what they log."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from tests.service.stepfunctions.conftest import machine, passing

INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$"}}


@pytest.fixture
def sync(still: Any, account: str) -> Callable[..., Any]:
    """StartSyncExecution, by a client that does not change the host's name."""
    import boto3

    client = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=still.url,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False),
    )
    return client.start_sync_execution


@pytest.fixture
def lines(client: Callable[..., Any]) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        found = client("logs").filter_log_events(logGroupName="/states")["events"]
        return [json.loads(each["message"]) for each in found]

    return read


@pytest.fixture
def logging(client: Callable[..., Any], account: str) -> dict[str, Any]:
    client("logs").create_log_group(logGroupName="/states")
    group = {"logGroupArn": f"arn:aws:logs:us-east-1:{account}:log-group:/states:*"}
    return {"level": "ALL", "includeExecutionData": True, "destinations": [{"cloudWatchLogsLogGroup": group}]}


def test_a_synchronous_execution_answers_with_its_end(
    create: Callable[..., str], sync: Callable[..., Any], function: Callable[..., str]
) -> None:
    function()
    arn = create(machine(S=INVOKE | {"OutputPath": "$.Payload", "End": True}), type="EXPRESS")
    told = sync(stateMachineArn=arn, name="e", input='{"a": 1}')
    assert (told["status"], json.loads(told["output"]), told["name"]) == ("SUCCEEDED", {"a": 1}, "e")
    assert told["executionArn"].startswith(arn.replace("stateMachine", "express") + ":e:")
    assert told["billingDetails"]["billedMemoryUsedInMB"] == 64
    assert told["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0


def test_a_failure_is_an_answer(create: Callable[..., str], sync: Callable[..., Any]) -> None:
    told = sync(stateMachineArn=create(machine(S={"Type": "Fail", "Error": "E", "Cause": "c"}), type="EXPRESS"))
    assert (told["status"], told["error"], told["cause"]) == ("FAILED", "E", "c")


def test_a_standard_machine_is_not_run_synchronously(
    create: Callable[..., str], sync: Callable[..., Any], refused: Callable[..., tuple[str, str]]
) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        sync(stateMachineArn=create(machine(S=passing())))
    arn = create(machine(S=passing()), "express", type="EXPRESS")
    assert refused("list_executions", stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"


def test_an_asynchronous_execution_logs_what_happens(
    sfn: Any,
    create: Callable[..., str],
    advance: Callable[[float], None],
    logging: dict[str, Any],
    lines: Callable[[], list[dict[str, Any]]],
    refused: Callable[..., tuple[str, str]],
) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 10, "End": True})
    arn = create(waiting, type="EXPRESS", loggingConfiguration=logging)
    execution = sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"]
    advance(10)
    told = lines()
    assert [each["type"] for each in told] == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]
    assert told[0]["execution_arn"] == execution
    assert told[1]["details"] == {"name": "S", "input": '{"a": 1}', "inputDetails": {"truncated": False}}
    assert refused("describe_execution", executionArn=execution)[0] == "ExecutionDoesNotExist"


def test_an_express_execution_has_five_minutes(
    sfn: Any, create: Callable[..., str], advance: Callable[[float], None], logging: dict[str, Any], lines: Callable[[], Any]
) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 1_000, "End": True})
    sfn.start_execution(stateMachineArn=create(waiting, type="EXPRESS", loggingConfiguration=logging | {"level": "FATAL"}))
    advance(300)
    assert [each["type"] for each in lines()] == ["ExecutionTimedOut"]


def test_standard_executions_are_logged_as_their_machine_says(
    run: Callable[..., Any], logging: dict[str, Any], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    failing = machine(S=passing(Next="F") | {"End": False}, F={"Type": "Fail", "Error": "E"})
    run(failing, loggingConfiguration=logging | {"level": "ERROR", "includeExecutionData": False})
    assert [each["type"] for each in lines()] == ["FailStateEntered", "ExecutionFailed"]
    assert lines()[0]["details"] == {"name": "F"}


def test_each_run_starts_an_execution_of_its_own(create: Callable[..., str], sync: Callable[..., Any]) -> None:
    child = create(machine(S=passing()), "child")
    resource = "arn:aws:states:::states:startExecution"
    start = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": child}, "End": True}
    arn = create(machine(S=start), type="EXPRESS")
    begun = [json.loads(sync(stateMachineArn=arn)["output"])["ExecutionArn"] for _ in range(2)]
    assert len(set(begun)) == 2
