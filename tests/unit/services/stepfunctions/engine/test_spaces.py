"""Rows as the interpreter sees them behave as its dictionary does."""

from collections.abc import Callable

from tests.unit.services.stepfunctions.engine.conftest import SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, task

from lambent.services.stepfunctions.engine.interpreter.frames import DONE, Fan, Frame
from lambent.services.stepfunctions.engine.spaces import RowSpace
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction


def test_frames_come_back_as_they_were_saved(tx: Transaction, started: Callable[..., ExecutionRow]):
    space = RowSpace(tx, SCOPE, started(machine(S=task()), {"a": 1}).id)
    assert space.input() == '{"a": 1}'
    frame = Frame(1, 0, 0, 0, "S", "call", 7, 5, 6, 1.5, [0, 2], "s", 3.0, ("timeout", "heartbeat"), b"{}", b"1", b"2")
    space.save(added=[frame], changed=[], fans=[])
    assert space.frame(1) == frame
    frame.phase, frame.data = DONE, b"out"
    space.save(added=[], changed=[frame], fans=[Fan(0, 1, 1, 1, 1, 3, 40)])
    assert space.outputs(0) == [b"out"]
    assert space.fan(0) == Fan(0, 1, 1, 1, 1, 3, 40)


def test_what_is_below_goes_with_its_fans(tx: Transaction, started: Callable[..., ExecutionRow]):
    space = RowSpace(tx, SCOPE, started(machine(S=task())).id)
    space.save(
        added=[Frame(1, 0, 0, 0, "S"), Frame(2, 1, 0, 0, "S")],
        changed=[],
        fans=[Fan(0, 1, 1, 1, 0, 1, 1), Fan(1, 2, 1, 1, 0, 1, 1)],
    )
    assert [frame.id for frame in space.open_children(0)] == [1]
    assert space.next_frame_id() == 3
    space.drop_below(0)
    assert [space.frame(1), space.frame(2), space.fan(0), space.fan(1)] == [None] * 4
