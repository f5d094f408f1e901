"""Rows of stepfunctions_frames and stepfunctions_fans."""

import json
from collections.abc import Iterable

from lambent.services.stepfunctions.engine.identifiers import Scope
from lambent.services.stepfunctions.engine.interpreter.frames import DONE, OPEN, ROOT, Fan, Frame
from lambent.store.database import Transaction, Value

_COLUMNS = """id, parent, idx, machine, state, phase, attempt, entered_id, last_id, entered_at, retries, secret, heartbeat_s,
timers, variables, item, data"""
_OPEN = ", ".join(f"'{phase}'" for phase in sorted(OPEN))
FIND_FRAME = f"SELECT {_COLUMNS} FROM stepfunctions_frames WHERE execution = ? AND id = ?"  # noqa: S608 - column names only
INSERT_FRAME = f"""
INSERT INTO stepfunctions_frames (account, region, execution, {_COLUMNS})
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
UPDATE_FRAME = """
UPDATE stepfunctions_frames SET state = ?, phase = ?, attempt = ?, entered_id = ?, last_id = ?, entered_at = ?, retries = ?,
    secret = ?, heartbeat_s = ?, timers = ?, variables = ?, data = ?
WHERE execution = ? AND id = ?
"""
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
DELETE_FRAMES = "DELETE FROM stepfunctions_frames WHERE execution = ?"
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
DELETE_FAN = "DELETE FROM stepfunctions_fans WHERE execution = ? AND frame = ?"


def find(tx: Transaction, execution_id: int, frame_id: int) -> Frame | None:
    return tx.one(FIND_FRAME, (execution_id, frame_id), into=_frame)


def insert(tx: Transaction, scope: Scope, execution_id: int, frames: Iterable[Frame]) -> None:
    tx.run_many(INSERT_FRAME, [(*scope, execution_id, *_values(frame)) for frame in frames])


def update(tx: Transaction, execution_id: int, frames: Iterable[Frame]) -> None:
    tx.run_many(UPDATE_FRAME, [(*_changing(frame), frame.variables, frame.data, execution_id, frame.id) for frame in frames])


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


def delete_all(tx: Transaction, execution_id: int) -> None:
    """Of an execution that has succeeded: its fans are gone already."""
    tx.run(DELETE_FRAMES, (execution_id,))


def find_fan(tx: Transaction, execution_id: int, frame_id: int) -> Fan | None:
    return tx.one(FIND_FAN, (execution_id, frame_id), into=Fan)


def put_fans(tx: Transaction, scope: Scope, execution_id: int, fans: Iterable[Fan]) -> None:
    tx.run_many(
        PUT_FAN,
        [(*scope, execution_id, f.frame, f.first_child, f.total, f.next, f.done, f.started_id, f.concurrency) for f in fans],
    )


def _values(frame: Frame) -> tuple[Value, ...]:
    place = (frame.id, frame.parent, frame.index, frame.machine)
    return (*place, *_changing(frame), frame.variables, frame.item, frame.data)


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
