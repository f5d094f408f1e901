"""Terraform creates, changes and destroys streams of Kinesis, and finds nothing to do when it looks again."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.test_terraform import NOTHING_TO_DO, SOMETHING_TO_DO, terraform_of

PROVIDER = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}

variable "endpoint" {}
variable "shards" { default = 2 }
variable "retention_h" { default = 48 }

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    kinesis = var.endpoint
    sts     = var.endpoint
  }
}
"""

STREAMS = """
resource "aws_kinesis_stream" "clicks" {
  name                = "clicks"
  shard_count         = var.shards
  retention_period    = var.retention_h
  shard_level_metrics = ["IncomingBytes", "OutgoingBytes"]
  encryption_type     = "KMS"
  kms_key_id          = "alias/aws/kinesis"
  tags                = { of = "mine", retention = var.retention_h }
}

resource "aws_kinesis_stream" "demand" {
  name                      = "demand"
  enforce_consumer_deletion = true
  stream_mode_details { stream_mode = "ON_DEMAND" }
}

resource "aws_kinesis_stream_consumer" "reader" {
  name       = "reader"
  stream_arn = aws_kinesis_stream.clicks.arn
}

resource "aws_kinesis_resource_policy" "clicks" {
  resource_arn = aws_kinesis_stream.clicks.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "999988887777" }
      Action    = ["kinesis:PutRecord"]
      Resource  = aws_kinesis_stream.clicks.arn
    }]
  })
}
"""


@pytest.fixture
def terraform(tmp_path: Any, platform: Any, account: str) -> Callable[..., int]:
    return terraform_of(tmp_path, platform, account, provider=PROVIDER, streams=STREAMS)


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_streams_without_a_difference_on_the_second_plan(
    terraform: Callable[..., int], client: Any
) -> None:
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    for changed in ({"shards": "3", "retention_h": "72"},):
        assert terraform("plan", "-detailed-exitcode", **changed) == SOMETHING_TO_DO
        assert terraform("apply", "-auto-approve", **changed) == 0
        assert terraform("plan", "-detailed-exitcode", **changed) == NOTHING_TO_DO
    summary = client("kinesis").describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (3, 72)
    assert terraform("destroy", "-auto-approve") == 0
    assert client("kinesis").list_streams()["StreamNames"] == []
