"""What the transitions of one transaction read and write, many executions' rows with each statement.

A statement costs more than what it does with a row, since each lets the event loop have the interpreter. So rows are kept until
the transaction ends, or until somebody wants to read what may be among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.interpreter.frames import Frame
from lambent.services.stepfunctions.engine.interpreter.run import Call, End, Event
from lambent.services.stepfunctions.tables import calls, executions, frames, history
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.frames import Loaded
from lambent.store.database import Row, Transaction


@dataclass(slots=True)
class Batch:
    """Rows of many executions. Those of one are read ahead once at most, and not after something of it was written."""

    _loaded: dict[int, Loaded] = field(default_factory=dict)
    _touched: set[int] = field(default_factory=set)
    _added: list[Row] = field(default_factory=list)
    _changed: dict[tuple[int, int], Row] = field(default_factory=dict)  # a statement must not name a frame twice
    _events: list[Row] = field(default_factory=list)
    _calls: list[Row] = field(default_factory=list)
    _ended: list[Row] = field(default_factory=list)
    _dropped: list[Row] = field(default_factory=list)

    # ---- reading -----------------------------------------------------------------------------------------------------

    def load(self, tx: Transaction, wanted: Iterable[tuple[int, int]]) -> None:
        """Reads executions ahead, each with some of its frames. ``wanted``: execution and frame."""
        self.flush(tx)
        self._loaded |= frames.load(tx, wanted)

    def take(self, tx: Transaction, execution: int, wanted: Iterable[int]) -> Loaded | None:
        """An execution, with these frames as far as there are such: for one transition, since that changes it."""
        loaded = self._loaded.pop(execution, None)
        if loaded is None:
            self.flush_of(tx, execution)
            loaded = frames.load(tx, [(execution, frame) for frame in wanted]).get(execution)
        return loaded

    # ---- writing -----------------------------------------------------------------------------------------------------

    def save_frames(self, scope: Scope, execution: int, added: Sequence[Frame], changed: Sequence[Frame]) -> None:
        self._touched.add(execution)
        self._added += [frames.row_of(scope, execution, frame) for frame in added]
        self._changed |= {(execution, frame.id): frames.change_of(execution, frame) for frame in changed}

    def add_events(self, scope: Scope, execution: int, events: Sequence[Event], at: Instant, *, are_kept: bool = True) -> None:
        self._touched.add(execution)
        self._events.append(history.row_of(scope, execution, events, at, are_kept=are_kept))

    def add_calls(self, scope: Scope, execution: int, made: Sequence[Call]) -> None:
        self._touched.add(execution)
        self._calls += [calls.row_of(scope, execution, call) for call in made]

    def end(self, row: ExecutionRow, end: End, now: Instant) -> None:
        self._touched.add(row.id)
        failure = (None, None) if end.failure is None else (end.failure.error, end.failure.cause)
        self._ended.append((row.id, end.status, now, end.output, *failure))

    def drop_frames(self, execution: int) -> None:
        """Of an execution that has succeeded: its fans are gone already."""
        self._touched.add(execution)
        self._dropped.append((execution,))

    def flush_of(self, tx: Transaction, execution: int) -> None:
        """Before rows of an execution are read, or deleted by what they have in common."""
        if execution in self._touched:
            self.flush(tx)

    def flush(self, tx: Transaction) -> None:
        if not self._touched:
            return
        # The order matters where one execution has several kinds of rows here: frames that were added may be dropped again.
        for rows, write in (
            (self._added, frames.insert),
            (list(self._changed.values()), frames.update),
            (self._dropped, frames.delete_all),
            (self._events, history.insert),
            (self._calls, calls.insert_rows),
            (self._ended, executions.end),
        ):
            if rows:
                write(tx, rows)
        for kept in (self._added, self._changed, self._dropped, self._events, self._calls, self._ended):
            kept.clear()
        self._touched.clear()
