"""Terraform creates, changes and destroys what events need, and finds nothing to do when it looks again.

Runs where ``terraform`` is on PATH and its aws provider on the machine: where terraform looks for local mirrors, in
the plugin cache, or below /opt. The provider waits half a minute after each change of a queue, so ``make realtime`` runs it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_kill_9 import zipped

NOTHING_TO_DO, SOMETHING_TO_DO = 0, 2  # what `plan -detailed-exitcode` ends with

MIRRORS = ("~/.terraform.d/plugins", "~/.terraform.d/plugin-cache", "/usr/local/share/terraform/plugins", "/opt/*")
AWS_PROVIDER = "registry.terraform.io/hashicorp/aws"

PROVIDER = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}

variable "endpoint" {}
variable "runtime" {}
variable "visibility_s" { default = 60 }
variable "retries" { default = 1 }

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    dynamodb  = var.endpoint
    iam       = var.endpoint
    kinesis   = var.endpoint
    lambda    = var.endpoint
    logs      = var.endpoint
    pipes     = var.endpoint
    scheduler = var.endpoint
    sfn       = var.endpoint
    sns       = var.endpoint
    sqs       = var.endpoint
    sts       = var.endpoint
  }
}
"""

QUEUES = """
resource "aws_sqs_queue" "dead" { name = "dead" }

resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = var.visibility_s
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
  tags                       = { of = "mine" }
}

resource "aws_sqs_queue" "ordered" {
  name                        = "ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
}

data "aws_iam_policy_document" "from_topic" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.orders.arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "from_topic" {
  queue_url = aws_sqs_queue.orders.id
  policy    = data.aws_iam_policy_document.from_topic.json
}
"""

TOPICS = """
resource "aws_sns_topic" "news" {
  name = "news"
  tags = { of = "mine" }
}

resource "aws_sns_topic_subscription" "orders" {
  topic_arn            = aws_sns_topic.news.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.orders.arn
  raw_message_delivery = true
  filter_policy        = jsonencode({ kind = ["order"] })
}
"""

SCHEDULES = """
resource "aws_iam_role" "clock" {
  name = "clock"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "scheduler.amazonaws.com" } }]
  })
}

resource "aws_scheduler_schedule_group" "of_orders" {
  name = "of-orders"
  tags = { of = "mine" }
}

resource "aws_scheduler_schedule" "daily" {
  name                         = "daily"
  group_name                   = aws_scheduler_schedule_group.of_orders.name
  schedule_expression          = "cron(0 9 ? * MON-FRI *)"
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }
  target {
    arn      = aws_sqs_queue.orders.arn
    role_arn = aws_iam_role.clock.arn
    input    = jsonencode({ order = "daily" })
    dead_letter_config { arn = aws_sqs_queue.dead.arn }
    retry_policy { maximum_retry_attempts = var.retries }
  }
}

resource "aws_scheduler_schedule" "plain" {
  name                = "plain"
  schedule_expression = "rate(1 days)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_sqs_queue.orders.arn
    role_arn = aws_iam_role.clock.arn
  }
}
"""

FUNCTIONS = """
resource "aws_iam_role" "handler" {
  name = "handler"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "handler" {
  role = aws_iam_role.handler.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:*", "kinesis:*", "dynamodb:*"], Resource = "*" }]
  })
}

resource "aws_lambda_function" "handler" {
  function_name    = "handler"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  handler          = "app.handler"
  runtime          = var.runtime
  role             = aws_iam_role.handler.arn
  timeout          = 10
  depends_on       = [aws_iam_role_policy.handler]
  dead_letter_config { target_arn = aws_sqs_queue.dead.arn }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn        = aws_sqs_queue.orders.arn
  function_name           = aws_lambda_function.handler.arn
  batch_size              = 5
  function_response_types = ["ReportBatchItemFailures"]
}

resource "aws_lambda_function_event_invoke_config" "handler" {
  function_name          = aws_lambda_function.handler.function_name
  maximum_retry_attempts = var.retries
  destination_config {
    on_failure { destination = aws_sqs_queue.dead.arn }
  }
}
"""


@pytest.fixture
def terraform(tmp_path, platform, account) -> Callable[..., int]:
    """``terraform("plan", retries="0")``: runs a command on the configuration; its exit code."""
    (tmp_path / "function.zip").write_bytes(zipped("app.py", "def handler(event, context):\n    return {}\n"))
    return terraform_of(
        tmp_path, platform, account, provider=PROVIDER, queues=QUEUES, topics=TOPICS, schedules=SCHEDULES, functions=FUNCTIONS
    )


def terraform_of(folder: Path, platform: Any, account: str, **texts: str) -> Callable[..., int]:
    """Runs commands on a configuration of these files; it is initialised."""
    command = shutil.which("terraform")
    if command is None:
        pytest.skip("terraform is not on this machine")
    for name, text in texts.items():
        (folder / f"{name}.tf").write_text(text)
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_VAR_endpoint": platform.url,
        "TF_VAR_runtime": f"python3.{sys.version_info[1]}",
    }

    def run(*arguments: str, **given: str) -> int:
        chosen = {f"TF_VAR_{name}": value for name, value in given.items()}
        done = subprocess.run(
            [command, *arguments, "-no-color"],
            cwd=folder,
            env=variables | chosen,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode == 1:
            pytest.fail(f"terraform {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}")
        return done.returncode

    run("init", f"-plugin-dir={_mirror()}")
    return run


def _mirror() -> Path:
    """A folder of providers that holds that of aws."""
    roots = [Path(os.environ["TF_PLUGIN_CACHE_DIR"])] if "TF_PLUGIN_CACHE_DIR" in os.environ else []
    for pattern in MIRRORS:
        path = Path(pattern).expanduser()
        roots += path.parent.glob(path.name)
    found = next((root for root in roots if (root / AWS_PROVIDER).is_dir()), None)
    if found is None:
        pytest.skip("the aws provider of terraform is not on this machine")
    return found


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_without_a_difference_on_the_second_plan(terraform, client):
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    changed = {"visibility_s": "90", "retries": "0"}
    assert terraform("plan", "-detailed-exitcode", **changed) == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve", **changed) == 0
    assert terraform("plan", "-detailed-exitcode", **changed) == NOTHING_TO_DO
    assert terraform("destroy", "-auto-approve", **changed) == 0
    assert "QueueUrls" not in client("sqs").list_queues()
    assert client("lambda").list_functions()["Functions"] == []
    assert client("scheduler").list_schedules()["Schedules"] == []


@pytest.mark.realtime
@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not on this machine")
def test_the_terraform_page_works_as_it_is_written_where_the_variables_of_lambent_env_are_set(tmp_path, platform, account):
    page = (Path(__file__).parents[2] / "docs/terraform.md").read_text()
    (script,) = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    script = script.replace("terraform init", f"terraform init -plugin-dir='{_mirror()}'")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))} | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    script = script.replace("python3.12", f"python3.{sys.version_info[1]}").replace("000000000000", account)
    done = subprocess.run(
        ["sh", "-eu", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith('{"greeting": "Hello, Ada"}\n')
