"""Map runs: begun, fed, counted, ended."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import map_runs
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.loop import Returned, Stopped
from lambent.services.stepfunctions.engine.map_runs import BEGUN_MAX, FEED, has_failed
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import calls, executions
from lambent.services.stepfunctions.tables import map_runs as rows
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.map_runs import MapRunRow
from lambent.store.database import Transaction

Begin = Callable[..., tuple[ExecutionRow, MapRunRow]]


@pytest.fixture
def begun(tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]) -> Begin:
    """``begun({…processor…}, [items])``: the execution that waits, and its run, whose items have been read."""

    def begin(inner: Any, items: list[Any], **fields: Any) -> tuple[ExecutionRow, MapRunRow]:
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **inner}
        row = started(machine("M", M={"Type": "Map", "ItemProcessor": processor, "End": True, **fields}), items)
        (queued,) = calls.after(tx, "", 0, 10)
        rows.put_items(tx, SCOPE, row.id, queued.call.frame, 0, [(1, json.dumps(item).encode()) for item in items])
        calls.delete(tx, [queued.id])
        told = Returned(queued.call.frame, queued.call.attempt, str(len(items)).encode())
        transitions.happen(tx, row.id, [told], NOW)
        (run,) = rows.of_execution(tx, row.id, 0, 10)
        return row, run

    return begin


def test_children_that_end_at_once_end_the_run(tx: Transaction, begun: Begin):
    row, run = begun(machine(S=passing()), [1, 2, 3])
    assert run.status == "SUCCEEDED"
    assert executions.read_output(tx, row.id) == "[1,2,3]"
    assert rows.item_counts(tx, run) == {"SUCCEEDED": 3}


def test_a_long_run_is_fed_bit_by_bit(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=passing()), list(range(BEGUN_MAX + 1)))
    assert run.next == BEGUN_MAX
    (feed,) = calls.after(tx, "", 0, 10)
    assert feed.call.resource == FEED
    map_runs.settle(tx, transitions, run.id, NOW)
    assert executions.read_output(tx, row.id) == json.dumps(list(range(BEGUN_MAX + 1)), separators=(",", ":"))


def test_an_end_makes_room_for_the_next(tx: Transaction, transitions: Transitions, begun: Begin):
    _, run = begun(machine(S=task()), [1, 2, 3], MaxConcurrency=2)
    assert (run.next, run.running) == (2, 2)
    first = calls.after(tx, "lambda", 0, 1)[0]
    transitions.happen(tx, first.execution, [Returned(first.call.frame, first.call.attempt, b"1")], NOW)
    again = rows.find(tx, run.id)
    assert again is not None
    assert (again.next, again.running, again.succeeded) == (3, 2, 1)


def test_too_many_failures_abort_the_rest(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=task()), [1, 2, 3])
    first = calls.after(tx, "lambda", 0, 1)[0]
    transitions.happen(tx, first.execution, [Returned(first.call.frame, first.call.attempt, failure=Failure("E"))], NOW)
    ended = rows.find(tx, run.id)
    assert ended is not None
    assert (ended.status, ended.failed, ended.aborted) == ("FAILED", 1, 2)
    assert calls.after(tx, "lambda", 0, 10) == []
    parent = executions.find(tx, row.id)
    assert parent is not None
    assert parent.error == "States.ExceedToleratedFailureThreshold"


def test_the_end_of_who_waits_is_the_end_of_the_run(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=task()), [1, 2])
    transitions.happen(tx, row.id, [Stopped("ABORTED", Failure(None))], NOW)
    ended = rows.find(tx, run.id)
    assert ended is not None
    assert (ended.status, executions.open_of_map_run(tx, run.id)) == ("ABORTED", [])


@pytest.mark.parametrize(
    ("failed", "count", "percentage", "expected"),
    [
        (0, 0, 0, False),
        (1, 0, 0, True),
        (1, 1, 0, False),
        (2, 1, 0, True),
        (1, 0, 10, False),
        (2, 0, 10, True),
        (2, 5, 10, True),
    ],
)
def test_failures_are_tolerated_up_to_either_bound(begun: Begin, failed: int, count: int, percentage: float, expected: bool):
    _, run = begun(machine(S=passing()), list(range(10)))
    judged = replace(run, failed=failed, tolerated_count=count, tolerated_percentage=percentage)
    assert has_failed(judged) is expected


def test_a_run_that_has_ended_is_not_changed(tx: Transaction, transitions: Transitions, begun: Begin):
    _, run = begun(machine(S=passing()), [1])
    bounds = {"concurrency": 1, "tolerated_count": None, "tolerated_percentage": None}
    with pytest.raises(errors.ValidationException):
        map_runs.update(tx, transitions, run.arn, SCOPE, NOW, **bounds)
    with pytest.raises(errors.ResourceNotFound):
        map_runs.find(tx, run.arn + "x", SCOPE)
