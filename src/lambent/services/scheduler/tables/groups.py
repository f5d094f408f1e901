"""Rows of scheduler_groups. The default group has none until it is tagged."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.scheduler.engine.identifiers import GroupName
from lambent.store.database import Transaction

_COLUMNS = "account, region, name, state, tags, created_at, modified_at"
FIND_GROUP = f"SELECT {_COLUMNS} FROM scheduler_groups WHERE account = ? AND region = ? AND name = ?"  # noqa: S608 - column names only
LIST_GROUPS = f"SELECT {_COLUMNS} FROM scheduler_groups WHERE account = ? AND region = ? ORDER BY name"  # noqa: S608
COUNT_GROUPS = "SELECT count(*) FROM scheduler_groups WHERE account = ? AND region = ?"
PUT_GROUP = f"""
INSERT INTO scheduler_groups ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET state = excluded.state, tags = excluded.tags,
    modified_at = excluded.modified_at
"""  # noqa: S608
DELETE_GROUP = "DELETE FROM scheduler_groups WHERE account = ? AND region = ? AND name = ?"

ACTIVE, DELETING = "ACTIVE", "DELETING"


class GroupRow(Struct, frozen=True):
    """``created_at`` is None for a default group of which nothing was said."""

    name: GroupName
    state: str = ACTIVE
    tags: Mapping[str, str] = {}
    created_at: Instant | None = None
    modified_at: Instant | None = None


def find(tx: Transaction, name: GroupName) -> GroupRow | None:
    """The default group is always there."""
    row = tx.one(FIND_GROUP, (*name.scope, name.name), into=_row)
    return GroupRow(name) if row is None and name.is_default else row


def listed(tx: Transaction, scope: Scope) -> list[GroupRow]:
    return tx.all(LIST_GROUPS, scope, into=_row)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_GROUPS, scope, into=int) or 0


def put(tx: Transaction, row: GroupRow, now: Instant) -> None:
    created_at = now if row.created_at is None else row.created_at
    tx.run(PUT_GROUP, (*row.name.scope, row.name.name, row.state, json.dumps(row.tags), created_at, now))


def delete(tx: Transaction, name: GroupName) -> None:
    tx.run(DELETE_GROUP, (*name.scope, name.name))


def _row(account: str, region: str, name: str, state: str, tags: str, created_at: float, modified_at: float) -> GroupRow:
    return GroupRow(GroupName(Scope(account, region), name), state, json.loads(tags), created_at, modified_at)
