"""Rows of events_rules."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.tables.buses import changed_topic
from lambent.store.database import Transaction

_COLUMNS = "account, region, bus, name, pattern, schedule, state, description, role_arn, created_by, tags"
_BUS = "account = ? AND region = ? AND bus = ?"
FIND_RULE = f"SELECT {_COLUMNS} FROM events_rules WHERE {_BUS} AND name = ?"  # noqa: S608 - column names only
LIST_RULES = f"SELECT {_COLUMNS} FROM events_rules WHERE {_BUS} AND name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?"  # noqa: S608
LIST_ALL_RULES = f"SELECT {_COLUMNS} FROM events_rules WHERE {_BUS} ORDER BY name"  # noqa: S608
COUNT_RULES = f"SELECT count(*) FROM events_rules WHERE {_BUS}"  # noqa: S608
PUT_RULE = f"""
INSERT INTO events_rules ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, bus, name) DO UPDATE SET pattern = excluded.pattern, schedule = excluded.schedule,
    state = excluded.state, description = excluded.description, role_arn = excluded.role_arn, tags = excluded.tags
"""  # noqa: S608
DELETE_RULE = f"DELETE FROM events_rules WHERE {_BUS} AND name = ?"  # noqa: S608

DISABLED = "DISABLED"


class RuleRow(Struct, frozen=True):
    """``pattern`` and ``schedule`` are as they were given, or empty; so are ``description`` and ``role_arn``."""

    name: RuleName
    pattern: str
    schedule: str
    state: str
    description: str
    role_arn: str
    created_by: str
    tags: Mapping[str, str]

    @property
    def is_enabled(self) -> bool:
        return self.state != DISABLED


def find(tx: Transaction, name: RuleName) -> RuleRow | None:
    return tx.one(FIND_RULE, (*_key(name.bus), name.name), into=_row)


def after(tx: Transaction, bus: BusName, prefix: str, name: str, count_max: int) -> list[RuleRow]:
    return tx.all(LIST_RULES, (*_key(bus), name, len(prefix), prefix, count_max), into=_row)


def of_bus(tx: Transaction, bus: BusName) -> list[RuleRow]:
    return tx.all(LIST_ALL_RULES, _key(bus), into=_row)


def count(tx: Transaction, bus: BusName) -> int:
    return tx.one(COUNT_RULES, _key(bus), into=int) or 0


def put(tx: Transaction, row: RuleRow) -> None:
    values = (row.pattern, row.schedule, row.state, row.description, row.role_arn, row.created_by, json.dumps(row.tags))
    tx.run(PUT_RULE, (*_key(row.name.bus), row.name.name, *values))
    tx.signal(changed_topic(row.name.bus))


def delete(tx: Transaction, name: RuleName) -> None:
    tx.run(DELETE_RULE, (*_key(name.bus), name.name))
    tx.signal(changed_topic(name.bus))


def _key(bus: BusName) -> tuple[str, str, str]:
    return (*bus.scope, bus.name)


def _row(
    account: str,
    region: str,
    bus: str,
    name: str,
    pattern: str,
    schedule: str,
    state: str,
    description: str,
    role_arn: str,
    created_by: str,
    tags: str,
) -> RuleRow:
    rule = RuleName(BusName(Scope(account, region), bus), name)
    return RuleRow(rule, pattern, schedule, state, description, role_arn, created_by, json.loads(tags))
