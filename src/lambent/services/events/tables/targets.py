"""Rows of events_targets."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.tables.buses import changed_topic
from lambent.store.database import Transaction

_COLUMNS = "account, region, bus, rule, id, arn, settings"
_RULE = "account = ? AND region = ? AND bus = ? AND rule = ?"
LIST_TARGETS = f"SELECT {_COLUMNS} FROM events_targets WHERE {_RULE} ORDER BY id"  # noqa: S608 - column names only
LIST_TARGETS_OF_BUS = f"SELECT {_COLUMNS} FROM events_targets WHERE account = ? AND region = ? AND bus = ? ORDER BY rule, id"  # noqa: S608
LIST_RULES_BY_TARGET = """
SELECT DISTINCT rule FROM events_targets
WHERE account = ? AND region = ? AND bus = ? AND arn = ? AND rule > ? ORDER BY rule LIMIT ?
"""
PUT_TARGET = f"""
INSERT INTO events_targets ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, bus, rule, id) DO UPDATE SET arn = excluded.arn, settings = excluded.settings
"""  # noqa: S608
DELETE_TARGET = f"DELETE FROM events_targets WHERE {_RULE} AND id = ?"  # noqa: S608


class TargetRow(Struct, frozen=True):
    """``settings`` is the whole target as it was given, under AWS' names."""

    rule: RuleName
    id: str
    arn: str
    settings: Mapping[str, Any]


def of_rule(tx: Transaction, rule: RuleName) -> list[TargetRow]:
    return tx.all(LIST_TARGETS, _key(rule), into=_row)


def of_bus(tx: Transaction, bus: BusName) -> list[TargetRow]:
    return tx.all(LIST_TARGETS_OF_BUS, (*bus.scope, bus.name), into=_row)


def rules_after(tx: Transaction, bus: BusName, arn: str, rule: str, count_max: int) -> list[str]:
    """The names of rules that have a target, in order."""
    return tx.all(LIST_RULES_BY_TARGET, (*bus.scope, bus.name, arn, rule, count_max), into=str)


def put(tx: Transaction, row: TargetRow) -> None:
    tx.run(PUT_TARGET, (*_key(row.rule), row.id, row.arn, json.dumps(row.settings)))
    tx.signal(changed_topic(row.rule.bus))


def delete(tx: Transaction, rule: RuleName, target_id: str) -> bool:
    """False where there is none."""
    tx.signal(changed_topic(rule.bus))
    return tx.run(DELETE_TARGET, (*_key(rule), target_id)) == 1


def _key(rule: RuleName) -> tuple[str, str, str, str]:
    return (*rule.bus.scope, rule.bus.name, rule.name)


def _row(account: str, region: str, bus: str, rule: str, target_id: str, arn: str, settings: str) -> TargetRow:
    name = RuleName(BusName(Scope(account, region), bus), rule)
    return TargetRow(name, target_id, arn, json.loads(settings))
