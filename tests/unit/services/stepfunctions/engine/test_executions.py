"""Executions: begun once, told, stopped."""

from collections.abc import Callable

import pytest
from tests.unit.services.stepfunctions.engine.conftest import MACHINE, NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.run import Event
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import history
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

WAITING = machine(S={"Type": "Wait", "Seconds": 5, "End": True})


def test_no_input_is_an_empty_object():
    assert executions.checked_input(None) == "{}"


@pytest.mark.parametrize("text", ["", "x", "{", "NaN", "[" * 100_000])
def test_an_input_is_json(text: str):
    with pytest.raises(errors.InvalidExecutionInput):
        executions.checked_input(text)


def test_an_input_has_a_size():
    with pytest.raises(errors.ValidationException):
        executions.checked_input('"' + "é" * 131_072 + '"')


def test_a_name_is_one_executions(started: Callable[..., ExecutionRow]):
    first = started(WAITING)
    assert started(WAITING).id == first.id
    with pytest.raises(errors.ExecutionAlreadyExists):
        started(WAITING, {"other": 1})


def test_an_execution_that_has_ended_cannot_be_stopped_again(
    tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]
):
    row = started(WAITING)
    assert executions.stop(tx, transitions, row.execution, Failure("E"), NOW + 1) == NOW + 1
    assert executions.stop(tx, transitions, row.execution, Failure("F"), NOW + 2) == NOW + 1
    assert executions.describe(tx, row.execution, NOW).row.error == "E"


def test_a_page_of_events_says_where_the_next_begins(tx: Transaction, started: Callable[..., ExecutionRow]):
    row = started(machine(S=passing()))
    page, following = executions.events(tx, row.execution, start=0, count_max=3, is_reversed=False)
    assert ([each.event.id for each in page], following) == ([1, 2, 3], 4)
    page, following = executions.events(tx, row.execution, start=0, count_max=3, is_reversed=True)
    assert ([each.event.id for each in page], following) == ([4, 3, 2], 1)
    page, following = executions.events(tx, row.execution, start=1, count_max=3, is_reversed=True)
    assert ([each.event.id for each in page], following) == ([1], 0)


def test_the_newest_come_first(tx: Transaction, started: Callable[..., ExecutionRow]):
    for name in ("a", "b", "c"):
        started(machine(S=task()), name=name)
    page = executions.newest(tx, MACHINE, status=None, before=10**9, count_max=2)
    assert [row.execution.name for row in page.rows] == ["c", "b"]
    page = executions.newest(tx, MACHINE, status="RUNNING", before=page.next_before or 0, count_max=2)
    assert ([row.execution.name for row in page.rows], page.next_before) == (["a"], None)


def test_an_execution_is_redrivable_for_two_weeks_from_its_end(
    tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]
):
    row = started(machine(S={"Type": "Wait", "Seconds": 9_999_999, "End": True}))
    day_s = 24 * 3600
    executions.stop(tx, transitions, row.execution, Failure("E"), NOW + 30 * day_s)
    stopped = executions.describe(tx, row.execution, NOW).row
    assert executions.not_redrivable(tx, stopped, NOW + 44 * day_s) is None
    assert executions.not_redrivable(tx, stopped, NOW + 44 * day_s + 1) == "Execution redrivable period exceeded"
    last = history.last_id(tx, row.id)
    history.insert(tx, [history.row_of(SCOPE, row.id, [Event(last + 1, "E", 0, {}), Event(24_999, "E", 0, {})], NOW)])
    assert executions.not_redrivable(tx, stopped, NOW + 31 * day_s) == "Execution history event limit exceeded"


def test_a_task_that_begins_an_execution_once_more_after_a_crash_finds_it_also_ended(started: Callable[..., ExecutionRow]):
    ended = started(machine(S=passing()), waiter="7/0/5/")
    assert not ended.is_running
    assert started(machine(S=passing()), waiter="7/0/5/").id == ended.id
    with pytest.raises(errors.ExecutionAlreadyExists):
        started(machine(S=passing()), waiter="7/0/9/")
