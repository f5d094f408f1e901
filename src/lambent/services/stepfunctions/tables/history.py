"""Rows of stepfunctions_history: the events of a transition."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.interpreter.run import Event
from lambent.store.database import Row, Transaction

INSERT_EVENTS = """
INSERT INTO stepfunctions_history (account, region, execution, first_id, last_id, events) VALUES (?, ?, ?, ?, ?, ?)
"""
LAST_EVENT_ID = "SELECT last_id FROM stepfunctions_history WHERE execution = ? ORDER BY first_id DESC LIMIT 1"
LIST_FROM = """
SELECT events FROM stepfunctions_history WHERE execution = ? AND last_id >= ? AND first_id <= ? ORDER BY first_id
"""
DELETE_HISTORY = "DELETE FROM stepfunctions_history WHERE execution = ?"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Recorded(Struct, frozen=True):
    event: Event
    at: Instant


def row_of(scope: Scope, execution_id: int, events: Sequence[Event], at: Instant, *, are_kept: bool = True) -> Row:
    """``events``: at least one. Where they are not to be kept, the row only says how far they went."""
    kept = events if are_kept else ()
    told = _encode([at, [(event.id, event.type, event.previous_id, event.details) for event in kept]])
    return (*scope, execution_id, events[0].id, events[-1].id, told)


def insert(tx: Transaction, rows: Sequence[Row]) -> None:
    """``rows`` as `row_of` makes them."""
    tx.run_many(INSERT_EVENTS, rows)


def last_id(tx: Transaction, execution_id: int) -> int:
    return tx.one(LAST_EVENT_ID, (execution_id,), into=int) or 0


def between(tx: Transaction, execution_id: int, first: int, last: int) -> list[Recorded]:
    """The events with ids from ``first`` to ``last``."""
    found: list[Recorded] = []
    for blob in tx.all(LIST_FROM, (execution_id, first, last), into=_first):
        at, events = _decode(blob)
        found += [_recorded(at, *event) for event in events if first <= event[0] <= last]
    return found


def delete(tx: Transaction, execution_id: int) -> None:
    tx.run(DELETE_HISTORY, (execution_id,))


def _recorded(at: Instant, event_id: int, kind: str, previous_id: int, details: dict[str, Any]) -> Recorded:
    return Recorded(Event(event_id, kind, previous_id, details), at)


def _first(blob: bytes) -> bytes:
    return blob
