"""Rows of apigateway_apis."""

import msgspec

from lambent.core.context import Scope
from lambent.services.apigateway.engine.records import Api
from lambent.store.database import Transaction

FIND_API = "SELECT record FROM apigateway_apis WHERE api_id = ?"
PAGE_OF_APIS = """
SELECT record FROM apigateway_apis WHERE account = ? AND region = ? AND api_id > ? ORDER BY api_id LIMIT ?
"""
COUNT_APIS = "SELECT count(*) FROM apigateway_apis WHERE account = ? AND region = ?"
PUT_API = """
INSERT INTO apigateway_apis (account, region, api_id, record) VALUES (?, ?, ?, ?)
ON CONFLICT (api_id) DO UPDATE SET record = excluded.record
"""
DELETE_API = "DELETE FROM apigateway_apis WHERE api_id = ?"


def find(tx: Transaction, api_id: str) -> Api | None:
    """Of whichever account: who lets callers in by account compares the scope."""
    return tx.one(FIND_API, (api_id,), into=_api)


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[Api]:
    return tx.all(PAGE_OF_APIS, (scope.account, scope.region, after, count_max), into=_api)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_APIS, (scope.account, scope.region), into=int) or 0


def put(tx: Transaction, api: Api) -> None:
    tx.run(PUT_API, (api.scope.account, api.scope.region, api.api_id, msgspec.json.encode(api).decode()))


def delete(tx: Transaction, api_id: str) -> None:
    tx.run(DELETE_API, (api_id,))


def _api(record: str) -> Api:
    return msgspec.json.decode(record, type=Api)
