"""Rows of events_buses. The default bus has one once something was said of it."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.events.engine.identifiers import BusName
from lambent.store.database import Transaction

_COLUMNS = "account, region, name, settings, policy, tags, created_at, modified_at"
FIND_BUS = f"SELECT {_COLUMNS} FROM events_buses WHERE account = ? AND region = ? AND name = ?"  # noqa: S608 - column names only
LIST_BUSES = f"SELECT {_COLUMNS} FROM events_buses WHERE account = ? AND region = ? ORDER BY name"  # noqa: S608
COUNT_BUSES = "SELECT count(*) FROM events_buses WHERE account = ? AND region = ?"
PUT_BUS = f"""
INSERT INTO events_buses ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET settings = excluded.settings, policy = excluded.policy,
    tags = excluded.tags, modified_at = excluded.modified_at
"""  # noqa: S608
DELETE_BUS = "DELETE FROM events_buses WHERE account = ? AND region = ? AND name = ?"

CHANGED_PREFIX = "events.changed/"


class BusRow(Struct, frozen=True):
    """``settings`` holds what was set, under AWS' names. ``created_at`` is None for a default bus of which nothing was said."""

    bus: BusName
    settings: Mapping[str, Any] = {}
    policy: str = ""
    tags: Mapping[str, str] = {}
    created_at: Instant | None = None
    modified_at: Instant | None = None


def changed_topic(bus: BusName) -> str:
    """The signal that something changed of which an event on the bus takes account."""
    return f"{CHANGED_PREFIX}{bus.scope.account}/{bus.scope.region}/{bus.name}"


def find(tx: Transaction, bus: BusName) -> BusRow | None:
    """The default bus is always there."""
    row = tx.one(FIND_BUS, (*bus.scope, bus.name), into=_row)
    return BusRow(bus) if row is None and bus.is_default else row


def listed(tx: Transaction, scope: Scope) -> list[BusRow]:
    return tx.all(LIST_BUSES, scope, into=_row)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_BUSES, scope, into=int) or 0


def put(tx: Transaction, row: BusRow, now: Instant) -> None:
    created_at = now if row.created_at is None else row.created_at
    values = (json.dumps(row.settings), row.policy, json.dumps(row.tags), created_at, now)
    tx.run(PUT_BUS, (*row.bus.scope, row.bus.name, *values))
    tx.signal(changed_topic(row.bus))


def delete(tx: Transaction, bus: BusName) -> None:
    tx.run(DELETE_BUS, (*bus.scope, bus.name))
    tx.signal(changed_topic(bus))


def _row(
    account: str, region: str, name: str, settings: str, policy: str, tags: str, created_at: float, modified_at: float
) -> BusRow:
    bus = BusName(Scope(account, region), name)
    return BusRow(bus, json.loads(settings), policy, json.loads(tags), created_at, modified_at)
