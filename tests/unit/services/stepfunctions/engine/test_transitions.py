"""Transitions in a transaction: what is written, and what is gone at the end."""

import json
from collections.abc import Callable
from typing import Any

from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.engine.interpreter.loop import Returned, Stopped
from lambent.services.stepfunctions.engine.transitions import Result, Transitions
from lambent.services.stepfunctions.operations.performer import waiter
from lambent.services.stepfunctions.tables import calls, executions, frames, history
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

Started = Callable[..., ExecutionRow]


def answered(tx: Transaction, transitions: Transitions, answer: Callable[[Any], Any]) -> None:
    """Answers all calls that are queued in one transaction."""
    results = []
    for queued in calls.after(tx, "lambda", 0, 1_000):
        output = json.dumps(answer(json.loads(queued.call.parameters))).encode()
        happening = Returned(queued.call.frame, queued.call.attempt, output)
        results.append(Result(queued.id, SCOPE.account, queued.execution, happening))
    transitions.record(tx, results, {SCOPE.account: NOW + 1})


def test_a_call_is_queued_and_gone_with_its_result(tx: Transaction, transitions: Transitions, started: Started):
    row = started(machine(S=task()), 5)
    answered(tx, transitions, lambda given: given + 1)
    assert executions.read_output(tx, row.id) == "6"
    assert calls.after(tx, "lambda", 0, 10) == []
    assert frames.find(tx, row.id, 0) is None


def test_results_of_one_execution_share_a_transition(tx: Transaction, transitions: Transitions, started: Started):
    state = {"Type": "Map", "ItemProcessor": machine(S=task()), "End": True}
    row = started(machine("M", M=state), [1, 2, 3])
    answered(tx, transitions, lambda given: given * 2)
    assert executions.read_output(tx, row.id) == "[2,4,6]"
    assert history.last_id(tx, row.id) == len(history.between(tx, row.id, 1, 10_000))


def test_the_end_takes_timers_and_calls_with_it(tx: Transaction, transitions: Transitions, started: Started, timers: Any):
    row = started({"TimeoutSeconds": 99, **machine(S=task(TimeoutSeconds=9, HeartbeatSeconds=3))})
    assert len(timers.due) == 3
    transitions.happen(tx, row.id, [Stopped("ABORTED", Failure(None))], NOW)
    assert timers.due == {}
    assert calls.after(tx, "lambda", 0, 10) == []
    assert frames.find(tx, row.id, 0) is not None, "a redrive goes on with it"


def test_a_result_that_comes_after_the_end_changes_nothing(tx: Transaction, transitions: Transitions, started: Started):
    row = started(machine(S=task()))
    (queued,) = calls.after(tx, "lambda", 0, 10)
    transitions.happen(tx, row.id, [Stopped("ABORTED", Failure(None))], NOW)
    late = Result(queued.id, SCOPE.account, row.id, Returned(queued.call.frame, queued.call.attempt, b"1"))
    transitions.record(tx, [late], {SCOPE.account: NOW})
    found = executions.find(tx, row.id)
    assert found is not None
    assert found.status == "ABORTED"


def test_who_waits_for_an_execution_is_told_in_its_last_transaction(
    tx: Transaction, transitions: Transitions, started: Started
):
    parent = started(machine(S=task(Resource="arn:aws:states:::states:startExecution.sync:2")))
    (queued,) = calls.after(tx, "", 0, 10)
    started(machine(S=passing(Result=7)), waiter=waiter("sync:2", parent.id, queued.call), machine=MachineName(SCOPE, "child"))
    output = executions.read_output(tx, parent.id)
    assert json.loads(str(output))["Output"] == 7


def test_an_execution_that_cannot_go_on_fails(tx: Transaction, transitions: Transitions, started: Started):
    row = started(machine(S=task()))
    (queued,) = calls.after(tx, "lambda", 0, 10)
    transitions.give_up(tx, Result(queued.id, SCOPE.account, row.id, Returned(0, 0)), NOW)
    found = executions.find(tx, row.id)
    assert found is not None
    assert (found.status, found.error) == ("FAILED", "States.Runtime")


def both(first: dict[str, object], second: dict[str, object], **fields: object) -> dict[str, object]:
    return {"Type": "Parallel", "Branches": [machine(S=first), machine(S=second)], "End": True, **fields}


def test_what_a_branch_asks_for_in_the_transition_that_aborts_it_is_not_done(
    tx: Transaction, transitions: Transitions, started: Started, timers: Any
):
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Q"}]
    failing = both(task(TimeoutSeconds=5, Parameters={"of": "the first"}), {"Type": "Fail"}, Catch=catch)
    row = started(machine("P", P=failing, Q=both(task(Parameters={"of": "the second"}), passing())))
    assert [queued.call.parameters for queued in calls.after(tx, "lambda", 0, 10)] == [b'{"of":"the second"}']
    assert timers.due == {}
    answered(tx, transitions, lambda given: given)
    assert executions.read_output(tx, row.id) == '[{"of":"the second"},[]]'.replace("[]", '{"Error":"","Cause":""}')


def test_a_token_told_before_its_call_has_returned_takes_the_call_with_it(
    tx: Transaction, transitions: Transitions, started: Started
):
    row = started(machine(S=task(Resource="arn:aws:states:::lambda:invoke.waitForTaskToken")))
    (queued,) = calls.after(tx, "lambda", 0, 10)
    frame = frames.find(tx, row.id, 0)
    assert frame is not None
    told = Returned(0, queued.call.attempt, b"1", secret=frame.secret, is_from_outside=True)
    assert transitions.happen(tx, row.id, [told], NOW) == 1
    assert executions.read_output(tx, row.id) == "1"
    assert calls.after(tx, "lambda", 0, 10) == [], "a restart would make it again"


SYNC = task(Resource="arn:aws:states:::states:startExecution.sync:2")


def chain(tx: Transaction, started: Started, length: int, *, end: dict[str, object]) -> list[ExecutionRow]:
    """Executions each of which waits for the next."""
    rows, told = [], ""
    for number in range(length):
        rows.append(started(machine(S=SYNC), waiter=told, name=f"e{number}", machine=MachineName(SCOPE, f"m{number}")))
        (queued,) = [each for each in calls.after(tx, "", 0, 10_000) if each.execution == rows[-1].id]
        told = waiter("sync:2", rows[-1].id, queued.call)
    return [*rows, started(machine(S=end), waiter=told, name="last", machine=MachineName(SCOPE, "last"))]


def statuses(tx: Transaction, rows: list[ExecutionRow]) -> set[str]:
    return {row.status for each in rows if (row := executions.find(tx, each.id)) is not None}


def test_a_long_chain_of_executions_ends_with_its_last(tx: Transaction, started: Started):
    failing = {"Type": "Fail", "Error": "E"}
    assert statuses(tx, chain(tx, started, 300, end=failing)) == {"FAILED"}


def test_what_is_stopped_stops_what_it_waits_for(tx: Transaction, transitions: Transitions, started: Started):
    rows = chain(tx, started, 300, end=task())
    other = started(machine(S=task()), waiter="", name="other", machine=MachineName(SCOPE, "other"))
    transitions.happen(tx, rows[0].id, [Stopped("ABORTED", Failure(None))], NOW)
    assert statuses(tx, rows) == {"ABORTED"}
    assert statuses(tx, [other]) == {"RUNNING"}


def test_a_branch_that_is_aborted_stops_what_it_waits_for(tx: Transaction, transitions: Transitions, started: Started):
    parent = started(machine("P", P=both(SYNC, task(), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "W"}]), W=task()))
    (queued,) = calls.after(tx, "", 0, 10)
    child = started(machine(S=task()), waiter=waiter("sync:2", parent.id, queued.call), machine=MachineName(SCOPE, "child"))
    (broken,) = [each for each in calls.after(tx, "lambda", 0, 10) if each.execution == parent.id]
    failed = Returned(broken.call.frame, broken.call.attempt, failure=Failure("E"))
    transitions.record(tx, [Result(broken.id, SCOPE.account, parent.id, failed)], {SCOPE.account: NOW})
    assert statuses(tx, [child]) == {"ABORTED"}
    assert statuses(tx, [parent]) == {"RUNNING"}
