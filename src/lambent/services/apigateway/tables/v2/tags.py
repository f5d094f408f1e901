"""Rows of apigateway_tags: what a resource is tagged with, by its ARN."""

import json
from collections.abc import Mapping

from lambent.core.context import Scope
from lambent.store.database import Transaction

FIND_TAGS = "SELECT tags FROM apigateway_tags WHERE account = ? AND region = ? AND arn = ?"
PUT_TAGS = """
INSERT INTO apigateway_tags (account, region, arn, tags) VALUES (?, ?, ?, ?)
ON CONFLICT (account, region, arn) DO UPDATE SET tags = excluded.tags
"""
DELETE_TAGS = "DELETE FROM apigateway_tags WHERE account = ? AND region = ? AND arn = ?"
DELETE_TAGS_BELOW = "DELETE FROM apigateway_tags WHERE account = ? AND region = ? AND arn > ? AND arn < ?"


def find(tx: Transaction, scope: Scope, arn: str) -> dict[str, str]:
    found = tx.one(FIND_TAGS, (scope.account, scope.region, arn), into=str)
    tags: dict[str, str] = json.loads(found) if found else {}
    return tags


def put(tx: Transaction, scope: Scope, arn: str, tags: Mapping[str, str]) -> None:
    tx.run(PUT_TAGS, (scope.account, scope.region, arn, json.dumps(tags)))


def delete(tx: Transaction, scope: Scope, arn: str) -> None:
    """Those of the resource, and of what is below it."""
    tx.run(DELETE_TAGS, (scope.account, scope.region, arn))
    tx.run(DELETE_TAGS_BELOW, (scope.account, scope.region, f"{arn}/", f"{arn}0"))  # "0" comes right after "/"
