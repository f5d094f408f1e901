"""Rows of dynamodb_tables."""

import json
from collections.abc import Mapping

import msgspec

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Definition, Table
from lambent.store.database import Transaction

_COLUMNS = "account, region, id, name, uuid, created_at, version, definition"
FIND_TABLE = f"SELECT {_COLUMNS} FROM dynamodb_tables WHERE account = ? AND region = ? AND name = ?"  # noqa: S608 - column names only
FIND_TABLE_BY_ID = f"SELECT {_COLUMNS} FROM dynamodb_tables WHERE id = ?"  # noqa: S608 - column names only
LIST_NAMES = "SELECT name FROM dynamodb_tables WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?"
LIST_TABLES = f"SELECT {_COLUMNS} FROM dynamodb_tables WHERE account = ? AND region = ? ORDER BY name"  # noqa: S608 - column names only
COUNT_TABLES = "SELECT count(*) FROM dynamodb_tables WHERE account = ? AND region = ?"
INSERT_TABLE = """
INSERT INTO dynamodb_tables (account, region, name, uuid, created_at, definition, tags) VALUES (?, ?, ?, ?, ?, ?, ?)
RETURNING id
"""
SET_DEFINITION = "UPDATE dynamodb_tables SET definition = ?, version = version + 1 WHERE id = ?"
FIND_VERSION = "SELECT version FROM dynamodb_tables WHERE id = ?"
FIND_TAGS = "SELECT tags FROM dynamodb_tables WHERE id = ?"
SET_TAGS = "UPDATE dynamodb_tables SET tags = ? WHERE id = ?"
DELETE_TABLE = "DELETE FROM dynamodb_tables WHERE id = ?"

CHANGED_PREFIX = "dynamodb.changed/"

_decode = msgspec.json.Decoder(Definition).decode


def changed_topic(table: TableName) -> str:
    """The signal that a table was made, changed or deleted."""
    return f"{CHANGED_PREFIX}{table}"


def find(tx: Transaction, named: TableName) -> Table | None:
    return tx.one(FIND_TABLE, (*named.scope, named.name), into=_table)


def find_by_id(tx: Transaction, id_: int) -> Table | None:
    return tx.one(FIND_TABLE_BY_ID, (id_,), into=_table)


def names_after(tx: Transaction, scope: Scope, name: str, count_max: int) -> list[str]:
    return tx.all(LIST_NAMES, (*scope, name, count_max), into=str)


def all_of(tx: Transaction, scope: Scope) -> list[Table]:
    return tx.all(LIST_TABLES, scope, into=_table)


def count(tx: Transaction, scope: Scope) -> int:
    found = tx.one(COUNT_TABLES, scope, into=int)
    assert found is not None
    return found


def insert(
    tx: Transaction, named: TableName, definition: Definition, *, uuid: str, tags: Mapping[str, str], now: Instant
) -> Table:
    values = (*named.scope, named.name, uuid, now, msgspec.json.encode(definition), json.dumps(tags))
    id_ = tx.one(INSERT_TABLE, values, into=int)
    assert id_ is not None
    tx.signal(changed_topic(named))
    return Table(id_, named, uuid, now, 0, definition, definition.keys, definition.indexes)


def current(tx: Transaction, table: Table) -> Table | None:
    """The table as it is now: the same object where nothing has changed. None where it was deleted."""
    return table if tx.one(FIND_VERSION, (table.id,)) == (table.version,) else find_by_id(tx, table.id)


def set_definition(tx: Transaction, table: Table, definition: Definition) -> Table:
    """The table as it is from now on."""
    tx.run(SET_DEFINITION, (msgspec.json.encode(definition), table.id))
    tx.signal(changed_topic(table.named))
    version = table.version + 1
    return Table(table.id, table.named, table.uuid, table.created_at, version, definition, definition.keys, definition.indexes)


def tags(tx: Transaction, table: Table) -> dict[str, str]:
    return tx.one(FIND_TAGS, (table.id,), into=json.loads) or {}


def set_tags(tx: Transaction, table: Table, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(tags), table.id))


def reserve_id(tx: Transaction, scope: Scope) -> int:
    """An id that no table has, had, or will have."""
    id_ = tx.one(INSERT_TABLE, (*scope, "", "", 0.0, b"", ""), into=int)
    assert id_ is not None
    tx.run(DELETE_TABLE, (id_,))
    return id_


def delete(tx: Transaction, table: Table) -> None:
    tx.run(DELETE_TABLE, (table.id,))
    tx.signal(changed_topic(table.named))


def _table(
    account: str, region: str, id_: int, name: str, uuid: str, created_at: float, version: int, definition: bytes
) -> Table:
    known = _decode(definition)
    return Table(id_, TableName(Scope(account, region), name), uuid, created_at, version, known, known.keys, known.indexes)
