"""Operations as AWS tells them."""

from lambent.core.clock import NEVER
from lambent.services.lambda_.engine.durable import operations
from lambent.services.lambda_.engine.durable.operations import Operation


def told(operation: Operation):
    return operations.told(operation, operations.milliseconds)


def test_an_operation_tells_what_there_is_of_it():
    step = Operation("s", "STEP", "PENDING", 1, 1.5, name="n", attempt=1, next_attempt_at=9.0, error={"ErrorMessage": "no"})
    assert told(step) == {
        "Id": "s",
        "Type": "STEP",
        "Status": "PENDING",
        "StartTimestamp": 1500,
        "Name": "n",
        "StepDetails": {"Attempt": 1, "Error": {"ErrorMessage": "no"}, "NextAttemptTimestamp": 9000},
    }


def test_an_empty_result_is_one():
    done = Operation("c", "CONTEXT", "SUCCEEDED", 1, 1.0, ended_at=2.0, result="", replays_children=True)
    assert told(done)["ContextDetails"] == {"Result": "", "ReplayChildren": True}


def test_only_what_others_go_on_with_is_pending():
    assert Operation("w", "WAIT", "STARTED", 1, 1.0, ends_at=5.0).due_at == 5.0
    assert Operation("i", "CHAINED_INVOKE", "STARTED", 1, 1.0).is_pending
    assert not Operation("s", "STEP", "STARTED", 1, 1.0).is_pending
    assert Operation("w", "WAIT", "SUCCEEDED", 1, 1.0, ends_at=5.0).due_at == NEVER
