"""Terraform builds prepare, work, gather from a definition file, and a pipe that starts it: five items come back in order.

Run by ``make realtime``.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_kill_9 import zipped
from tests.acceptance.test_terraform import NOTHING_TO_DO, PROVIDER, SOMETHING_TO_DO, terraform_of

MILLISECONDS = [400, 100, 300, 200, 500]
ENDED_S_MAX = 60

APP = """
import time
def prepare(event, context):
    return {"items": [{"index": index, "ms": ms} for index, ms in enumerate(event["ms"])]}
def work(event, context):
    time.sleep(event["ms"] / 1000)
    return {"index": event["index"], "slept": event["ms"]}
def gather(event, context):
    return {"count": len(event), "results": event}
"""

DEFINITION = """{
  "StartAt": "Prepare",
  "States": {
    "Prepare": {"Type": "Task", "Resource": "${functions.prepare}", "Next": "Fan"},
    "Fan": {
      "Type": "Map",
      "ItemsPath": "$.items",
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Work",
        "States": {
          "Work": {
            "Type": "Task",
            "Resource": "${functions.work}",
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2}],
            "End": true
          }
        }
      },
      "Next": "Gather"
    },
    "Gather": {"Type": "Task", "Resource": "${functions.gather}", "End": true}
  }
}
"""

WORKFLOW = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "states.amazonaws.com", "pipes.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "rights" {
  statement {
    actions   = ["lambda:InvokeFunction", "states:StartExecution", "sqs:*"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "rights" {
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.rights.json
}

resource "aws_lambda_function" "step" {
  for_each         = toset(["prepare", "work", "gather"])
  function_name    = each.key
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  role             = aws_iam_role.worker.arn
  handler          = "app.${each.key}"
  runtime          = var.runtime
}

resource "aws_sfn_state_machine" "fan" {
  name       = "fan"
  role_arn   = aws_iam_role.worker.arn
  definition = templatefile("workflow.asl.json", {
    functions = { for name, function in aws_lambda_function.step : name => function.arn }
  })
  tags = { of = "mine" }
}

resource "aws_sqs_queue" "orders" { name = "orders" }

resource "aws_pipes_pipe" "orders" {
  name       = "orders"
  role_arn   = aws_iam_role.worker.arn
  source     = aws_sqs_queue.orders.arn
  target     = aws_sfn_state_machine.fan.arn
  depends_on = [aws_iam_role_policy.rights]
  source_parameters {
    sqs_queue_parameters { batch_size = 1 }
    filter_criteria {
      filter { pattern = jsonencode({ body = { ms = [{ exists = true }] } }) }
    }
  }
  target_parameters {
    input_template = "<$.body>"
    step_function_state_machine_parameters { invocation_type = "FIRE_AND_FORGET" }
  }
}
"""


@pytest.fixture
def terraform(tmp_path: Path, platform: Any, account: str) -> Callable[..., int]:
    (tmp_path / "function.zip").write_bytes(zipped("app.py", APP))
    (tmp_path / "workflow.asl.json").write_text(DEFINITION)
    return terraform_of(tmp_path, platform, account, provider=PROVIDER, workflow=WORKFLOW)


@pytest.mark.realtime
def test_terraform_builds_the_fan_from_a_file_and_five_items_come_back_in_order(
    terraform: Callable[..., int], client: Callable[..., Any], tmp_path: Path
) -> None:
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    sfn = client("stepfunctions")
    (machine,) = sfn.list_state_machines()["stateMachines"]
    output = ended(sfn, sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps({"ms": MILLISECONDS})))
    assert output == {"count": 5, "results": [{"index": n, "slept": ms} for n, ms in enumerate(MILLISECONDS)]}
    (tmp_path / "workflow.asl.json").write_text(DEFINITION.replace('"MaxAttempts": 2', '"MaxAttempts": 3'))
    assert terraform("plan", "-detailed-exitcode") == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    assert terraform("destroy", "-auto-approve") == 0
    assert sfn.list_state_machines()["stateMachines"] == client("pipes").list_pipes()["Pipes"] == []


def ended(sfn: Any, started: dict[str, Any]) -> Any:
    """The output of an execution, once it has ended."""
    until = time.monotonic() + ENDED_S_MAX
    while True:
        told = sfn.describe_execution(executionArn=started["executionArn"])
        if told["status"] != "RUNNING":
            assert told["status"] == "SUCCEEDED", told
            return json.loads(told["output"])
        assert time.monotonic() < until, "it has not ended"
