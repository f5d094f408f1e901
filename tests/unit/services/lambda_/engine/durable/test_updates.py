"""Updates held against what is known of their operations."""

import pytest
from tests.unit.services.lambda_.engine.durable.conftest import update, wait

from lambent.core.clock import NEVER
from lambent.services.lambda_.engine.durable import updates
from lambent.services.lambda_.engine.durable.names import parse_execution
from lambent.services.lambda_.engine.durable.operations import Operation
from lambent.services.lambda_.engine.durable.updates import Place
from lambent.services.lambda_.errors import InvalidParameterValue

ARN = parse_execution("arn:aws:lambda:us-east-1:111111111111:function:f:1/durable-execution/n/e")
PLACE = Place(ARN, 3, 100.0)


def apply(given, current=None):
    return updates.apply(given, current, PLACE).operation


def refused(call) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        call()
    return caught.value.message


def test_a_step_counts_its_attempts_when_they_end():
    started = apply(update("s", "STEP"))
    assert (started.attempt, started.position) == (0, 3)
    failed = apply(
        update("s", "STEP", "RETRY", Error={"ErrorMessage": "no"}, StepOptions={"NextAttemptDelaySeconds": 7}), started
    )
    assert (failed.status, failed.attempt, failed.due_at) == ("PENDING", 1, 107.0)
    ready = updates.fired(failed, 107.0).operation
    assert (ready.status, ready.is_pending) == ("READY", False)
    done = apply(update("s", "STEP", "SUCCEED", Payload="1"), apply(update("s", "STEP"), ready))
    assert (done.status, done.attempt, done.error) == ("SUCCEEDED", 2, None)


def test_a_wait_ends_by_itself_or_is_cancelled():
    started = apply(wait("w", 60))
    assert (started.is_pending, started.due_at) == (True, 160.0)
    assert updates.fired(started, 160.0).operation.status == "SUCCEEDED"
    assert apply(update("w", "WAIT", "CANCEL"), started).due_at == NEVER


def test_a_callback_ends_at_the_first_of_its_two_times():
    options = {"TimeoutSeconds": 60, "HeartbeatTimeoutSeconds": 10}
    started = apply(update("c", "CALLBACK", CallbackOptions=options))
    assert started.due_at == 110.0
    assert updates.fired(started, 110.0).operation.error["ErrorType"] == "Callback.Heartbeat"
    assert apply(update("c", "CALLBACK")).due_at == NEVER


STEP_DONE = Operation("s", "STEP", "SUCCEEDED", 1, 1.0, ended_at=2.0)
CONTEXT_DONE = Operation("c", "CONTEXT", "SUCCEEDED", 1, 1.0, ended_at=2.0)
WAITING = Operation("w", "WAIT", "STARTED", 1, 1.0, name="n", sub_type="Wait", ends_at=9.0)


@pytest.mark.parametrize(
    ("given", "current", "reason"),
    [
        (update("s", "STEP"), STEP_DONE, "Invalid current STEP state to start."),
        (update("s", "STEP", "SUCCEED"), STEP_DONE, "Invalid current STEP state to close."),
        (update("s", "STEP", "RETRY", StepOptions={}), STEP_DONE, "Invalid current STEP state to re-attempt."),
        (update("s", "STEP", "RETRY"), None, "Invalid StepOptions for the given action."),
        (update("s", "STEP", "FAIL", Payload="1"), None, "Cannot provide a Payload for FAIL action."),
        (update("s", "STEP", "SUCCEED", Error={}), None, "Cannot provide an Error for SUCCEED action."),
        (update("s", "STEP", "CANCEL"), None, "Invalid action for the given operation type."),
        (update("c", "CONTEXT"), CONTEXT_DONE, "Cannot start a CONTEXT that already exist."),
        (update("c", "CONTEXT", "FAIL"), CONTEXT_DONE, "Invalid current CONTEXT state to close."),
        (update("w", "WAIT"), WAITING, "Cannot start a WAIT that already exist."),
        (
            update("w", "WAIT", "CANCEL"),
            None,
            "Cannot cancel a WAIT that does not exist or has already completed.",
        ),
        (update("w", "STEP"), WAITING, "Inconsistent operation type."),
        (update("w", "WAIT", "CANCEL", SubType="x"), WAITING, "Inconsistent operation subtype."),
        (update("w", "WAIT", "CANCEL", ParentId="x"), WAITING, "Inconsistent parent operation id."),
        (update("i", "CHAINED_INVOKE"), None, "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."),
    ],
)
def test_what_an_operation_cannot_do_is_refused(given, current, reason):
    assert refused(lambda: apply(given, current)) == reason


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([update("e", "EXECUTION", "FAIL"), update("s", "STEP")], "EXECUTION checkpoint must be the last update."),
        ([update("e", "EXECUTION", "FAIL")] * 2, "Cannot checkpoint multiple EXECUTION updates."),
        ([update("w", "WAIT"), update("w", "WAIT", "CANCEL")], "Cannot checkpoint multiple operations with the same ID."),
        ([update("s", "STEP", ParentId="nobody")], "Invalid parent operation id."),
        ([update("s", "STEP"), update("t", "STEP", ParentId="s")], "Invalid parent operation id."),
    ],
)
def test_updates_that_do_not_go_together_are_refused(given, reason):
    assert refused(lambda: updates.check(given, {})) == reason


def test_a_step_may_begin_and_end_in_one_checkpoint():
    updates.check([update("c", "CONTEXT"), update("s", "STEP", ParentId="c"), update("s", "STEP", "SUCCEED")], {})
