"""TestState: one state alone."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.service.stepfunctions.conftest import ROLE, machine, passing

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$"}}


@pytest.fixture
def tested(still: Any, account: str) -> Callable[..., Any]:
    """``tested({…state…}, input, …)``: the answer of TestState, without what is told of the response."""
    sfn = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=still.url,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False),
    )

    def call(state: Any, given: Any = None, **options: Any) -> Any:
        answer = sfn.test_state(definition=json.dumps(state), input=json.dumps({} if given is None else given), **options)
        del answer["ResponseMetadata"]
        return answer

    return call


def test_a_state_succeeds_and_names_the_next(tested: Callable[..., Any]) -> None:
    state = {"Type": "Pass", "Result": 5, "ResultPath": "$.r", "Next": "Other"}
    assert tested(state, {"a": 1}) == {"status": "SUCCEEDED", "output": '{"a":1,"r":5}', "nextState": "Other"}


def test_a_choice_says_where_it_goes(tested: Callable[..., Any]) -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}], "Default": "Other"}
    assert [tested(state, {"n": n})["nextState"] for n in (1, 2)] == ["One", "Other"]


def test_a_wait_does_not_wait(tested: Callable[..., Any]) -> None:
    assert tested({"Type": "Wait", "Seconds": 60, "Next": "N"}, 1) == {"status": "SUCCEEDED", "output": "1", "nextState": "N"}


def test_a_failure_is_told(tested: Callable[..., Any]) -> None:
    assert tested({"Type": "Fail", "Error": "E", "Cause": "c"}) == {"status": "FAILED", "error": "E", "cause": "c"}


def test_a_task_does_its_work(tested: Callable[..., Any], function: Callable[..., str]) -> None:
    function()
    told = tested(TASK | {"OutputPath": "$.Payload", "End": True}, {"a": 1}, roleArn=ROLE)
    assert told == {"status": "SUCCEEDED", "output": '{"a":1}'}


def test_a_mock_stands_for_the_work(tested: Callable[..., Any]) -> None:
    state = TASK | {"ResultSelector": {"r.$": "$.x"}, "ResultPath": "$.y", "Next": "N"}
    told = tested(state, {"a": 1}, mock={"result": '{"x": 7}'}, inspectionLevel="DEBUG")
    assert (told["output"], told["nextState"]) == ('{"a":1,"y":{"r":7}}', "N")
    assert told["inspectionData"] == {
        "input": '{"a": 1}',
        "afterInputPath": '{"a":1}',
        "afterParameters": '{"FunctionName":"f","Payload":{"a":1}}',
        "result": '{"x":7}',
        "afterResultSelector": '{"r":7}',
        "afterResultPath": '{"a":1,"y":{"r":7}}',
    }


def test_a_mocked_error_is_retriable_or_caught(tested: Callable[..., Any]) -> None:
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2}]
    state = TASK | {"Retry": retry, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": True}
    mock = {"errorOutput": {"error": "E", "cause": "c"}}
    first = tested(state, mock=mock, inspectionLevel="DEBUG")
    assert (first["status"], first["error"]) == ("RETRIABLE", "E")
    assert first["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}
    last = tested(state, mock=mock, stateConfiguration={"retrierRetryCount": 2})
    assert (last["status"], last["nextState"], json.loads(last["output"])) == (
        "CAUGHT_ERROR",
        "C",
        {"Error": "E", "Cause": "c"},
    )


def test_a_state_is_found_in_its_machine_and_sees_variables(tested: Callable[..., Any]) -> None:
    definition = machine("A", A={"Type": "Pass", "Next": "B"}, B=passing(Parameters={"x.$": "$x"}))
    assert tested(definition, stateName="B", variables='{"x": 5}')["output"] == '{"x":5}'


@pytest.mark.parametrize(
    ("state", "options", "code"),
    [
        ({"Type": "Odd"}, {}, "InvalidDefinition"),
        (passing(), {"mock": {"result": "1"}}, "ValidationException"),
        (TASK | {"End": True}, {"mock": {"result": "{"}}, "ValidationException"),
        (TASK | {"End": True}, {}, "ValidationException"),
        (machine(S=passing()), {"stateName": "T"}, "ValidationException"),
    ],
)
def test_what_cannot_be_tested_is_refused(tested: Callable[..., Any], state: Any, options: Any, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        tested(state, **options)
    assert caught.value.response["Error"]["Code"] == code
