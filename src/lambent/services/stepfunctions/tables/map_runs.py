"""Rows of stepfunctions_map_runs and stepfunctions_map_items."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.store.database import Transaction

_COLUMNS = """id, account, region, uuid, execution, frame, attempt, path, status, started_at, stopped_at, concurrency,
tolerated_count, tolerated_percentage, total, next, succeeded, failed, timed_out, aborted, written, redrive_count, redriven_at,
pending_redrive, settings"""
INSERT_RUN = """
INSERT INTO stepfunctions_map_runs (account, region, uuid, execution, frame, attempt, path, status, started_at, concurrency,
    tolerated_count, tolerated_percentage, total, next, succeeded, failed, timed_out, aborted, written, settings)
VALUES (?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ?) RETURNING id
"""
FIND_RUN = f"SELECT {_COLUMNS} FROM stepfunctions_map_runs WHERE id = ?"  # noqa: S608 - column names only
FIND_RUN_BY_UUID = f"SELECT {_COLUMNS} FROM stepfunctions_map_runs WHERE account = ? AND region = ? AND uuid = ?"  # noqa: S608
LIST_RUNS = f"SELECT {_COLUMNS} FROM stepfunctions_map_runs WHERE execution = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
LIST_OPEN_RUNS = f"SELECT {_COLUMNS} FROM stepfunctions_map_runs WHERE execution = ? AND status = 'RUNNING'"  # noqa: S608
UPDATE_COUNTS = """
UPDATE stepfunctions_map_runs SET next = ?, succeeded = ?, failed = ?, timed_out = ?, aborted = ?, pending_redrive = ?
WHERE id = ?
"""
SAVE_WRITTEN = "UPDATE stepfunctions_map_runs SET written = ? WHERE id = ?"
NEWEST_OF_FRAME = f"""
SELECT {_COLUMNS} FROM stepfunctions_map_runs WHERE execution = ? AND frame = ? ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - column names only
REDRIVE_RUN = """
UPDATE stepfunctions_map_runs SET status = 'RUNNING', stopped_at = NULL, attempt = ?, redrive_count = redrive_count + 1,
    redriven_at = ? WHERE id = ?
"""
END_RUN = "UPDATE stepfunctions_map_runs SET status = ?, stopped_at = ? WHERE id = ?"
UPDATE_LIMITS = """
UPDATE stepfunctions_map_runs SET concurrency = ?, tolerated_count = ?, tolerated_percentage = ? WHERE id = ?
"""
PUT_ITEM = """
INSERT INTO stepfunctions_map_items (account, region, execution, frame, idx, items, status, input, output)
VALUES (?, ?, ?, ?, ?, ?, '', ?, x'')
ON CONFLICT (execution, frame, idx) DO UPDATE SET items = excluded.items, status = '', input = excluded.input, output = x''
"""
LIST_INPUTS = """
SELECT input FROM stepfunctions_map_items WHERE execution = ? AND frame = ? AND idx >= ? ORDER BY idx LIMIT ?
"""
END_ITEM = """
UPDATE stepfunctions_map_items SET status = new.column4, output = new.column5
FROM (VALUES (?, ?, ?, ?, ?)) AS new WHERE execution = new.column1 AND frame = new.column2 AND idx = new.column3
"""
LIST_ENDS = """
SELECT idx, status, output FROM stepfunctions_map_items
WHERE execution = ? AND frame = ? AND idx >= ? ORDER BY idx LIMIT ?
"""
COUNT_ITEMS = "SELECT status, sum(items) FROM stepfunctions_map_items WHERE execution = ? AND frame = ? GROUP BY status"
DELETE_ITEMS = "DELETE FROM stepfunctions_map_items WHERE execution = ? AND frame = ?"


class MapRunRow(Struct, frozen=True):
    """``path`` is that of its children (`MachineName.path`). ``settings``: the processor's number, the writer's parameters."""

    id: int
    scope: Scope
    uuid: str
    execution: int
    frame: int
    attempt: int
    path: str
    status: str
    started_at: Instant
    stopped_at: Instant | None
    concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    total: int
    next: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    written: int
    redrive_count: int
    redriven_at: Instant | None
    pending_redrive: int
    settings: Mapping[str, Any]

    @property
    def is_express(self) -> bool:
        """Whether its children are."""
        return bool(self.settings.get("is_express"))

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{self.scope.region}:{self.scope.account}:mapRun:{self.path}:{self.uuid}"

    @property
    def done(self) -> int:
        return self.succeeded + self.failed + self.timed_out + self.aborted

    @property
    def running(self) -> int:
        return self.next - self.done - self.pending_redrive

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"


def insert(
    tx: Transaction,
    scope: Scope,
    uuid: str,
    place: tuple[int, int, int],
    path: str,
    now: Instant,
    *,
    limits: tuple[int, int, float],
    total: int,
    settings: Mapping[str, Any],
) -> int:
    """``place``: execution, frame and attempt that wait; ``limits``: concurrency, tolerated count and percentage."""
    values = (*scope, uuid, *place, path, now, *limits, total, json.dumps(settings))
    found = tx.one(INSERT_RUN, values, into=int)
    assert found is not None, "an insert returns its id"
    return found


def find(tx: Transaction, run_id: int) -> MapRunRow | None:
    return tx.one(FIND_RUN, (run_id,), into=_row)


def find_named(tx: Transaction, scope: Scope, uuid: str) -> MapRunRow | None:
    return tx.one(FIND_RUN_BY_UUID, (*scope, uuid), into=_row)


def of_execution(tx: Transaction, execution: int, after: int, count_max: int) -> list[MapRunRow]:
    return tx.all(LIST_RUNS, (execution, after, count_max), into=_row)


def open_of(tx: Transaction, execution: int) -> list[MapRunRow]:
    return tx.all(LIST_OPEN_RUNS, (execution,), into=_row)


def save_counts(tx: Transaction, row: MapRunRow) -> None:
    counts = (row.next, row.succeeded, row.failed, row.timed_out, row.aborted, row.pending_redrive)
    tx.run(UPDATE_COUNTS, (*counts, row.id))


def newest_of_frame(tx: Transaction, execution: int, frame: int) -> MapRunRow | None:
    return tx.one(NEWEST_OF_FRAME, (execution, frame), into=_row)


def redrive(tx: Transaction, run_id: int, attempt: int, now: Instant) -> None:
    tx.run(REDRIVE_RUN, (attempt, now, run_id))


def save_written(tx: Transaction, run_id: int, count: int) -> None:
    """So many children's ends are in files."""
    tx.run(SAVE_WRITTEN, (count, run_id))


def end(tx: Transaction, run_id: int, status: str, now: Instant) -> None:
    tx.run(END_RUN, (status, now, run_id))


def save_limits(tx: Transaction, run_id: int, concurrency: int, count: int, percentage: float) -> None:
    tx.run(UPDATE_LIMITS, (concurrency, count, percentage, run_id))


def put_items(
    tx: Transaction, scope: Scope, execution: int, frame: int, first: int, items: Iterable[tuple[int, bytes]]
) -> None:
    """``items``: how many are in each, and its input; the places begin at ``first``."""
    tx.run_many(PUT_ITEM, [(*scope, execution, frame, first + n, count, data) for n, (count, data) in enumerate(items)])


def inputs(tx: Transaction, run: MapRunRow, first: int, count_max: int) -> list[bytes]:
    """Those of the children from ``first`` on."""
    return tx.all(LIST_INPUTS, (run.execution, run.frame, first, count_max), into=_input)


def end_items(tx: Transaction, run: MapRunRow, ended: Iterable[tuple[int, str, bytes]]) -> None:
    """``ended``: place, status and output of children."""
    place = (run.execution, run.frame)
    tx.run_many(END_ITEM, [(*place, index, status, output) for index, status, output in ended])


def ends(tx: Transaction, run: MapRunRow, first: int, count_max: int) -> Sequence[tuple[int, str, bytes]]:
    """Place, status and output of children, in order."""
    return tx.all(LIST_ENDS, (run.execution, run.frame, first, count_max), into=_end)


def item_counts(tx: Transaction, run: MapRunRow) -> dict[str, int]:
    """How many items there are by the status of their execution; "" is of those that have not ended."""
    return dict(tx.all(COUNT_ITEMS, (run.execution, run.frame), into=_count))


def delete_items(tx: Transaction, execution: int, frame: int) -> None:
    tx.run(DELETE_ITEMS, (execution, frame))


def _row(run_id: int, account: str, region: str, *rest: Any) -> MapRunRow:
    facts: tuple[Any, ...] = (run_id, Scope(account, region), *rest[:-1], json.loads(rest[-1]))
    return MapRunRow(*facts)


def _end(index: int, status: str, output: bytes) -> tuple[int, str, bytes]:
    return index, status, output


def _count(status: str, count: int) -> tuple[str, int]:
    return status, count


def _input(data: bytes) -> bytes:
    return data
