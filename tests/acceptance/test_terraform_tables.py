"""Terraform creates, changes and destroys tables, and finds nothing to do when it looks again. Run by ``make realtime``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_terraform import NOTHING_TO_DO, PROVIDER, SOMETHING_TO_DO, terraform

__all__ = ["terraform"]

TABLES = """
variable "has_second_index" { default = false }

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "customer"
  range_key        = "at"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  tags             = { of = "mine" }

  attribute {
    name = "customer"
    type = "S"
  }
  attribute {
    name = "at"
    type = "N"
  }
  attribute {
    name = "kind"
    type = "S"
  }

  global_secondary_index {
    name            = "by_kind"
    hash_key        = "kind"
    range_key       = "at"
    projection_type = "ALL"
  }
  dynamic "global_secondary_index" {
    for_each = var.has_second_index ? [1] : []
    content {
      name               = "by_time"
      hash_key           = "at"
      projection_type    = "INCLUDE"
      non_key_attributes = ["total"]
    }
  }
  local_secondary_index {
    name            = "local"
    range_key       = "kind"
    projection_type = "KEYS_ONLY"
  }
  ttl {
    attribute_name = "until"
    enabled        = true
  }
  point_in_time_recovery { enabled = true }
  server_side_encryption { enabled = true }
}

resource "aws_dynamodb_table" "provisioned" {
  name           = "provisioned"
  hash_key       = "id"
  read_capacity  = var.retries + 1
  write_capacity = 1
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_table_item" "first" {
  table_name = aws_dynamodb_table.provisioned.name
  hash_key   = "id"
  item       = jsonencode({ id = { S = "first" }, n = { N = "1" } })
}
"""


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_tables(
    terraform: Callable[..., int], client: Callable[..., Any], tmp_path: Path
) -> None:
    for other in tmp_path.glob("*.tf"):
        other.unlink()
    (tmp_path / "tables.tf").write_text(PROVIDER + TABLES)
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    changed = {"has_second_index": "true", "retries": "4"}
    assert terraform("plan", "-detailed-exitcode", **changed) == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve", **changed) == 0
    assert terraform("plan", "-detailed-exitcode", **changed) == NOTHING_TO_DO
    assert terraform("destroy", "-auto-approve", **changed) == 0
    assert client("dynamodb").list_tables()["TableNames"] == []
