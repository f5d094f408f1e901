"""Aliases: names for one version, or for two with weights."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables.functions import signal_changed
from lambent.store.database import Transaction

ROWS_MAX = 2**31
"""No limit."""


class AliasRow(Struct, frozen=True):
    """``weights``: version number -> the share of invocations that goes there; the rest goes to ``version``."""

    scope: Scope
    function_name: str
    name: str
    version: int
    description: str
    weights: Mapping[int, float]
    revision_id: str

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name)

    @property
    def arn(self) -> str:
        return f"{self.function.arn}:{self.name}"


_COLUMNS = "account, region, function, name, version, description, weights, revision_id"
PUT_ALIAS = f"""
INSERT INTO lambda_aliases ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, function, name) DO UPDATE SET version = excluded.version, description = excluded.description,
    weights = excluded.weights, revision_id = excluded.revision_id
"""  # noqa: S608 - column names only
FIND_ALIAS = f"SELECT {_COLUMNS} FROM lambda_aliases WHERE account = ? AND region = ? AND function = ? AND name = ?"  # noqa: S608
LIST_ALIASES = f"""
SELECT {_COLUMNS} FROM lambda_aliases WHERE account = ? AND region = ? AND function = ? AND name >= ? ORDER BY name LIMIT ?
"""  # noqa: S608
DELETE_ALIAS = "DELETE FROM lambda_aliases WHERE account = ? AND region = ? AND function = ? AND name = ?"
DELETE_ALIASES = "DELETE FROM lambda_aliases WHERE account = ? AND region = ? AND function = ?"


def put_alias(tx: Transaction, row: AliasRow) -> None:
    """Inserts the alias or replaces it."""
    key = (row.scope.account, row.scope.region, row.function_name, row.name)
    tx.run(PUT_ALIAS, (*key, row.version, row.description, json.dumps(row.weights), row.revision_id))
    signal_changed(tx, row.function)


def find_alias(tx: Transaction, function: FunctionName, name: str) -> AliasRow | None:
    return tx.one(FIND_ALIAS, (*_key(function), name), into=_alias)


def list_aliases(tx: Transaction, function: FunctionName, *, start: str = "", count_max: int = ROWS_MAX) -> list[AliasRow]:
    """By name, from the name ``start`` on."""
    return tx.all(LIST_ALIASES, (*_key(function), start, count_max), into=_alias)


def delete_alias(tx: Transaction, function: FunctionName, name: str) -> None:
    tx.run(DELETE_ALIAS, (*_key(function), name))
    signal_changed(tx, function)


def delete_aliases(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_ALIASES, _key(function))


def _key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _alias(
    account: str, region: str, function: str, name: str, version: int, description: str, weights: str, revision_id: str
) -> AliasRow:
    by_number = {int(number): weight for number, weight in json.loads(weights).items()}
    return AliasRow(Scope(account, region), function, name, version, description, by_number, revision_id)
