"""Rows of scheduler_schedules, and how many there are."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.store.database import Transaction

_COLUMNS = "account, region, group_name, name, state, settings, anchor, created_at, modified_at"
_GROUP = "account = ? AND region = ? AND group_name = ?"
_FILTERS = "substr(name, 1, ?) = ? AND (? = '' OR state = ?)"
FIND_SCHEDULE = f"SELECT {_COLUMNS} FROM scheduler_schedules WHERE {_GROUP} AND name = ?"  # noqa: S608 - column names only
LIST_OF_GROUP = f"""
SELECT {_COLUMNS} FROM scheduler_schedules WHERE {_GROUP} AND name > ? AND {_FILTERS} ORDER BY name LIMIT ?
"""  # noqa: S608
LIST_OF_ALL = f"""
SELECT {_COLUMNS} FROM scheduler_schedules
WHERE account = ? AND region = ? AND (group_name, name) > (?, ?) AND {_FILTERS} ORDER BY group_name, name LIMIT ?
"""  # noqa: S608
PUT_SCHEDULE = f"""
INSERT INTO scheduler_schedules ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, group_name, name) DO UPDATE SET state = excluded.state, settings = excluded.settings,
    anchor = excluded.anchor, modified_at = excluded.modified_at
"""  # noqa: S608
DELETE_SCHEDULE = f"DELETE FROM scheduler_schedules WHERE {_GROUP} AND name = ?"  # noqa: S608
COUNT_SCHEDULES = "SELECT schedules FROM scheduler_counts WHERE account = ? AND region = ?"
ADD_TO_COUNT = """
INSERT INTO scheduler_counts (account, region, schedules) VALUES (?, ?, ?)
ON CONFLICT (account, region) DO UPDATE SET schedules = schedules + excluded.schedules
"""

ENABLED = "ENABLED"


class ScheduleRow(Struct, frozen=True):
    """``settings`` holds what was set, under AWS' names, dates as instants. A rate counts from ``anchor``."""

    name: ScheduleName
    state: str
    settings: Mapping[str, Any]
    anchor: Instant
    created_at: Instant
    modified_at: Instant

    @property
    def is_enabled(self) -> bool:
        return self.state == ENABLED


def find(tx: Transaction, name: ScheduleName) -> ScheduleRow | None:
    return tx.one(FIND_SCHEDULE, _key(name), into=_row)


def of_group(tx: Transaction, group: GroupName, *, after: str, prefix: str, state: str, count_max: int) -> list[ScheduleRow]:
    """Those behind the name ``after``, in order; ``prefix`` and ``state`` narrow them where they are not empty."""
    wanted = (len(prefix), prefix, state, state)
    return tx.all(LIST_OF_GROUP, (*group.scope, group.name, after, *wanted, count_max), into=_row)


def of_all(
    tx: Transaction, scope: Scope, *, after: tuple[str, str], prefix: str, state: str, count_max: int
) -> list[ScheduleRow]:
    """The same of all groups; ``after`` is a group and a name."""
    wanted = (len(prefix), prefix, state, state)
    return tx.all(LIST_OF_ALL, (*scope, *after, *wanted, count_max), into=_row)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_SCHEDULES, scope, into=int) or 0


def insert(tx: Transaction, row: ScheduleRow) -> None:
    put(tx, row)
    tx.run(ADD_TO_COUNT, (*row.name.group.scope, 1))


def put(tx: Transaction, row: ScheduleRow) -> None:
    settings = json.dumps(row.settings)
    tx.run(PUT_SCHEDULE, (*_key(row.name), row.state, settings, row.anchor, row.created_at, row.modified_at))


def delete(tx: Transaction, name: ScheduleName) -> bool:
    """False where there is none."""
    if not tx.run(DELETE_SCHEDULE, _key(name)):
        return False
    tx.run(ADD_TO_COUNT, (*name.group.scope, -1))
    return True


def _key(name: ScheduleName) -> tuple[str, str, str, str]:
    return (*name.group.scope, name.group.name, name.name)


def _row(
    account: str,
    region: str,
    group: str,
    name: str,
    state: str,
    settings: str,
    anchor: float,
    created_at: float,
    modified_at: float,
) -> ScheduleRow:
    schedule = ScheduleName(GroupName(Scope(account, region), group), name)
    return ScheduleRow(schedule, state, json.loads(settings), anchor, created_at, modified_at)
