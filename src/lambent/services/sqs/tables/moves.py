"""Rows of sqs_move_tasks: messages on their way out of a dead-letter queue."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction


class MoveTask(Struct, frozen=True):
    """One task. ``destination_arn`` is empty where messages go back to where they came from; ``rate_per_s`` 0: no limit."""

    account: str
    region: str
    task_id: str
    source_arn: str
    destination_arn: str
    rate_per_s: int
    status: str
    moved: int
    to_move: int
    failure_reason: str
    started_at: Instant


INSERT_TASK = """
INSERT INTO sqs_move_tasks
    (account, region, task_id, source_arn, destination_arn, rate_per_s, status, moved, to_move, failure_reason, started_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
FIND_TASK = """
SELECT account, region, task_id, source_arn, destination_arn, rate_per_s, status, moved, to_move, failure_reason, started_at
FROM sqs_move_tasks WHERE task_id = ?"""
LIST_TASKS = """
SELECT account, region, task_id, source_arn, destination_arn, rate_per_s, status, moved, to_move, failure_reason, started_at
FROM sqs_move_tasks WHERE source_arn = ? ORDER BY id DESC LIMIT ?"""
SET_PROGRESS = "UPDATE sqs_move_tasks SET status = ?, moved = moved + ?, failure_reason = ? WHERE task_id = ?"
DELETE_OLDER = """
DELETE FROM sqs_move_tasks WHERE source_arn = ? AND id NOT IN (
    SELECT id FROM sqs_move_tasks WHERE source_arn = ? ORDER BY id DESC LIMIT ?
)"""


def insert(tx: Transaction, task: MoveTask, *, kept_max: int) -> None:
    """Keeps the task, and of those before it the last ``kept_max`` - 1."""
    who = (task.account, task.region, task.task_id, task.source_arn, task.destination_arn, task.rate_per_s)
    tx.run(INSERT_TASK, (*who, task.status, task.moved, task.to_move, task.failure_reason, task.started_at))
    tx.run(DELETE_OLDER, (task.source_arn, task.source_arn, kept_max))


def find(tx: Transaction, task_id: str) -> MoveTask | None:
    return tx.one(FIND_TASK, (task_id,), into=MoveTask)


def of_source(tx: Transaction, source_arn: str, count_max: int) -> list[MoveTask]:
    """The latest first."""
    return tx.all(LIST_TASKS, (source_arn, count_max), into=MoveTask)


def set_progress(tx: Transaction, task: MoveTask, *, status: str, moved: int, failure_reason: str = "") -> None:
    tx.run(SET_PROGRESS, (status, moved, failure_reason, task.task_id))
