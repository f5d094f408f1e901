"""Rows of stepfunctions_activities and stepfunctions_activity_tasks."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.identifiers import ActivityName
from lambent.store.database import Transaction

_COLUMNS = "account, region, name, created_at, settings, tags"
_KEY = "account = ? AND region = ? AND name = ?"
INSERT_ACTIVITY = f"INSERT INTO stepfunctions_activities ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - column names only
FIND_ACTIVITY = f"SELECT {_COLUMNS} FROM stepfunctions_activities WHERE {_KEY}"  # noqa: S608
LIST_ACTIVITIES = f"""
SELECT {_COLUMNS} FROM stepfunctions_activities WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?
"""  # noqa: S608
DELETE_ACTIVITY = f"DELETE FROM stepfunctions_activities WHERE {_KEY}"  # noqa: S608
PUT_TAGS = f"UPDATE stepfunctions_activities SET tags = ? WHERE {_KEY}"  # noqa: S608
INSERT_TASK = """
INSERT INTO stepfunctions_activity_tasks (account, region, activity, execution, frame, attempt, token, input)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
TAKE_TASK = """
DELETE FROM stepfunctions_activity_tasks WHERE id =
    (SELECT id FROM stepfunctions_activity_tasks WHERE account = ? AND region = ? AND activity = ? ORDER BY id LIMIT 1)
RETURNING execution, frame, attempt, token, input
"""
DELETE_TASK_OF_FRAME = "DELETE FROM stepfunctions_activity_tasks WHERE execution = ? AND frame = ?"
DELETE_TASKS = "DELETE FROM stepfunctions_activity_tasks WHERE execution = ?"


class ActivityRow(Struct, frozen=True):
    activity: ActivityName
    created_at: Instant
    settings: Mapping[str, Any]
    tags: Mapping[str, str]


class ActivityTask(Struct, frozen=True):
    execution: int
    frame: int
    attempt: int
    token: str
    input: str


def tasks_topic(activity_arn: str) -> str:
    """Signalled when a task waits for a worker."""
    return f"stepfunctions.activity/{activity_arn}"


def find(tx: Transaction, activity: ActivityName) -> ActivityRow | None:
    return tx.one(FIND_ACTIVITY, (*activity.scope, activity.name), into=_row)


def insert(tx: Transaction, row: ActivityRow) -> None:
    key = (*row.activity.scope, row.activity.name)
    tx.run(INSERT_ACTIVITY, (*key, row.created_at, json.dumps(row.settings), json.dumps(row.tags)))


def put_tags(tx: Transaction, activity: ActivityName, tags: Mapping[str, str]) -> None:
    tx.run(PUT_TAGS, (json.dumps(tags), *activity.scope, activity.name))


def after(tx: Transaction, scope: Scope, name: str, count_max: int) -> list[ActivityRow]:
    return tx.all(LIST_ACTIVITIES, (*scope, name, count_max), into=_row)


def delete(tx: Transaction, activity: ActivityName) -> None:
    tx.run(DELETE_ACTIVITY, (*activity.scope, activity.name))


def insert_task(tx: Transaction, activity: ActivityName, task: ActivityTask) -> None:
    values = (task.execution, task.frame, task.attempt, task.token, task.input)
    tx.run(INSERT_TASK, (*activity.scope, activity.name, *values))
    tx.signal(tasks_topic(activity.arn))


def take_task(tx: Transaction, activity: ActivityName) -> ActivityTask | None:
    """The oldest, which is nobody else's from here on."""
    return tx.one(TAKE_TASK, (*activity.scope, activity.name), into=ActivityTask)


def delete_tasks_of_frames(tx: Transaction, execution_id: int, frames: Iterable[int]) -> None:
    tx.run_many(DELETE_TASK_OF_FRAME, [(execution_id, frame) for frame in frames])


def delete_tasks_of(tx: Transaction, execution_id: int) -> None:
    tx.run(DELETE_TASKS, (execution_id,))


def _row(account: str, region: str, name: str, created_at: float, settings: str, tags: str) -> ActivityRow:
    return ActivityRow(ActivityName(Scope(account, region), name), created_at, json.loads(settings), json.loads(tags))
