"""Rows of stepfunctions_executions."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, MachineName
from lambent.store.database import Row, Transaction

RUNNING = "RUNNING"

_COLUMNS = """id, account, region, path, name, revision, version, alias, status, started_at, stopped_at, endpoint_url,
trace_header, redrive_count, redriven_at, waiter, map_run, item, machine, error, cause, run_id"""
COLUMNS = tuple(column.strip() for column in _COLUMNS.split(","))
"""What `row_from` is made of."""
INSERT_EXECUTION = """
INSERT INTO stepfunctions_executions (account, region, path, name, revision, version, alias, status, started_at, endpoint_url,
    trace_header, redrive_count, waiter, map_run, item, machine, input)
VALUES (?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, 0, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, path, name) DO NOTHING RETURNING id
"""
FIND_EXECUTION = f"SELECT {_COLUMNS} FROM stepfunctions_executions WHERE id = ?"  # noqa: S608 - column names only
FIND_EXECUTION_BY_NAME = f"""
SELECT {_COLUMNS} FROM stepfunctions_executions WHERE account = ? AND region = ? AND path = ? AND name = ?
"""  # noqa: S608
READ_INPUT = "SELECT input FROM stepfunctions_executions WHERE id = ?"
READ_OUTPUT = "SELECT output FROM stepfunctions_executions WHERE id = ?"
INSERT_CHILD = """
INSERT INTO stepfunctions_executions (account, region, path, name, revision, version, alias, status, started_at, endpoint_url,
    trace_header, redrive_count, waiter, map_run, item, machine, run_id, input)
VALUES (?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, 0, '', ?, ?, ?, ?, ?)
"""
FIRST_CHILD = """
SELECT min(id) FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 AND id > ?
GROUP BY map_run HAVING max(id) - min(id) + 1 = ? AND min(id - item) = max(id - item)
"""
LAST_EXECUTION = "SELECT max(id) FROM stepfunctions_executions"
END_EXECUTION = """
UPDATE stepfunctions_executions SET status = new.column2, stopped_at = new.column3, output = new.column4, error = new.column5,
    cause = new.column6
FROM (VALUES (?, ?, ?, ?, ?, ?)) AS new WHERE id = new.column1
"""
REDRIVE_EXECUTION = """
UPDATE stepfunctions_executions SET status = 'RUNNING', stopped_at = NULL, output = NULL, error = NULL, cause = NULL,
    redrive_count = redrive_count + 1, redriven_at = ? WHERE id = ?
"""
DELETE_EXECUTION = "DELETE FROM stepfunctions_executions WHERE id = ?"
LIST_EXECUTIONS = f"""
SELECT {_COLUMNS} FROM stepfunctions_executions
WHERE account = ? AND region = ? AND path = ? AND id < ? ORDER BY id DESC LIMIT ?
"""  # noqa: S608
LIST_EXECUTIONS_BY_STATUS = f"""
SELECT {_COLUMNS} FROM stepfunctions_executions
WHERE account = ? AND region = ? AND path = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?
"""  # noqa: S608


LIST_OF_MAP_RUN = f"""
SELECT {_COLUMNS} FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 AND id < ? ORDER BY id DESC LIMIT ?
"""  # noqa: S608
LIST_AWAITED = """
SELECT id FROM stepfunctions_executions
WHERE waiter >= ? AND waiter < ? AND waiter LIKE '%/sync%' AND waiter <> '' AND status = 'RUNNING'
"""
LIST_OPEN_OF_MAP_RUN = "SELECT id FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 AND status = 'RUNNING'"
FIRST_OPEN_OF_MAP_RUN = """
SELECT min(started_at) FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 AND status = 'RUNNING'
"""
LIST_OVERDUE_OF_MAP_RUN = """
SELECT id FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 AND status = 'RUNNING' AND started_at <= ?
"""
AWAIT_REDRIVE = """
UPDATE stepfunctions_executions SET status = 'PENDING_REDRIVE'
WHERE map_run = ? AND map_run <> 0 AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')
    AND (run_id <> '' OR (stopped_at >= ? AND (cause IS NULL OR cause <> ?)))
"""
COUNT_LOST = """
SELECT count(*) FROM stepfunctions_executions
WHERE map_run = ? AND map_run <> 0 AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')
    AND NOT (run_id <> '' OR (stopped_at >= ? AND (cause IS NULL OR cause <> ?)))
"""
# What an item says is how its child ended, but for one that was stopped when the run had ended already.
FORGET_REDRIVE = """
UPDATE stepfunctions_executions SET status = coalesce((SELECT nullif(i.status, '') FROM stepfunctions_map_items i
    WHERE i.execution = ? AND i.frame = ? AND i.idx = stepfunctions_executions.item), 'ABORTED')
WHERE map_run = ? AND map_run <> 0 AND status = 'PENDING_REDRIVE'
"""
LIST_AWAITING_REDRIVE = f"""
SELECT {_COLUMNS} FROM stepfunctions_executions
WHERE map_run = ? AND map_run <> 0 AND status = 'PENDING_REDRIVE' ORDER BY id LIMIT ?
"""  # noqa: S608
COUNT_OF_MAP_RUN = """
SELECT status, count(*) FROM stepfunctions_executions WHERE map_run = ? AND map_run <> 0 GROUP BY status
"""
RESTART_CHILD = """
UPDATE stepfunctions_executions SET status = 'RUNNING', started_at = ?, stopped_at = NULL, output = NULL, error = NULL,
    cause = NULL WHERE id = ?
"""
ANY_RUNNING = """
SELECT id FROM stepfunctions_executions WHERE account = ? AND region = ? AND path = ? AND status = 'RUNNING' LIMIT 1
"""


class ExecutionRow(Struct, frozen=True):
    """``version`` is 0 and ``alias`` empty where none was named. ``waiter``: pattern and token of who waits for its end.

    ``map_run`` and ``item`` are 0 but for children of a distributed Map; ``machine`` is the number of what it runs.
    """

    id: int
    execution: ExecutionName
    revision: str
    version: int
    alias: str
    status: str
    started_at: Instant
    stopped_at: Instant | None
    endpoint_url: str
    trace_header: str
    redrive_count: int
    redriven_at: Instant | None
    waiter: str
    map_run: int
    item: int
    machine: int
    error: str | None
    cause: str | None

    @property
    def is_express(self) -> bool:
        """An express child of a distributed Map."""
        return bool(self.execution.run_id)

    @property
    def scope(self) -> Scope:
        return self.execution.scope

    @property
    def is_running(self) -> bool:
        return self.status == RUNNING


def insert(
    tx: Transaction,
    execution: ExecutionName,
    *,
    revision: str,
    version: int,
    alias: str,
    started_at: Instant,
    endpoint_url: str,
    trace_header: str,
    waiter: str,
    given: str,
    place: tuple[int, int, int] = (0, 0, 0),
) -> ExecutionRow | None:
    """The new row, or None where there is one of this name. ``place``: map run, item and machine of a child."""
    key = (*execution.scope, execution.path, execution.name)
    values = (*key, revision, version, alias, started_at, endpoint_url, trace_header, waiter, *place, given)
    execution_id = tx.one(INSERT_EXECUTION, values, into=int)
    if execution_id is None:
        return None
    return ExecutionRow(
        execution_id,
        execution,
        revision,
        version,
        alias,
        RUNNING,
        started_at,
        None,
        endpoint_url,
        trace_header,
        0,
        None,
        waiter,
        *place,
        None,
        None,
    )


def insert_children(
    tx: Transaction,
    parent: ExecutionRow,
    path: str,
    children: Sequence[tuple[str, str, str]],
    now: Instant,
    *,
    place: tuple[int, int, int],
) -> list[ExecutionRow]:
    """Children of a distributed Map: new names, run ids of express ones, inputs. ``place``: map run, first item, machine."""
    map_run, first_item, machine = place
    before = tx.one(LAST_EXECUTION, into=_number)
    same = (parent.revision, parent.version, parent.alias, now, parent.endpoint_url, parent.trace_header)
    rows: list[Row] = [
        (*parent.scope, path, name, *same, map_run, first_item + n, machine, run_id, given)
        for n, (name, run_id, given) in enumerate(children)
    ]
    tx.run_many(INSERT_CHILD, rows)
    first = tx.one(FIRST_CHILD, (map_run, before, len(rows)), into=_number)
    # One writer gives ids in the order of rows. It has to be so, for a child's input is that of its item.
    assert first, "ids and items follow one another"
    return [
        ExecutionRow(
            first + n,
            ExecutionName(parent.scope, path, name, run_id),
            parent.revision,
            parent.version,
            parent.alias,
            RUNNING,
            now,
            None,
            parent.endpoint_url,
            parent.trace_header,
            0,
            None,
            "",
            map_run,
            first_item + n,
            machine,
            None,
            None,
        )
        for n, (name, run_id, _) in enumerate(children)
    ]


def find(tx: Transaction, execution_id: int) -> ExecutionRow | None:
    return tx.one(FIND_EXECUTION, (execution_id,), into=_row)


def find_named(tx: Transaction, execution: ExecutionName) -> ExecutionRow | None:
    return tx.one(FIND_EXECUTION_BY_NAME, (*execution.scope, execution.path, execution.name), into=_row)


def read_input(tx: Transaction, execution_id: int) -> str:
    return tx.one(READ_INPUT, (execution_id,), into=str) or ""


def read_output(tx: Transaction, execution_id: int) -> str | None:
    row = tx.one(READ_OUTPUT, (execution_id,))
    return None if row is None or row[0] is None else str(row[0])


def end(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows``: id, status, when it stopped, output, error and cause."""
    tx.run_many(END_EXECUTION, rows)


def redrive(tx: Transaction, execution_id: int, now: Instant) -> None:
    tx.run(REDRIVE_EXECUTION, (now, execution_id))


def delete(tx: Transaction, execution_id: int) -> None:
    tx.run(DELETE_EXECUTION, (execution_id,))


def newest(tx: Transaction, machine: MachineName, *, status: str | None, before: int, count_max: int) -> list[ExecutionRow]:
    """Of a machine, the newest first, those with ids below ``before``."""
    key = (*machine.scope, machine.path)
    if status is None:
        return tx.all(LIST_EXECUTIONS, (*key, before, count_max), into=_row)
    return tx.all(LIST_EXECUTIONS_BY_STATUS, (*key, status, before, count_max), into=_row)


def newest_of_map_run(tx: Transaction, map_run: int, *, before: int, count_max: int) -> list[ExecutionRow]:
    return tx.all(LIST_OF_MAP_RUN, (map_run, before, count_max), into=_row)


def awaited(tx: Transaction, waiting: str) -> list[int]:
    """Those that run and for which somebody waits whose waiters begin with ``waiting``, which ends with a slash."""
    return tx.all(LIST_AWAITED, (waiting, f"{waiting[:-1]}0"), into=int)  # "0" follows "/"


def open_of_map_run(tx: Transaction, map_run: int) -> list[int]:
    return tx.all(LIST_OPEN_OF_MAP_RUN, (map_run,), into=int)


def first_open_of_map_run(tx: Transaction, map_run: int) -> Instant | None:
    """When the oldest of those began that run."""
    row = tx.one(FIRST_OPEN_OF_MAP_RUN, (map_run,))
    return None if row is None or row[0] is None else float(row[0])


def overdue_of_map_run(tx: Transaction, map_run: int, since: Instant) -> list[int]:
    return tx.all(LIST_OVERDUE_OF_MAP_RUN, (map_run, since), into=int)


def await_redrive(tx: Transaction, map_run: int, *, stopped_since: Instant, lost_cause: str) -> int:
    """Marks unsuccessful children, and returns how many. Standard ones stay as they are that ended too long ago, or so."""
    return tx.run(AWAIT_REDRIVE, (map_run, stopped_since, lost_cause))


def count_lost_of_map_run(tx: Transaction, map_run: int, *, stopped_since: Instant, lost_cause: str) -> int:
    """Those that `await_redrive` would leave as they are."""
    return tx.one(COUNT_LOST, (map_run, stopped_since, lost_cause), into=int) or 0


def forget_redrive(tx: Transaction, map_run: int, execution: int, frame: int) -> None:
    tx.run(FORGET_REDRIVE, (execution, frame, map_run))


def awaiting_redrive(tx: Transaction, map_run: int, count_max: int) -> list[ExecutionRow]:
    return tx.all(LIST_AWAITING_REDRIVE, (map_run, count_max), into=_row)


def counts_of_map_run(tx: Transaction, map_run: int) -> dict[str, int]:
    return dict(tx.all(COUNT_OF_MAP_RUN, (map_run,), into=_count))


def restart(tx: Transaction, execution_id: int, now: Instant) -> None:
    """An express child begins anew."""
    tx.run(RESTART_CHILD, (now, execution_id))


def has_running(tx: Transaction, machine: MachineName) -> bool:
    return tx.one(ANY_RUNNING, (*machine.scope, machine.path)) is not None


def _count(status: str, count: int) -> tuple[str, int]:
    return status, count


def _number(value: int | None) -> int:
    return value or 0


def row_from(columns: Row) -> ExecutionRow:
    """From what `COLUMNS` names."""
    values: tuple[Any, ...] = columns
    return _row(*values)


def _row(
    execution_id: int,
    account: str,
    region: str,
    path: str,
    name: str,
    revision: str,
    version: int,
    alias: str,
    status: str,
    started_at: float,
    stopped_at: float | None,
    endpoint_url: str,
    trace_header: str,
    redrive_count: int,
    redriven_at: float | None,
    waiter: str,
    map_run: int,
    item: int,
    machine: int,
    error: str | None,
    cause: str | None,
    run_id: str,
) -> ExecutionRow:
    return ExecutionRow(
        execution_id,
        ExecutionName(Scope(account, region), path, name, run_id),
        revision,
        version,
        alias,
        status,
        started_at,
        stopped_at,
        endpoint_url,
        trace_header,
        redrive_count,
        redriven_at,
        waiter,
        map_run,
        item,
        machine,
        error,
        cause,
    )
