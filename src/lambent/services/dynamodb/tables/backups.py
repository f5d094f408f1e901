"""Rows of dynamodb_backups."""

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Definition
from lambent.store.database import Transaction

_COLUMNS = (
    "account, region, table_name, id, name, table_uuid, table_created_at, created_at, definition, items_id, item_count,"
    " item_bytes, is_complete"
)
INSERT = f"INSERT INTO dynamodb_backups ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - column names only
FIND = f"SELECT {_COLUMNS} FROM dynamodb_backups WHERE account = ? AND region = ? AND table_name = ? AND id = ?"  # noqa: S608
LIST = f"SELECT {_COLUMNS} FROM dynamodb_backups WHERE account = ? AND region = ? ORDER BY table_name, id"  # noqa: S608
FIND_UNFINISHED = """
SELECT 1 FROM dynamodb_backups WHERE account = ? AND region = ? AND table_name = ? AND is_complete = 0 LIMIT 1"""
COMPLETE = "UPDATE dynamodb_backups SET is_complete = 1 WHERE account = ? AND region = ? AND table_name = ? AND id = ?"
DELETE = "DELETE FROM dynamodb_backups WHERE account = ? AND region = ? AND table_name = ? AND id = ?"

_decode = msgspec.json.Decoder(Definition).decode


class Backup(Struct, frozen=True):
    """A backup of the table ``named``, as it was. ``items_id`` stands where items have the id of their table."""

    named: TableName
    id: str
    name: str
    table_uuid: str
    table_created_at: Instant
    created_at: Instant
    definition: Definition
    items_id: int
    item_count: int
    item_bytes: int
    is_complete: bool

    @property
    def arn(self) -> str:
        return f"{self.named.arn}/backup/{self.id}"


def insert(tx: Transaction, backup: Backup) -> None:
    values = (
        *_key(backup),
        backup.name,
        backup.table_uuid,
        backup.table_created_at,
        backup.created_at,
        msgspec.json.encode(backup.definition),
        backup.items_id,
        backup.item_count,
        backup.item_bytes,
        int(backup.is_complete),
    )
    tx.run(INSERT, values)


def find(tx: Transaction, named: TableName, id_: str) -> Backup | None:
    return tx.one(FIND, (*named.scope, named.name, id_), into=_backup)


def all_of(tx: Transaction, scope: Scope) -> list[Backup]:
    return tx.all(LIST, scope, into=_backup)


def is_any_unfinished(tx: Transaction, named: TableName) -> bool:
    """Whether a backup of the table is still being made."""
    return tx.one(FIND_UNFINISHED, (*named.scope, named.name)) is not None


def complete(tx: Transaction, backup: Backup) -> None:
    tx.run(COMPLETE, _key(backup))


def delete(tx: Transaction, backup: Backup) -> None:
    tx.run(DELETE, _key(backup))


def _key(backup: Backup) -> tuple[str, str, str, str]:
    scope = backup.named.scope
    return scope.account, scope.region, backup.named.name, backup.id


def _backup(account: str, region: str, table_name: str, id_: str, name: str, *rest: object) -> Backup:
    table_uuid, table_created_at, created_at, definition, items_id, item_count, item_bytes, is_complete = rest
    return Backup(
        TableName(Scope(account, region), table_name),
        id_,
        name,
        str(table_uuid),
        float(str(table_created_at)),
        float(str(created_at)),
        _decode(definition),  # type: ignore[arg-type] # a blob
        int(str(items_id)),
        int(str(item_count)),
        int(str(item_bytes)),
        bool(is_complete),
    )
