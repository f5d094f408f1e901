"""AWS' durable execution SDK across kill -9: what has been checkpointed is replayed, and what waits waits on."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from tests.durable_sdk import archive
from tests.lives import ACCOUNT, Life, living

ROLE = f"arn:aws:iam::{ACCOUNT}:role/durable"
APP = """
import time
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration

@durable_execution
def handler(event, context):
    done = []
    for number in range(30):
        done.append(context.step(lambda _: time.sleep(0.05) or print("did", number) or number, name=f"step {number}"))
    context.wait(Duration.from_seconds(1))
    return done
"""


def make(life: Life) -> Any:
    aws = life.client("lambda")
    aws.create_function(
        FunctionName="f",
        Runtime=f"python3.{sys.version_info.minor}",
        Role=ROLE,
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": archive(APP)},
        DurableConfig={"ExecutionTimeout": 600},
    )
    aws.get_waiter("function_active_v2").wait(FunctionName="f")
    return aws


def steps_done(aws: Any, arn: str) -> int:
    told = aws.get_durable_execution_history(DurableExecutionArn=arn, MaxItems=1_000)["Events"]
    return sum(event["EventType"] == "StepSucceeded" for event in told)


def test_an_execution_that_was_killed_goes_on_behind_its_last_checkpoint(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        aws = make(life)
        arn = aws.invoke(FunctionName="f:$LATEST", InvocationType="Event", Payload=b"{}")["DurableExecutionArn"]
        while steps_done(aws, arn) < 5:
            threading.Event().wait(0.02)
        life.kill()
    with living(tmp_path) as life:
        aws = life.client("lambda")
        while (told := aws.get_durable_execution(DurableExecutionArn=arn))["Status"] == "RUNNING":
            threading.Event().wait(0.1)
        assert (told["Status"], json.loads(told["Result"])) == ("SUCCEEDED", list(range(30)))
        assert steps_done(aws, arn) == 30
        logs = life.client("logs").filter_log_events(logGroupName="/aws/lambda/f", filterPattern='"did"')["events"]
        done = [event["message"].strip() for event in logs]
        assert len(done) - len(set(done)) <= 1  # the step that ran when the platform was killed had no checkpoint yet
