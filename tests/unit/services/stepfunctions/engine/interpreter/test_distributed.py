"""What the execution that waits for a map run sees of it."""

from typing import Any

from tests.unit.services.stepfunctions.engine.runs import Story, machine, passing

from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.distributed import READ_ITEMS, sight_of
from lambent.services.stepfunctions.engine.interpreter.loop import Returned


def story(given: Any, **fields: Any) -> Story:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **machine(S=passing())}
    return Story(machine("M", M={"Type": "Map", "ItemProcessor": processor, "End": True, **fields}, C=passing()), given)


def test_items_are_read_by_a_call_that_remembers_what_the_state_saw():
    told = story({"l": [1, 2]}, ItemsPath="$.l")
    (call,) = told.calls
    assert call.resource == READ_ITEMS
    assert sight_of(call.parameters).document == {"l": [1, 2]}


def test_a_run_begins_and_ends():
    told = story([1, 2], Label="l")
    call = told.calls[0]
    told.answer(2)
    assert told.types()[-1] == "MapRunStarted"
    assert ":mapRun:m/l:" in told.events[-1].details["mapRunArn"]
    told.happen(Returned(call.frame, call.attempt, b"[5,6]", is_from_outside=True))
    assert told.output == [5, 6]


def test_a_run_that_fails_may_be_caught():
    told = story([1], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}])
    call = told.calls[0]
    told.answer(1)
    told.happen(Returned(call.frame, call.attempt, failure=Failure("E", "c"), is_from_outside=True))
    assert told.output == {"Error": "E", "Cause": "c"}
    assert told.types()[4:6] == ["MapRunFailed", "MapStateFailed"]


def test_bounds_are_numbers():
    assert story([1], ToleratedFailurePercentagePath="$[0]").end is None
    assert story(["x"], ToleratedFailureCountPath="$[0]").failure[0] == "States.Runtime"
