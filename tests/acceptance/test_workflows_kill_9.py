"""An execution goes on where it stood, also across kill -9: nothing that is finished is done again, nothing is lost."""

import io
import json
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.lives import ACCOUNT, Life, living

ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
WORK = "import time\ndef handler(event, context):\n    time.sleep(0.05)\n    return event * 2\n"


def fan(count: int, **fields: Any) -> dict[str, Any]:
    work = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "work", "Payload.$": "$"},
    }
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]
    inner = {"StartAt": "W", "States": {"W": {**work, "OutputPath": "$.Payload", "Retry": retry, "End": True}}}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": True, **fields}}}


def make(life: Life, definition: Any) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", WORK)
    aws = life.client("lambda")
    runtime = f"python3.{sys.version_info.minor}"
    code = {"ZipFile": content.getvalue()}
    aws.create_function(FunctionName="work", Runtime=runtime, Role=ROLE, Handler="app.handler", Code=code)
    aws.get_waiter("function_active_v2").wait(FunctionName="work")
    sfn = life.client("stepfunctions")
    return str(sfn.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"])


def ended(life: Life, execution: str) -> dict[str, Any]:
    """The execution, described once it has ended."""
    sfn = life.client("stepfunctions")
    for _ in range(600):
        told: dict[str, Any] = sfn.describe_execution(executionArn=execution)
        if told["status"] != "RUNNING":
            return told
        threading.Event().wait(0.1)
    raise AssertionError("it does not end")


@pytest.mark.parametrize("kills", [1, 3])
def test_a_map_is_finished_in_order_whenever_the_platform_died(tmp_path: Path, kills: int) -> None:
    with living(tmp_path) as life:
        sfn = life.client("stepfunctions")
        arn = make(life, fan(100, MaxConcurrency=5))
        execution = sfn.start_execution(stateMachineArn=arn, name="e", input=json.dumps(list(range(100))))["executionArn"]
        threading.Event().wait(0.3)
        life.kill()
    for _ in range(kills - 1):
        with living(tmp_path) as life:
            threading.Event().wait(0.4)
            life.kill()
    with living(tmp_path) as life:
        told = ended(life, execution)
        assert told["status"] == "SUCCEEDED", told
        assert json.loads(told["output"]) == [number * 2 for number in range(100)]
        sfn = life.client("stepfunctions")
        pages = sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert sum(event["type"] == "MapIterationSucceeded" for event in events) == 100
    assert sum(event["type"] == "TaskSucceeded" for event in events) == 100


def test_an_acknowledged_execution_waits_on(tmp_path: Path) -> None:
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3, "End": True}}}
    with living(tmp_path) as life:
        sfn = life.client("stepfunctions")
        arn = sfn.create_state_machine(name="m", definition=json.dumps(waiting), roleArn=ROLE)["stateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"]
        life.kill()
    with living(tmp_path) as life:
        told = ended(life, execution)
    assert (told["status"], told["output"]) == ("SUCCEEDED", '{"a": 1}')
    assert (told["stopDate"] - told["startDate"]).total_seconds() >= 2.9
