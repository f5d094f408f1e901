"""The rows of one execution as the interpreter sees them."""

from collections.abc import Mapping

from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.batches import Batch
from lambent.services.stepfunctions.engine.interpreter.frames import Fan, Frame, MapRunLeft
from lambent.services.stepfunctions.engine.interpreter.run import SUCCEEDED
from lambent.services.stepfunctions.tables import executions, frames, map_runs
from lambent.store.database import Transaction

NOTHING: Mapping[int, Frame] = {}


class RowSpace:
    """A ``Space`` in a transaction. What it saves is written with what others save."""

    def __init__(
        self,
        tx: Transaction,
        scope: Scope,
        execution_id: int,
        given: str | None = None,
        *,
        batch: Batch | None = None,
        known: Mapping[int, Frame] = NOTHING,
    ) -> None:
        """``given`` is the execution's input, where it is known already; ``known`` are frames that have just been read."""
        self._given = given
        self.has_rows = given is None  # what has just begun has none before it saves some
        self._tx = tx
        self._scope = scope
        self._id = execution_id
        self._batch = batch or Batch()
        self._known = known

    def input(self) -> str:
        if self._given is None:
            self._given = executions.read_input(self._tx, self._id)
        return self._given

    def frame(self, frame_id: int) -> Frame | None:
        known = self._known.get(frame_id)
        return known or frames.find(self._current(), self._id, frame_id)

    def frames_from(self, first: int, count_max: int) -> list[Frame]:
        return frames.in_order(self._current(), self._id, first, count_max)

    def fan(self, frame_id: int) -> Fan | None:
        return frames.find_fan(self._tx, self._id, frame_id)

    def save(self, *, added: list[Frame], changed: list[Frame], fans: list[Fan]) -> None:
        self._known = NOTHING  # from here on the rows are newer
        self.has_rows = self.has_rows or bool(added)
        if added or changed:
            self._batch.save_frames(self._scope, self._id, added, changed)
        if fans:
            frames.put_fans(self._tx, self._scope, self._id, fans)

    def next_frame_id(self) -> int:
        return frames.last_id(self._current(), self._id) + 1

    def outputs(self, parent: int) -> list[bytes]:
        return frames.outputs(self._current(), self._id, parent)

    def open_children(self, parent: int) -> list[Frame]:
        return frames.open_children(self._current(), self._id, parent)

    def unfinished_children(self, parent: int) -> list[Frame]:
        return frames.unfinished_children(self._current(), self._id, parent)

    def drop_below(self, parent: int) -> None:
        self._known = NOTHING
        frames.delete_below(self._current(), self._id, parent)

    def map_run_to_redrive(self, frame: Frame) -> MapRunLeft | None:
        run = map_runs.newest_of_frame(self._tx, self._id, frame.id)
        if run is None or run.attempt <= frame.entered_id:
            return None  # of another state, or of an earlier visit of this one
        # Where a run succeeded, and its results are where they should be, it was the state that failed.
        is_unsuccessful = run.status != SUCCEEDED or (run.settings["writes_to"] is not None and not run.written)
        return MapRunLeft(run.arn, run.redrive_count) if is_unsuccessful else None

    def _current(self) -> Transaction:
        """The transaction, once what was saved of the execution has been written."""
        self._batch.flush_of(self._tx, self._id)
        return self._tx
