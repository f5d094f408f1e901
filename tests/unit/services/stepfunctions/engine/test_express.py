"""Express executions in memory."""

import pytest
from msgspec import structs
from tests.unit.services.stepfunctions.engine.conftest import MACHINE, NOW, settings
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import express, machines
from lambent.services.stepfunctions.engine.executions import Asked
from lambent.services.stepfunctions.engine.express import Express
from lambent.services.stepfunctions.engine.interpreter.loop import Due, Returned
from lambent.services.stepfunctions.engine.interpreter.run import EVENTS_MAX
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.tables import express as rows
from lambent.store.database import Transaction

ASKED = Asked(MACHINE, None, '{"a":1}', "", "http://localhost")


def begun(tx: Transaction, definition: object, level: str = "OFF") -> Express:
    given = structs.replace(settings(definition), logging={"level": level, "includeExecutionData": False})
    machines.create(tx, MACHINE, "EXPRESS", given, {}, NOW, publish=None)
    row, compiled = express.prepare(tx, ASKED, NOW, Revisions())
    return Express(row, compiled, NOW)


def test_it_goes_on_with_what_happens_and_is_billed_by_the_tenth_of_a_second(tx: Transaction):
    execution = begun(tx, machine(S=task(Next="W") | {"End": False}, W={"Type": "Wait", "Seconds": 1, "End": True}))
    (call,) = execution.start().calls
    (alarm,) = execution.happen(Returned(call.frame, call.attempt, b"5"), NOW + 0.05).alarms
    execution.happen(Due(alarm.frame, alarm.attempt, alarm.kind), NOW + 1.05)
    assert execution.end is not None
    assert (execution.end.output, execution.billed_ms()) == ("5", 1_100)


def test_it_has_five_minutes_or_what_its_machine_says(tx: Transaction):
    execution = begun(tx, {"TimeoutSeconds": 7, **machine(S=task())})
    execution.start()
    assert execution.due_at == NOW + 7
    execution.time_out(NOW + 7)
    assert execution.end is not None
    assert execution.end.status == "TIMED_OUT"


@pytest.mark.parametrize(("level", "kept"), [("OFF", 0), ("FATAL", 1), ("ERROR", 2), ("ALL", 5)])
def test_only_events_that_are_to_be_logged_are_kept(tx: Transaction, level: str, kept: int):
    execution = begun(tx, machine(S=passing(Next="F") | {"End": False}, F={"Type": "Fail"}), level)
    execution.start()
    assert (execution.last_event_id, len(execution.events)) == (5, kept)


def test_it_may_do_more_than_a_history_has_room_for(tx: Transaction):
    execution = begun(tx, machine(S=task(Next="S") | {"End": False}))
    (call,) = execution.start().calls
    execution.last_event_id = EVENTS_MAX
    (again,) = execution.happen(Returned(call.frame, call.attempt, b"5"), NOW).calls
    assert execution.end is None
    assert again.attempt > EVENTS_MAX


def test_only_what_is_to_be_kept_is_a_row(tx: Transaction):
    begun(tx, machine(S=passing()))
    assert rows.after(tx, 0, 10) == []
    kept = express.begin(tx, ASKED, NOW, is_kept=True)
    (row,) = rows.after(tx, 0, 10)
    assert (row.execution, row.given) == (kept.execution, '{"a":1}')
    rows.delete(tx, row.id)
    assert rows.after(tx, 0, 10) == []


def test_a_standard_machine_is_refused(tx: Transaction):
    machines.create(tx, MACHINE, "STANDARD", settings(machine(S=passing())), {}, NOW, publish=None)
    with pytest.raises(errors.StateMachineTypeNotSupported):
        express.begin(tx, ASKED, NOW, is_kept=False)
