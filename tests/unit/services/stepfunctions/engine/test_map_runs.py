"""Map runs: begun, fed, counted, ended."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions as executions_engine
from lambent.services.stepfunctions.engine import map_runs
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.distributed import READ_ITEMS
from lambent.services.stepfunctions.engine.interpreter.loop import Returned, Stopped
from lambent.services.stepfunctions.engine.map_runs import BEGUN_MAX, FEED, has_failed
from lambent.services.stepfunctions.engine.transitions import Result, Transitions
from lambent.services.stepfunctions.tables import calls, executions, history
from lambent.services.stepfunctions.tables import map_runs as rows
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.map_runs import MapRunRow
from lambent.store.database import Transaction

Begin = Callable[..., tuple[ExecutionRow, MapRunRow]]


@pytest.fixture
def begun(tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]) -> Begin:
    """``begun({…processor…}, [items])``: the execution that waits, and its run, whose items have been read."""

    def begin(inner: Any, items: list[Any], kind: str = "STANDARD", **fields: Any) -> tuple[ExecutionRow, MapRunRow]:
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **inner}
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


# ---- redrive ---------------------------------------------------------------------------------------------------------


def answer(tx: Transaction, transitions: Transitions, *outcomes: str | bytes) -> list[bytes]:
    """Answers the calls that wait, the first first: with JSON (bytes), or an error (str). Returns what they asked."""
    asked = []
    for outcome in outcomes:
        queued = calls.after(tx, "lambda", 0, 1)[0]
        asked.append(queued.call.parameters)
        told = {"output": outcome} if isinstance(outcome, bytes) else {"failure": Failure(outcome)}
        happening = Returned(queued.call.frame, queued.call.attempt, **told)
        transitions.record(tx, [Result(queued.id, SCOPE.account, queued.execution, happening)], {SCOPE.account: NOW})
    return asked


def redriven(tx: Transaction, transitions: Transitions, row: ExecutionRow, run: MapRunRow) -> MapRunRow:
    executions_engine.redrive(tx, transitions, row.execution, NOW + 1)
    return found(tx, run)


def found(tx: Transaction, run: MapRunRow) -> MapRunRow:
    again = rows.find(tx, run.id)
    assert again is not None
    return again


def statuses(tx: Transaction, run: MapRunRow) -> list[str]:
    return [child.status for child in reversed(executions.newest_of_map_run(tx, run.id, before=2**62, count_max=100))]


def types(tx: Transaction, row: ExecutionRow) -> list[str]:
    return [each.event.type for each in history.between(tx, row.id, 1, 1_000)]


def test_a_redrive_runs_again_what_has_failed_and_begins_what_had_not_begun(
    tx: Transaction, transitions: Transitions, begun: Begin
):
    row, run = begun(machine(S=task()), [1, 2, 3], MaxConcurrency=1)
    answer(tx, transitions, b"10", "E")
    assert (found(tx, run).status, statuses(tx, run)) == ("FAILED", ["SUCCEEDED", "FAILED"])
    again = redriven(tx, transitions, row, run)
    assert (again.status, again.redrive_count, again.redriven_at) == ("RUNNING", 1, NOW + 1)
    assert (again.succeeded, again.failed, again.running, again.pending_redrive) == (1, 0, 1, 0)
    assert answer(tx, transitions, b"20", b"30") == [b"2", b"3"]
    assert executions.read_output(tx, row.id) == "[10,20,30]"
    told = [each.event.details for each in history.between(tx, row.id, 1, 100) if each.event.type == "MapRunRedriven"]
    assert told == [{"mapRunArn": run.arn, "redriveCount": 1}]
    child = executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2)[1]
    assert (child.item, child.redrive_count) == (1, 1)
    assert types(tx, child).count("ExecutionRedriven") == 1
    assert len(rows.of_execution(tx, row.id, 0, 10)) == 1


def test_children_that_were_aborted_with_the_run_are_redriven_too(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=task()), [1, 2, 3])
    answer(tx, transitions, "E")
    assert statuses(tx, run) == ["FAILED", "ABORTED", "ABORTED"]
    redriven(tx, transitions, row, run)
    answer(tx, transitions, b"1", b"2", b"3")
    assert executions.read_output(tx, row.id) == "[1,2,3]"


def test_children_wait_for_room_to_run_again(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=task()), [1, 2, 3], MaxConcurrency=2)
    answer(tx, transitions, "E")
    rows.save_limits(tx, run.id, 1, 0, 0)
    again = redriven(tx, transitions, row, run)
    assert (again.running, again.pending_redrive) == (1, 1)
    assert statuses(tx, run) == ["RUNNING", "PENDING_REDRIVE"]
    answer(tx, transitions, "E")
    ended = found(tx, run)
    assert (ended.status, ended.failed, ended.aborted, ended.pending_redrive) == ("FAILED", 1, 1, 0)
    assert statuses(tx, run) == ["FAILED", "ABORTED"]


def test_what_cannot_be_redriven_stays_as_it_is_and_fails_the_run_again(
    tx: Transaction, transitions: Transitions, begun: Begin
):
    row, run = begun(machine(S=task()), [1, 2])
    answer(tx, transitions, "E")
    tx.run("UPDATE stepfunctions_executions SET stopped_at = ? WHERE map_run = ? AND item = 0", (NOW - 15 * 86_400, run.id))
    again = redriven(tx, transitions, row, run)
    assert (again.status, again.failed) == ("FAILED", 1)
    assert map_runs.describe(tx, run.arn, SCOPE, NOW).lost == 1


def test_a_run_that_has_succeeded_is_not_redriven_with_its_state(tx: Transaction, transitions: Transitions, begun: Begin):
    row, run = begun(machine(S=passing()), [1], OutputPath="$.no")
    ended = executions.find(tx, row.id)
    assert ended is not None
    assert (found(tx, run).status, ended.error) == ("SUCCEEDED", "States.Runtime")
    redriven(tx, transitions, row, run)
    (queued,) = calls.after(tx, "", 0, 10)
    assert queued.call.resource == READ_ITEMS


def test_children_are_not_redriven_by_themselves(tx: Transaction, transitions: Transitions, begun: Begin):
    _, run = begun(machine(S=task()), [1])
    answer(tx, transitions, "E")
    (child,) = executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2)
    with pytest.raises(errors.ExecutionNotRedrivable):
        executions_engine.redrive(tx, transitions, child.execution, NOW)


# ---- express children ------------------------------------------------------------------------------------------------


def test_an_express_child_has_an_arn_of_its_kind_and_no_history(tx: Transaction, begun: Begin):
    row, run = begun(machine(S=passing()), [1], "EXPRESS", Label="each")
    (child,) = executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2)
    assert f":express:m/each:{child.execution.name}:" in child.execution.arn
    assert executions_engine.describe(tx, child.execution, NOW).map_run_arn == run.arn
    assert types(tx, child) == []
    with pytest.raises(errors.ExecutionDoesNotExist):
        executions_engine.events(tx, child.execution, start=0, count_max=10, is_reversed=False)
    assert executions.read_output(tx, row.id) == "[1]"


def test_an_express_child_times_out_after_five_minutes(tx: Transaction, transitions: Transitions, begun: Begin, timers: Any):
    _, run = begun(machine(S=task()), [1, 2], "EXPRESS", ToleratedFailurePercentage=100, MaxConcurrency=1)
    assert timers.due[str(run.id)][0] == NOW + 300
    tx.run("UPDATE stepfunctions_executions SET started_at = started_at - 1 WHERE map_run = ?", (run.id,))
    map_runs.time_out_express(tx, transitions, run.id, NOW + 299)
    assert statuses(tx, run) == ["TIMED_OUT", "RUNNING"]
    assert timers.due[str(run.id)][0] == NOW + 299 + 300
    answer(tx, transitions, b"2")
    assert found(tx, run).status == "SUCCEEDED"
    assert str(run.id) not in timers.due


def test_a_redriven_express_child_begins_at_its_first_state(tx: Transaction, transitions: Transitions, begun: Begin):
    two = machine("A", A={**task(), "Next": "B", "ResultPath": None, "End": None}, B=task())
    del two["States"]["A"]["End"]
    row, run = begun(two, [7], "EXPRESS")
    answer(tx, transitions, b"1", "E")
    (before,) = executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2)
    redriven(tx, transitions, row, run)
    answer(tx, transitions, b"1", b"9")
    assert executions.read_output(tx, row.id) == "[9]"
    (after,) = executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2)
    assert (after.execution, after.started_at, after.redrive_count) == (before.execution, NOW + 1, 0)
