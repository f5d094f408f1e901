"""Function URLs: at most one of a function's unqualified self, and one of each alias."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables.functions import signal_changed
from lambent.store.database import Transaction


class UrlRow(Struct, frozen=True):
    """``alias``: "" where the URL is the unqualified function's. ``cors``: as AWS tells it; None where there is none."""

    scope: Scope
    function_name: str
    alias: str
    id: str
    auth_type: str  # "NONE" or "AWS_IAM"
    invoke_mode: str  # "BUFFERED" or "RESPONSE_STREAM"
    cors: Mapping[str, Any] | None
    created_at: Instant
    modified_at: Instant

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name, self.alias or None)


_COLUMNS = "account, region, function, alias, id, auth_type, invoke_mode, cors, created_at, modified_at"
PUT_URL = f"""
INSERT INTO lambda_function_urls ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, function, alias) DO UPDATE SET auth_type = excluded.auth_type,
    invoke_mode = excluded.invoke_mode, cors = excluded.cors, modified_at = excluded.modified_at
"""  # noqa: S608 - column names only
FIND_URL = f"SELECT {_COLUMNS} FROM lambda_function_urls WHERE account = ? AND region = ? AND function = ? AND alias = ?"  # noqa: S608
FIND_URL_BY_ID = f"SELECT {_COLUMNS} FROM lambda_function_urls WHERE id = ?"  # noqa: S608
LIST_URLS = f"""
SELECT {_COLUMNS} FROM lambda_function_urls WHERE account = ? AND region = ? AND function = ? AND alias >= ?
ORDER BY alias LIMIT ?
"""  # noqa: S608
DELETE_URL = "DELETE FROM lambda_function_urls WHERE account = ? AND region = ? AND function = ? AND alias = ?"
DELETE_URLS = "DELETE FROM lambda_function_urls WHERE account = ? AND region = ? AND function = ?"


def put_url(tx: Transaction, row: UrlRow) -> None:
    """Inserts the URL, or changes it; its id stays."""
    cors = "" if row.cors is None else json.dumps(row.cors)
    what = (row.id, row.auth_type, row.invoke_mode, cors, row.created_at, row.modified_at)
    tx.run(PUT_URL, (*_key(row.function), row.alias, *what))
    signal_changed(tx, row.function)


def find_url(tx: Transaction, function: FunctionName) -> UrlRow | None:
    """That of the alias which is the qualifier, or of the function itself."""
    return tx.one(FIND_URL, (*_key(function), function.qualifier or ""), into=_url)


def find_url_by_id(tx: Transaction, url_id: str) -> UrlRow | None:
    """Whosever it is."""
    return tx.one(FIND_URL_BY_ID, (url_id,), into=_url)


def list_urls(tx: Transaction, function: FunctionName, *, start: str, count_max: int) -> list[UrlRow]:
    """The function's own first, then by alias, from the alias ``start`` on."""
    return tx.all(LIST_URLS, (*_key(function), start, count_max), into=_url)


def delete_url(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_URL, (*_key(function), function.qualifier or ""))
    signal_changed(tx, function)


def delete_urls_of_function(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_URLS, _key(function))


def _key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _url(
    account: str,
    region: str,
    function: str,
    alias: str,
    url_id: str,
    auth_type: str,
    invoke_mode: str,
    cors: str,
    created_at: Instant,
    modified_at: Instant,
) -> UrlRow:
    read = json.loads(cors) if cors else None
    return UrlRow(Scope(account, region), function, alias, url_id, auth_type, invoke_mode, read, created_at, modified_at)
