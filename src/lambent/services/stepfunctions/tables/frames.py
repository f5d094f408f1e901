"""Rows of stepfunctions_frames and stepfunctions_fans."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.interpreter.frames import DONE, OPEN, ROOT, Fan, Frame
from lambent.services.stepfunctions.tables import executions
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Row, Transaction, Value

_COLUMNS = """id, parent, idx, machine, state, phase, attempt, entered_id, last_id, entered_at, retries, secret, heartbeat_s,
timers, variables, item, data"""
_OPEN = ", ".join(f"'{phase}'" for phase in sorted(OPEN))
FIND_FRAME = f"SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND id = ?"  # noqa: S608 - column names only
INSERT_FRAME = f"""
INSERT INTO stepfunctions_frames (account, region, execution, {_COLUMNS})
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
UPDATE_FRAME = """
UPDATE stepfunctions_frames SET state = new.column3, phase = new.column4, attempt = new.column5, entered_id = new.column6,
    last_id = new.column7, entered_at = new.column8, retries = new.column9, secret = new.column10, heartbeat_s = new.column11,
    timers = new.column12, variables = new.column13, data = new.column14
FROM (VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)) AS new WHERE execution = new.column1 AND id = new.column2
"""
FRAMES_IN_ORDER = f"""
SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND id >= ? ORDER BY id LIMIT ?
"""  # noqa: S608
_FRAME = ", ".join(f"f.{column.strip()}" for column in _COLUMNS.split(","))
_EXECUTION = ", ".join(f"e.{column}" for column in executions.COLUMNS)
LOADED_AT_ONCE = (64, 16, 4, 1)
LOAD = {
    count: f"""
SELECT {_EXECUTION}, (SELECT h.last_id FROM stepfunctions_history h WHERE h.execution = e.id ORDER BY h.first_id DESC LIMIT 1),
    EXISTS (SELECT 1 FROM stepfunctions_machines m
        WHERE m.account = e.account AND m.region = e.region AND m.name = e.path AND m.is_deleting <> 0),
    {_FRAME}
FROM (VALUES {", ".join(["(?, ?)"] * count)}) AS asked
JOIN stepfunctions_executions e ON e.id = asked.column1
LEFT JOIN stepfunctions_frames f ON f.execution = asked.column1 AND f.id = asked.column2
"""  # noqa: S608
    for count in LOADED_AT_ONCE
}
"""By how many are asked for: several with a statement, as `run_many` writes several."""
LAST_FRAME = "SELECT max(id) FROM stepfunctions_frames WHERE execution = ?"
LIST_OUTPUTS = f"""
SELECT data FROM stepfunctions_frames WHERE execution = ? AND parent = ? AND phase = '{DONE}' ORDER BY idx
"""  # noqa: S608
LIST_OPEN = f"""
SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND parent = ? AND phase IN ({_OPEN}) ORDER BY idx
"""  # noqa: S608
LIST_UNFINISHED = f"""
SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND parent = ? AND phase <> '{DONE}' ORDER BY idx
"""  # noqa: S608
LIST_FANNED = """
SELECT frame FROM stepfunctions_fans WHERE execution = ? AND frame IN
    (SELECT id FROM stepfunctions_frames WHERE execution = ? AND parent = ?)
"""
DELETE_CHILDREN = "DELETE FROM stepfunctions_frames WHERE execution = ? AND parent = ?"
DELETE_FRAMES = "DELETE FROM stepfunctions_frames WHERE execution IN (VALUES (?))"
LIST_TIMED = f"SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND timers <> ''"  # noqa: S608
FIND_FAN = """
SELECT frame, first_child, total, next, done, started_id, concurrency FROM stepfunctions_fans WHERE execution = ? AND frame = ?
"""
PUT_FAN = """
INSERT INTO stepfunctions_fans (account, region, execution, frame, first_child, total, next, done, started_id, concurrency)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (execution, frame) DO UPDATE SET first_child = excluded.first_child, total = excluded.total, next = excluded.next,
    done = excluded.done, started_id = excluded.started_id, concurrency = excluded.concurrency
"""
DELETE_FANS = "DELETE FROM stepfunctions_fans WHERE execution = ?"
DELETE_FAN = "DELETE FROM stepfunctions_fans WHERE execution = ? AND frame = ?"


def find(tx: Transaction, execution_id: int, frame_id: int) -> Frame | None:
    return tx.one(FIND_FRAME, (execution_id, frame_id), into=_frame)


def in_order(tx: Transaction, execution_id: int, first: int, count_max: int) -> list[Frame]:
    """Those with ids from ``first`` on."""
    return tx.all(FRAMES_IN_ORDER, (execution_id, first, count_max), into=_frame)


def load(tx: Transaction, wanted: Iterable[tuple[int, int]]) -> "dict[int, Loaded]":
    """Executions, each with the frames that are asked for, as far as there are any. ``wanted``: execution and frame."""
    found: dict[int, Loaded] = {}
    places, at = list(wanted), 0
    for count in LOADED_AT_ONCE:
        while len(places) - at >= count:
            for row in tx.all(LOAD[count], [value for place in places[at : at + count] for value in place]):
                _take(found, row)
            at += count
    return found


class Loaded(Struct, frozen=True):
    """An execution, the id of its last event, if its machine is being deleted, and some of its frames by their ids."""

    row: ExecutionRow
    last_event_id: int
    is_doomed: bool
    frames: dict[int, Frame] = {}


def _take(found: dict[int, Loaded], columns: Row) -> None:
    execution_id, split = int(columns[0] or 0), len(executions.COLUMNS)
    loaded = found.get(execution_id)
    if loaded is None:
        last_event_id = int(columns[split] or 0)
        row = executions.row_from(columns[:split])
        loaded = found[execution_id] = Loaded(row, last_event_id, bool(columns[split + 1]))
    if columns[split + 2] is not None:
        values: tuple[Any, ...] = columns[split + 2 :]
        frame = _frame(*values)
        loaded.frames[frame.id] = frame


def row_of(scope: Scope, execution_id: int, frame: Frame) -> Row:
    place = (frame.id, frame.parent, frame.index, frame.machine)
    return (*scope, execution_id, *place, *_changing(frame), frame.variables, frame.item, frame.data)


def change_of(execution_id: int, frame: Frame) -> Row:
    return (execution_id, frame.id, *_changing(frame), frame.variables, frame.data)


def insert(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows`` as `row_of` makes them."""
    tx.run_many(INSERT_FRAME, rows)


def update(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows`` as `change_of` makes them."""
    tx.run_many(UPDATE_FRAME, rows)


def last_id(tx: Transaction, execution_id: int) -> int:
    row = tx.one(LAST_FRAME, (execution_id,))
    return ROOT if row is None or row[0] is None else int(row[0])


def outputs(tx: Transaction, execution_id: int, parent: int) -> list[bytes]:
    return tx.all(LIST_OUTPUTS, (execution_id, parent), into=_first)


def open_children(tx: Transaction, execution_id: int, parent: int) -> list[Frame]:
    return tx.all(LIST_OPEN, (execution_id, parent), into=_frame)


def unfinished_children(tx: Transaction, execution_id: int, parent: int) -> list[Frame]:
    return tx.all(LIST_UNFINISHED, (execution_id, parent), into=_frame)


def timed(tx: Transaction, execution_id: int) -> list[Frame]:
    """Those for which a timer runs."""
    return tx.all(LIST_TIMED, (execution_id,), into=_frame)


def delete_below(tx: Transaction, execution_id: int, parent: int) -> None:
    for child in tx.all(LIST_FANNED, (execution_id, execution_id, parent), into=int):
        delete_below(tx, execution_id, child)
    tx.run(DELETE_CHILDREN, (execution_id, parent))
    tx.run(DELETE_FAN, (execution_id, parent))


def delete_all(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows``: ids of executions that have succeeded. Their fans are gone already."""
    tx.run_many(DELETE_FRAMES, rows)


def delete_execution(tx: Transaction, execution_id: int) -> None:
    """All frames and fans of an execution."""
    tx.run(DELETE_FRAMES, (execution_id,))
    tx.run(DELETE_FANS, (execution_id,))


def find_fan(tx: Transaction, execution_id: int, frame_id: int) -> Fan | None:
    return tx.one(FIND_FAN, (execution_id, frame_id), into=Fan)


def put_fans(tx: Transaction, scope: Scope, execution_id: int, fans: Iterable[Fan]) -> None:
    tx.run_many(
        PUT_FAN,
        [(*scope, execution_id, f.frame, f.first_child, f.total, f.next, f.done, f.started_id, f.concurrency) for f in fans],
    )


def _changing(frame: Frame) -> tuple[Value, ...]:
    waits = (frame.state, frame.phase, frame.attempt, frame.entered_id, frame.last_id, frame.entered_at)
    retries = json.dumps(frame.retries) if frame.retries else ""
    return (*waits, retries, frame.secret, frame.heartbeat_s, ",".join(frame.timers))


def _frame(
    frame_id: int,
    parent: int,
    index: int,
    machine: int,
    state: str,
    phase: str,
    attempt: int,
    entered_id: int,
    last: int,
    entered_at: float,
    retries: str,
    secret: str,
    heartbeat_s: float,
    timers: str,
    variables: bytes,
    item: bytes,
    data: bytes,
) -> Frame:
    return Frame(
        frame_id,
        parent,
        index,
        machine,
        state,
        phase,
        attempt,
        entered_id,
        last,
        entered_at,
        json.loads(retries) if retries else [],
        secret,
        heartbeat_s,
        tuple(timers.split(",")) if timers else (),
        variables,
        item,
        data,
    )


def _first(data: bytes) -> bytes:
    return data
