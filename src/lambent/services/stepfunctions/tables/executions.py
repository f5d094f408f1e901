"""Rows of stepfunctions_executions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambent.core.clock import Instant
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, MachineName, Scope
from lambent.store.database import Row, Transaction

RUNNING = "RUNNING"

_COLUMNS = """id, account, region, path, name, revision, version, alias, status, started_at, stopped_at, endpoint_url,
trace_header, redrive_count, redriven_at, waiter, map_run, item, machine, error, cause"""
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
    trace_header, redrive_count, waiter, map_run, item, machine, input)
VALUES (?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, 0, '', ?, ?, ?, ?)
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


@dataclass(frozen=True, slots=True)
class ExecutionRow:
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
    children: Sequence[tuple[str, str]],
    now: Instant,
    *,
    place: tuple[int, int, int],
) -> list[ExecutionRow]:
    """Children of a distributed Map: new names, and inputs. ``place``: map run, the item of the first, and machine."""
    map_run, first_item, machine = place
    before = tx.one(LAST_EXECUTION, into=_number)
    same = (parent.revision, parent.version, parent.alias, now, parent.endpoint_url, parent.trace_header)
    rows: list[Row] = [
        (*parent.scope, path, name, *same, map_run, first_item + n, machine, given) for n, (name, given) in enumerate(children)
    ]
    tx.run_many(INSERT_CHILD, rows)
    first = tx.one(FIRST_CHILD, (map_run, before, len(rows)), into=_number)
    # One writer gives ids in the order of rows. It has to be so, for a child's input is that of its item.
    assert first, "ids and items follow one another"
    return [
        ExecutionRow(
            first + n,
            ExecutionName(parent.scope, path, name),
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
        for n, (name, _) in enumerate(children)
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
) -> ExecutionRow:
    return ExecutionRow(
        execution_id,
        ExecutionName(Scope(account, region), path, name),
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
