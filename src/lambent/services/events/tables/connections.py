"""Rows of events_connections."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.events.engine.identifiers import ConnectionName
from lambent.store.database import Transaction

_COLUMNS = "account, region, name, id, kind, state, reason, told, secret, created_at, modified_at, authorized_at"
_KEY = "account = ? AND region = ? AND name = ?"
FIND_CONNECTION = f"SELECT {_COLUMNS} FROM events_connections WHERE {_KEY}"  # noqa: S608 - column names only
LIST_CONNECTIONS = f"""
SELECT {_COLUMNS} FROM events_connections WHERE account = ? AND region = ? AND name > ? ORDER BY name
"""  # noqa: S608
COUNT_CONNECTIONS = "SELECT count(*) FROM events_connections WHERE account = ? AND region = ?"
PUT_CONNECTION = f"""
INSERT INTO events_connections ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET kind = excluded.kind, state = excluded.state, reason = excluded.reason,
    told = excluded.told, secret = excluded.secret, modified_at = excluded.modified_at, authorized_at = excluded.authorized_at
"""  # noqa: S608
DELETE_CONNECTION = f"DELETE FROM events_connections WHERE {_KEY}"  # noqa: S608


class ConnectionRow(Struct, frozen=True):
    """``told`` holds what is no secret, ``secret`` the AuthParameters as they were given; both under AWS' names."""

    name: ConnectionName
    kind: str
    state: str
    reason: str
    told: Mapping[str, Any]
    secret: Mapping[str, Any]
    created_at: Instant
    modified_at: Instant
    authorized_at: Instant | None


def find(tx: Transaction, scope: Scope, name: str) -> ConnectionRow | None:
    return tx.one(FIND_CONNECTION, (*scope, name), into=_row)


def after(tx: Transaction, scope: Scope, name: str) -> list[ConnectionRow]:
    return tx.all(LIST_CONNECTIONS, (*scope, name), into=_row)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_CONNECTIONS, scope, into=int) or 0


def put(tx: Transaction, row: ConnectionRow) -> None:
    what = (row.kind, row.state, row.reason, json.dumps(row.told), json.dumps(row.secret))
    times = (row.created_at, row.modified_at, row.authorized_at)
    tx.run(PUT_CONNECTION, (*row.name.scope, row.name.name, row.name.id, *what, *times))


def delete(tx: Transaction, scope: Scope, name: str) -> None:
    tx.run(DELETE_CONNECTION, (*scope, name))


def _row(
    account: str,
    region: str,
    name: str,
    connection_id: str,
    kind: str,
    state: str,
    reason: str,
    told: str,
    secret: str,
    created_at: float,
    modified_at: float,
    authorized_at: float | None,
) -> ConnectionRow:
    named = ConnectionName(Scope(account, region), name, connection_id)
    return ConnectionRow(
        named, kind, state, reason, json.loads(told), json.loads(secret), created_at, modified_at, authorized_at
    )
