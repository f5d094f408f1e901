"""Activities and who takes their tasks."""

from collections.abc import Callable

import pytest
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import activities
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import ActivityName
from lambent.services.stepfunctions.engine.interpreter.loop import Stopped
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

ACTIVITY = ActivityName(SCOPE, "a")


def test_a_task_is_one_workers(tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]):
    activities.create(tx, ACTIVITY, {}, {}, NOW)
    started(machine(S=task(Resource=ACTIVITY.arn)), 5)
    taken = activities.take(tx, transitions, ACTIVITY, "w", NOW)
    assert taken is not None
    assert taken.input == "5"
    assert activities.take(tx, transitions, ACTIVITY, "w", NOW) is None


def test_a_task_of_an_execution_that_has_ended_is_nobodys(
    tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]
):
    activities.create(tx, ACTIVITY, {}, {}, NOW)
    row = started(machine(S=task(Resource=ACTIVITY.arn)))
    transitions.happen(tx, row.id, [Stopped("ABORTED", Failure(None))], NOW)
    assert activities.take(tx, transitions, ACTIVITY, "w", NOW) is None


def test_who_asks_an_activity_that_is_not_there_is_told(tx: Transaction, transitions: Transitions):
    with pytest.raises(errors.ActivityDoesNotExist):
        activities.take(tx, transitions, ACTIVITY, "w", NOW)


def test_too_many_tags_are_refused(tx: Transaction):
    with pytest.raises(errors.TooManyTags):
        activities.create(tx, ACTIVITY, {}, {str(number): "" for number in range(51)}, NOW)
