"""Transitions in a transaction: what is written, and what is gone at the end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.durable.tables import Timer
from lambent.lang import jsonata
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions as executions_engine
from lambent.services.stepfunctions.engine import machines
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.engine.interpreter.loop import Due, Returned, Stopped
from lambent.services.stepfunctions.engine.transitions import (
    DUE,
    DUE_FRAMES,
    TIMER,
    WORK_MAX,
    Overfull,
    Result,
    Transitions,
    due,
)
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


# ---- machines that are being deleted ---------------------------------------------------------------------------------


def test_a_machine_is_being_deleted_until_its_executions_have_ended(
    tx: Transaction, transitions: Transitions, started: Started
):
    two = machine(S={**task(), "Next": "T"}, T=passing())
    del two["States"]["S"]["End"]
    row = started(two)
    name = row.execution.machine
    machines.delete(tx, name)
    assert machines.find(tx, name).is_deleting
    with pytest.raises(errors.StateMachineDeleting):
        executions_engine.start(tx, transitions, executions_engine.Asked(name, "n", "{}", "", ""), NOW)
    answered(tx, transitions, lambda given: given)
    ended = executions.find(tx, row.id)
    assert ended is not None
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert ended.cause == "State machine m has been deleted."
    with pytest.raises(errors.StateMachineDoesNotExist):
        machines.find(tx, name)


def test_an_execution_in_its_last_state_succeeds_though_its_machine_is_deleted(
    tx: Transaction, transitions: Transitions, started: Started
):
    row = started(machine(S=task()), 5)
    machines.delete(tx, row.execution.machine)
    assert executions_engine.not_redrivable(tx, row, NOW) == "Execution is RUNNING and cannot be redriven"
    answered(tx, transitions, lambda given: given)
    assert executions.read_output(tx, row.id) == "5"


def test_nothing_of_a_machine_that_is_being_deleted_is_redriven(tx: Transaction, transitions: Transitions, started: Started):
    failed = started(machine(S={"Type": "Fail"}), name="failed")
    started(machine(S={"Type": "Fail"}), name="other")
    asked = executions_engine.Asked(failed.execution.machine, "waits", "{}", "", "")
    machines.update(tx, failed.execution.machine, {"definition": json.dumps(machine(S=task()))}, NOW, publish=None)
    executions_engine.start(tx, transitions, asked, NOW)
    machines.delete(tx, failed.execution.machine)
    ended = executions.find(tx, failed.id)
    assert ended is not None
    assert executions_engine.not_redrivable(tx, ended, NOW) == "State machine is in DELETING status"


def test_nothing_of_a_machine_that_is_gone_is_redriven_nor_by_another_of_its_name(
    tx: Transaction, transitions: Transitions, started: Started
):
    failed = started(machine(S={"Type": "Fail"}), name="failed")
    machines.delete(tx, failed.execution.machine)
    ended = executions.find(tx, failed.id)
    assert ended is not None
    assert executions_engine.not_redrivable(tx, ended, NOW) == "State machine does not exist"
    settings = machines.Settings(json.dumps(machine(S=passing())), ended.revision, {}, {}, None)
    machines.create(tx, failed.execution.machine, "STANDARD", settings, {}, NOW + 1, publish=None)
    assert executions_engine.not_redrivable(tx, ended, NOW + 2) == "State machine does not exist"


# ---- executions that are begun for tasks -----------------------------------------------------------------------------

STARTING = "arn:aws:states:::states:startExecution.sync:2"
CHILD = MachineName(SCOPE, "child")


def begun_for(tx: Transaction, started: Started, parent: ExecutionRow, definition: Any) -> ExecutionRow:
    (queued,) = calls.after(tx, "", 0, 10)
    return started(definition, waiter=waiter("sync:2", parent.id, queued.call), machine=CHILD)


def test_a_task_that_times_out_stops_what_it_has_begun(
    tx: Transaction, transitions: Transitions, started: Started, timers: Any
):
    caught = task(Resource=STARTING, TimeoutSeconds=9, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "W"}])
    parent = started(machine(S=caught, W={"Type": "Wait", "Seconds": 5, "End": True}))
    child = begun_for(tx, started, parent, machine(S=task()))
    (_, [execution, frame, attempt, kind]) = timers.due.popitem()[1]
    transitions.happen(tx, execution, [Due(frame, attempt, kind)], NOW + 9)
    ended, waiting = executions.find(tx, child.id), executions.find(tx, parent.id)
    assert ended is not None
    assert waiting is not None
    assert (ended.status, waiting.status) == ("ABORTED", "RUNNING")
    assert [each.event.type for each in history.between(tx, parent.id, 1, 99)].count("TaskTimedOut") == 1


def test_nothing_is_begun_for_a_task_that_has_timed_out(
    tx: Transaction, transitions: Transitions, started: Started, timers: Any
):
    parent = started(machine(S=task(Resource=STARTING, TimeoutSeconds=9)))
    (queued,) = calls.after(tx, "", 0, 10)
    (_, [execution, frame, attempt, kind]) = timers.due.popitem()[1]
    transitions.happen(tx, execution, [Due(frame, attempt, kind)], NOW + 9)
    with pytest.raises(errors.TaskTimedOut):
        started(machine(S=task()), waiter=waiter("sync:2", parent.id, queued.call), machine=CHILD)


def test_what_ends_within_its_own_start_is_told_as_begun_first(tx: Transaction, started: Started):
    parent = started(machine(S=task(Resource=STARTING)))
    child = begun_for(tx, started, parent, machine(S=passing()))
    events = [each.event for each in history.between(tx, parent.id, 1, 99)]
    assert [event.type for event in events][3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert json.loads(events[4].details["output"])["ExecutionArn"] == child.execution.arn


# ---- what takes long -------------------------------------------------------------------------------------------------


def working(n: int) -> dict[str, Any]:
    """A task whose result is made by so many evaluations and some."""
    output = f"{{% $sum($map([1..{n}], function($i) {{ $i }})) %}}"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "QueryLanguage": "JSONata",
        "Output": output,
        "End": True,
    }


def results(tx: Transaction) -> list[Result]:
    return [
        Result(queued.id, SCOPE.account, queued.execution, Returned(queued.call.frame, queued.call.attempt, b"1"))
        for queued in calls.after(tx, "lambda", 0, 1_000)
    ]


def test_no_more_results_are_recorded_at_once_than_can_be_evaluated(
    tx: Transaction, transitions: Transitions, started: Started
):
    for number in range(9):
        started(machine(S=working(100)), name=f"e{number}")
    with pytest.raises(Overfull) as caught:
        transitions.record(tx, results(tx), {SCOPE.account: NOW})
    assert 1 <= caught.value.count < 9


def test_a_result_that_takes_long_tells_whose_it_is(tx: Transaction, transitions: Transitions, started: Started):
    started(machine(S=task()), name="short")
    long = started(machine(S=working(5_000)), machine=MachineName(SCOPE, "long"))
    allowance = jsonata.Allowance(WORK_MAX)
    with jsonata.allowing(allowance), pytest.raises(jsonata.Overworked) as caught:
        transitions.record(tx, results(tx), {SCOPE.account: NOW})
    assert caught.value.whose == (SCOPE.account, long.id)


def test_a_timer_whose_work_takes_long_is_a_call(tx: Transaction, transitions: Transitions, started: Started, timers: Any):
    waits = {"Type": "Wait", "Seconds": 5, "Next": "P"}
    passes = {**working(5_000), "Type": "Pass"}
    del passes["Resource"]
    row = started(machine(W=waits, P=passes) | {"StartAt": "W"})
    (key, (due_at, payload)) = timers.due.popitem()
    timers.handlers[TIMER](tx, Timer(1, *SCOPE, TIMER, key, due_at, payload))
    (queued,) = calls.after(tx, "", 0, 10)
    assert queued.call.resource == DUE
    events = [each.event.type for each in history.between(tx, row.id, 1, 99)]
    assert events == ["ExecutionStarted", "WaitStateEntered"], "all else is undone"
    happening = due(DUE_FRAMES - queued.call.frame, queued.call.attempt, queued.call.parameters.decode())
    transitions.record(tx, [Result(queued.id, SCOPE.account, row.id, happening)], {SCOPE.account: NOW + 5})
    assert executions.read_output(tx, row.id) == "12502500"
    assert calls.after(tx, "", 0, 10) == []


def test_an_execution_that_cannot_even_be_given_up_is_ended(tx: Transaction, transitions: Transitions, started: Started):
    row = started(machine(S=task()))
    (result,) = results(tx)
    transitions.abandon(tx, result, NOW)
    ended = executions.find(tx, row.id)
    assert ended is not None
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert calls.after(tx, "lambda", 0, 10) == []
