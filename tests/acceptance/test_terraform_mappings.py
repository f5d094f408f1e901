"""Terraform creates, changes and destroys mappings of streams and tables, and finds nothing to do when it looks again."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.test_kill_9 import zipped
from tests.acceptance.test_terraform import FUNCTIONS, NOTHING_TO_DO, PROVIDER, QUEUES, SOMETHING_TO_DO, terraform_of

STREAMS = """
resource "aws_kinesis_stream" "clicks" {
  name        = "clicks"
  shard_count = 2
}

resource "aws_dynamodb_table" "things" {
  name             = "things"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn                   = aws_kinesis_stream.clicks.arn
  function_name                      = aws_lambda_function.handler.arn
  starting_position                  = "LATEST"
  parallelization_factor             = 2
  maximum_retry_attempts             = var.retries
  bisect_batch_on_function_error     = true
  maximum_batching_window_in_seconds = 1
  destination_config {
    on_failure { destination_arn = aws_sqs_queue.dead.arn }
  }
  filter_criteria {
    filter { pattern = jsonencode({ data = { kind = ["click"] } }) }
  }
}

resource "aws_lambda_event_source_mapping" "things" {
  event_source_arn           = aws_dynamodb_table.things.stream_arn
  function_name              = aws_lambda_function.handler.arn
  starting_position          = "TRIM_HORIZON"
  tumbling_window_in_seconds = 60
}
"""


@pytest.fixture
def terraform(tmp_path: Any, platform: Any, account: str) -> Callable[..., int]:
    (tmp_path / "function.zip").write_bytes(zipped("app.py", "def handler(event, context):\n    return {}\n"))
    return terraform_of(tmp_path, platform, account, provider=PROVIDER, queues=QUEUES, functions=FUNCTIONS, streams=STREAMS)


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_mappings_without_a_difference_on_the_second_plan(
    terraform: Callable[..., int], client: Any
) -> None:
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    assert terraform("plan", "-detailed-exitcode", retries="0") == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve", retries="0") == 0
    assert terraform("plan", "-detailed-exitcode", retries="0") == NOTHING_TO_DO
    assert terraform("destroy", "-auto-approve", retries="0") == 0
    assert client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
