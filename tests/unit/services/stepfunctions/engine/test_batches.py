"""Rows kept until the transaction ends, or until somebody reads them."""

import json
from collections.abc import Callable

from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, task

from lambent.services.stepfunctions.engine.batches import Batch
from lambent.services.stepfunctions.engine.interpreter.frames import DONE, ROOT, Frame
from lambent.services.stepfunctions.engine.interpreter.run import End, Event
from lambent.services.stepfunctions.tables import executions, frames, history
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

Started = Callable[..., ExecutionRow]


def test_rows_are_written_when_it_is_flushed(tx: Transaction, started: Started):
    row, batch = started(machine(S=task())), Batch()
    last = history.last_id(tx, row.id)
    batch.add_events(SCOPE, row.id, [Event(last + 1, "ExecutionSucceeded", last, {})], NOW)
    batch.end(row, End("SUCCEEDED", output="1"), NOW)
    batch.drop_frames(row.id)
    assert history.last_id(tx, row.id) == last
    batch.flush(tx)
    ended = executions.find(tx, row.id)
    assert ended is not None
    assert (ended.status, executions.read_output(tx, row.id)) == ("SUCCEEDED", "1")
    assert history.last_id(tx, row.id) == last + 1
    assert frames.find(tx, row.id, ROOT) is None


def test_the_last_of_several_changes_of_a_frame_counts(tx: Transaction, started: Started):
    row, batch = started(machine(S=task())), Batch()
    frame = Frame(1, ROOT, 0, 0, "S")
    batch.save_frames(SCOPE, row.id, [frame], [])
    frame.data = b"1"
    batch.save_frames(SCOPE, row.id, [], [frame])
    frame.phase, frame.data = DONE, b"2"
    batch.save_frames(SCOPE, row.id, [], [frame])
    batch.flush(tx)
    assert frames.find(tx, row.id, 1) == frame


def test_what_is_taken_is_read_ahead_once(tx: Transaction, started: Started):
    rows, batch = [started(machine(S=task()), name=f"e{n}") for n in range(70)], Batch()
    batch.load(tx, [(row.id, ROOT) for row in rows])
    for row in rows:
        loaded = batch.take(tx, row.id, [ROOT])
        assert loaded is not None
        assert (loaded.row, loaded.last_event_id) == (row, history.last_id(tx, row.id))
        assert loaded.frames == {ROOT: frames.find(tx, row.id, ROOT)}
    batch.end(rows[0], End("FAILED"), NOW)
    again = batch.take(tx, rows[0].id, [ROOT])
    assert again is not None
    assert again.row.status == "FAILED"


def test_children_are_numbered_in_the_order_of_their_items(tx: Transaction, started: Started):
    parent = started(machine(S=task()))
    given = [(f"c{n}", f"r{n}", json.dumps(n)) for n in range(70)]
    made = executions.insert_children(tx, parent, "m/l", given, NOW, place=(7, 30, 1))
    assert [(row.item, executions.read_input(tx, row.id)) for row in made] == [(30 + n, str(n)) for n in range(70)]
    assert [executions.find(tx, row.id) for row in made] == made
