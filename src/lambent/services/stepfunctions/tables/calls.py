"""Rows of stepfunctions_calls: what is to be called, in the order of ids."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.interpreter.run import Call
from lambent.store.database import Row, Transaction

TOPIC = "stepfunctions.calls"
CONTINUE = "continue"
"""Stands where a resource does: nothing is called, the frame just goes on."""

INSERT_CALL = """
INSERT INTO stepfunctions_calls (account, region, lane, execution, frame, attempt, call) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
LIST_CALLS = """
SELECT id, account, region, execution, call FROM stepfunctions_calls WHERE lane = ? AND id > ? ORDER BY id LIMIT ?
"""
IS_QUEUED = "SELECT id FROM stepfunctions_calls WHERE id = ?"
DELETE_CALL = "DELETE FROM stepfunctions_calls WHERE id IN (VALUES (?))"
DELETE_CALL_OF_FRAME = "DELETE FROM stepfunctions_calls WHERE execution = ? AND frame = ?"
DELETE_CALLS = "DELETE FROM stepfunctions_calls WHERE execution = ?"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Call).decode


class Queued(Struct, frozen=True):
    id: int
    scope: Scope
    execution: int
    call: Call


def row_of(scope: Scope, execution_id: int, call: Call) -> Row:
    return (*scope, call.lane, execution_id, call.frame, call.attempt, _encode(call))


def insert(tx: Transaction, scope: Scope, execution_id: int, calls: Sequence[Call]) -> None:
    insert_rows(tx, [row_of(scope, execution_id, call) for call in calls])


def insert_rows(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows`` as `row_of` makes them."""
    tx.run_many(INSERT_CALL, rows)
    tx.signal(TOPIC)


def after(tx: Transaction, lane: str, seen: int, count_max: int) -> list[Queued]:
    """Those of a lane with ids above ``seen``."""
    return tx.all(LIST_CALLS, (lane, seen, count_max), into=_queued)


def is_queued(tx: Transaction, call_id: int) -> bool:
    """Whether somebody waits for the call still."""
    return tx.one(IS_QUEUED, (call_id,)) is not None


def delete(tx: Transaction, call_ids: Iterable[int]) -> None:
    tx.run_many(DELETE_CALL, [(call_id,) for call_id in call_ids])


def delete_of_frames(tx: Transaction, execution_id: int, frames: Iterable[int]) -> None:
    tx.run_many(DELETE_CALL_OF_FRAME, [(execution_id, frame) for frame in frames])


def delete_of(tx: Transaction, execution_id: int) -> None:
    tx.run(DELETE_CALLS, (execution_id,))


def _queued(call_id: int, account: str, region: str, execution_id: int, call: bytes) -> Queued:
    return Queued(call_id, Scope(account, region), execution_id, _decode(call))
