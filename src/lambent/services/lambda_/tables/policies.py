"""Resource policies of functions, versions, aliases and layer versions: one row each, the statements as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.context import Scope
from lambent.store.database import Transaction

Statement = Mapping[str, Any]
"""A policy statement as AWS writes it: Sid, Effect, Principal, Action, Resource, Condition."""


class PolicyRow(Struct, frozen=True):
    """``resource`` is "function:NAME", "function:NAME:QUALIFIER" or "layer:NAME:VERSION"."""

    scope: Scope
    resource: str
    statements: Sequence[Statement]
    revision_id: str


PUT_POLICY = """
INSERT INTO lambda_policies (account, region, resource, statements, revision_id) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, resource) DO UPDATE SET statements = excluded.statements, revision_id = excluded.revision_id
"""
FIND_POLICY = """
SELECT account, region, resource, statements, revision_id FROM lambda_policies
WHERE account = ? AND region = ? AND resource = ?
"""
DELETE_POLICY = "DELETE FROM lambda_policies WHERE account = ? AND region = ? AND resource = ?"
DELETE_POLICIES_OF_FUNCTION = """
DELETE FROM lambda_policies WHERE account = ? AND region = ? AND (resource = ? OR (resource > ? AND resource < ?))
"""


def put_policy(tx: Transaction, row: PolicyRow) -> None:
    statements = json.dumps(list(row.statements), separators=(",", ":"))
    tx.run(PUT_POLICY, (row.scope.account, row.scope.region, row.resource, statements, row.revision_id))


def find_policy(tx: Transaction, scope: Scope, resource: str) -> PolicyRow | None:
    return tx.one(FIND_POLICY, (scope.account, scope.region, resource), into=_policy)


def delete_policy(tx: Transaction, scope: Scope, resource: str) -> None:
    tx.run(DELETE_POLICY, (scope.account, scope.region, resource))


def delete_policies_of_function(tx: Transaction, scope: Scope, name: str) -> None:
    """The function's own policy and those of its versions and aliases."""
    resource = f"function:{name}"
    # ";" follows ":" in the order of characters: the range holds exactly what begins with "function:NAME:".
    tx.run(DELETE_POLICIES_OF_FUNCTION, (scope.account, scope.region, resource, f"{resource}:", f"{resource};"))


def _policy(account: str, region: str, resource: str, statements: str, revision_id: str) -> PolicyRow:
    return PolicyRow(Scope(account, region), resource, json.loads(statements), revision_id)
