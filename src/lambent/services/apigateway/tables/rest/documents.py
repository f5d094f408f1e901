"""Rows of apigateway_rest_documents: all that a REST API is made of, each part a document under AWS' names.

``owner`` is what the part belongs to (an API, a usage plan, a domain name), "" where that is the account alone.
"""

import json
from collections.abc import Mapping
from typing import Any

from lambent.core.context import Scope
from lambent.store.database import Transaction

Document = dict[str, Any]

_KEY = "account = ? AND region = ? AND kind = ? AND owner = ? AND id = ?"
FIND = f"SELECT document FROM apigateway_rest_documents WHERE {_KEY}"  # noqa: S608 - column names only
LIST = "SELECT document FROM apigateway_rest_documents WHERE account = ? AND region = ? AND kind = ? AND owner = ? ORDER BY id"
COUNT = "SELECT COUNT(*) FROM apigateway_rest_documents WHERE account = ? AND region = ? AND kind = ? AND owner = ?"
LIST_OF_ALL_OWNERS = (
    "SELECT owner, document FROM apigateway_rest_documents WHERE account = ? AND region = ? AND kind = ? ORDER BY owner, id"
)
FIND_ANYWHERE = (
    "SELECT account, region, document FROM apigateway_rest_documents WHERE kind = ? AND id = ? ORDER BY account LIMIT 1"
)
PUT = """
INSERT INTO apigateway_rest_documents (account, region, kind, owner, id, document) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, kind, owner, id) DO UPDATE SET document = excluded.document
"""
DELETE = f"DELETE FROM apigateway_rest_documents WHERE {_KEY}"  # noqa: S608 - column names only
DELETE_OWNED = "DELETE FROM apigateway_rest_documents WHERE account = ? AND region = ? AND owner = ?"


def find(tx: Transaction, scope: Scope, kind: str, owner: str, id_: str) -> Document | None:
    return tx.one(FIND, (scope.account, scope.region, kind, owner, id_), into=json.loads)


def of_owner(tx: Transaction, scope: Scope, kind: str, owner: str) -> list[Document]:
    """By id."""
    return tx.all(LIST, (scope.account, scope.region, kind, owner), into=json.loads)


def count(tx: Transaction, scope: Scope, kind: str, owner: str) -> int:
    return tx.one(COUNT, (scope.account, scope.region, kind, owner), into=int) or 0


def of_all_owners(tx: Transaction, scope: Scope, kind: str) -> list[tuple[str, Document]]:
    """With the owner of each."""
    return tx.all(LIST_OF_ALL_OWNERS, (scope.account, scope.region, kind), into=_owned)


def anywhere(tx: Transaction, kind: str, id_: str) -> tuple[Scope, Document] | None:
    """What is called so in whatever account and region."""
    return tx.one(FIND_ANYWHERE, (kind, id_), into=_placed)


def put(tx: Transaction, scope: Scope, kind: str, owner: str, id_: str, document: Mapping[str, Any]) -> None:
    tx.run(PUT, (scope.account, scope.region, kind, owner, id_, json.dumps(document)))


def delete(tx: Transaction, scope: Scope, kind: str, owner: str, id_: str) -> bool:
    """False where there is none."""
    return tx.run(DELETE, (scope.account, scope.region, kind, owner, id_)) > 0


def delete_owned(tx: Transaction, scope: Scope, owner: str) -> None:
    """All parts of an owner, of whatever kind."""
    tx.run(DELETE_OWNED, (scope.account, scope.region, owner))


def _owned(owner: str, document: str) -> tuple[str, Document]:
    return owner, json.loads(document)


def _placed(account: str, region: str, document: str) -> tuple[Scope, Document]:
    return Scope(account, region), json.loads(document)
