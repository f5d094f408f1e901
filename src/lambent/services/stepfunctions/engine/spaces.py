"""The rows of one execution as the interpreter sees them."""

from lambent.services.stepfunctions.engine.identifiers import Scope
from lambent.services.stepfunctions.engine.interpreter.frames import Fan, Frame
from lambent.services.stepfunctions.tables import executions, frames
from lambent.store.database import Transaction


class RowSpace:
    """A ``Space`` in a transaction."""

    def __init__(self, tx: Transaction, scope: Scope, execution_id: int, given: str | None = None) -> None:
        """``given`` is the execution's input, where it is known already."""
        self._given = given
        self._tx = tx
        self._scope = scope
        self._id = execution_id

    def input(self) -> str:
        if self._given is None:
            self._given = executions.read_input(self._tx, self._id)
        return self._given

    def frame(self, frame_id: int) -> Frame | None:
        return frames.find(self._tx, self._id, frame_id)

    def fan(self, frame_id: int) -> Fan | None:
        return frames.find_fan(self._tx, self._id, frame_id)

    def save(self, *, added: list[Frame], changed: list[Frame], fans: list[Fan]) -> None:
        if added:
            frames.insert(self._tx, self._scope, self._id, added)
        if changed:
            frames.update(self._tx, self._id, changed)
        if fans:
            frames.put_fans(self._tx, self._scope, self._id, fans)

    def next_frame_id(self) -> int:
        return frames.last_id(self._tx, self._id) + 1

    def outputs(self, parent: int) -> list[bytes]:
        return frames.outputs(self._tx, self._id, parent)

    def open_children(self, parent: int) -> list[Frame]:
        return frames.open_children(self._tx, self._id, parent)

    def unfinished_children(self, parent: int) -> list[Frame]:
        return frames.unfinished_children(self._tx, self._id, parent)

    def drop_below(self, parent: int) -> None:
        frames.delete_below(self._tx, self._id, parent)
