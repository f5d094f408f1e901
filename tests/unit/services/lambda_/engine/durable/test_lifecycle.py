"""An execution from its start to its end."""

import json

import pytest
from tests.unit.services.lambda_.engine.durable.conftest import SCOPE, update, wait

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.durable.draft import TIMER
from lambent.services.lambda_.engine.durable.errors import (
    DurableExecutionAlreadyStarted,
    DurableExecutionIs,
    DurableExecutionRuns,
)
from lambent.services.lambda_.engine.durable.lifecycle import RETENTION
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import Pause


def test_a_new_execution_is_to_be_invoked_and_ends_at_its_timeout_if_nothing_else_ends_it(world):
    execution = world.start()
    assert execution.is_wanted
    assert world.timers.due == {(TIMER, execution.id): 1_100.0}
    world.fire()
    assert world.execution.status == "TIMED_OUT"
    assert durable.find_outcome(world.tx, world.key).error == {"ErrorMessage": "Execution timed out after 1000 seconds."}
    assert world.retention.due == {(RETENTION, execution.id): 1_100.0 + 86_400.0}


def test_a_name_that_is_taken_is_the_same_execution_where_the_input_is_the_same(world):
    first = world.start(name="n", text='{"a": 1}')
    assert world.start(name="n", text='{"a": 1}').id == first.id
    with pytest.raises(DurableExecutionAlreadyStarted) as caught:
        world.start(name="n", text='{"a": 2}')
    assert caught.value.message == f"Execution already started: {first.arn}"


def test_one_invocation_runs_at_a_time(world):
    world.start()
    told = json.loads(world.begin("one").payload)
    assert told["DurableExecutionArn"] == world.execution.arn
    assert told["InitialExecutionState"]["Operations"][0]["ExecutionDetails"] == {"InputPayload": "{}"}
    assert world.lifecycle.begin(world.tx, world.key, "two", world.now) is None


def test_what_an_invocation_says_that_is_no_longer_the_executions_is_not_heard(world):
    world.start()
    world.begin("one")
    assert world.finish("SUCCEEDED", "1", invocation="other").status == "RUNNING"


def test_the_first_end_counts(world):
    world.start()
    world.begin()
    world.lifecycle.stop(world.tx, world.key, {"ErrorMessage": "enough"}, 200.0)
    assert world.finish("SUCCEEDED", "1").status == "STOPPED"
    assert world.lifecycle.stop(world.tx, world.key, {}, 300.0) == 200.0


def test_an_execution_that_waits_is_invoked_when_its_wait_is_over(world):
    world.start()
    world.begin()
    world.checkpoint(wait("w", 50))
    assert not world.finish("PENDING").is_wanted
    world.fire()
    assert (world.now, world.execution.is_wanted) == (150.0, True)
    assert json.loads(world.begin("two").payload)["UpdatedOperationIds"] == ["w"]


def test_what_ends_while_an_invocation_runs_has_another_follow_even_if_it_was_told(world):
    world.start()
    world.begin()
    world.checkpoint(wait("w", 50))
    world.fire()
    assert [each.status for each in world.checkpoint().changed] == ["SUCCEEDED"]
    assert world.finish("PENDING").is_wanted


def test_a_crash_is_tried_again_later_each_time_and_the_fifth_is_the_end(world):
    world.start()
    delays = []
    for _ in range(4):
        world.begin()
        delays.append(world.finish("CRASHED", error={"ErrorMessage": "no"}).due_at - world.now)
    assert delays == [5.0, 10.0, 20.0, 40.0]
    world.begin()
    assert world.finish("CRASHED", error={"ErrorMessage": "no"}).status == "FAILED"


def test_who_waits_for_nothing_fails_at_the_third_time(world):
    world.start()
    for _ in range(3):
        world.begin()
        world.finish("PENDING")
    assert world.execution.status == "FAILED"
    assert durable.find_outcome(world.tx, world.key).error["ErrorType"] == "InvalidParameterValueException"


def test_a_crash_of_the_platform_has_what_ran_begin_again(world):
    world.start()
    world.begin()
    durable.lose_invocations(world.tx)
    assert (world.execution.invocation, world.execution.is_wanted) == ("", True)


def test_a_result_that_its_caller_cannot_be_told_fails_the_execution(world):
    world.start(is_async=True)
    world.begin()
    assert world.finish("SUCCEEDED", "x" * 1_048_577).status == "FAILED"


def test_a_failed_event_waits_for_its_dead_letter_to_be_sent(world):
    world.start(is_async=True, dead_letter_arn="arn:aws:sqs:us-east-1:111111111111:q")
    world.begin()
    assert world.finish("FAILED", error={"ErrorMessage": "no"}).is_wanted
    sent = []
    world.lifecycle.dead_letter_sent(world.tx, world.key, [sent.append])
    assert (len(sent), world.execution.is_wanted) == (1, False)


def test_each_change_of_status_is_told_to_the_bus(world):
    world.start()
    world.begin()
    world.finish("SUCCEEDED", "1")
    details = [json.loads(parameters["Entries"][0]["Detail"]) for _, _, parameters, _ in world.outbox.added]
    assert [detail["status"] for detail in details] == ["RUNNING", "SUCCEEDED"]
    assert "endTimestamp" not in details[0]
    assert details[1]["durableExecutionArn"] == world.execution.arn


def test_only_what_has_ended_can_be_deleted(world):
    world.start()
    with pytest.raises(DurableExecutionRuns):
        world.lifecycle.delete(world.tx, world.key)
    world.lifecycle.stop(world.tx, world.key, {}, 200.0)
    world.lifecycle.delete(world.tx, world.key)
    assert durable.find_execution(world.tx, world.key) is None
    assert world.retention.due == {}


def test_the_end_of_an_execution_is_what_its_caller_waits_for(world):
    world.made.function("callee", DurableConfig={"ExecutionTimeout": 10})
    world.start()
    world.begin()
    world.checkpoint(update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": "callee:$LATEST"}, Payload="1"))
    world.finish("PENDING")
    child = durable.ExecutionKey(SCOPE, world.operation("c").child_id)
    world.lifecycle.fail(world.tx, child, {"ErrorMessage": "no"}, 150.0)
    assert (world.operation("c").status, world.operation("c").error) == ("FAILED", {"ErrorMessage": "no"})
    assert world.execution.is_wanted


def pausing(world, token="t", *, is_timeout_paused=True):
    world.lifecycle.pause(world.tx, world.key, Pause(world.now, is_timeout_paused, token))
    return world.execution


def resuming(world, token="u"):
    world.lifecycle.resume(world.tx, world.key, token, None, world.now)
    return world.execution


def test_a_new_execution_that_is_paused_is_not_due_until_it_is_resumed(world):
    world.start()
    assert pausing(world).status == "PAUSED"
    assert world.begin() is None
    assert durable.list_due(world.tx, world.execution.function, world.now, 9) == []
    assert durable.list_functions_wanted(world.tx) == []
    assert resuming(world).status == "RUNNING"
    assert world.begin() is not None


def test_a_checkpoint_is_where_a_pausing_invocation_ends(world):
    world.start()
    world.begin()
    assert pausing(world).status == "PAUSING"
    before = world.token
    assert world.checkpoint(wait("w", 60)).token is None
    assert world.execution.status == "PAUSED"
    assert world.checkpoint(wait("w", 60), token=before).token is None, "the answer was lost, and is told again"
    with pytest.raises(errors.CheckpointTokenInvalid):
        world.checkpoint(wait("v", 60), token=before, client_token="d")
    resuming(world)
    with pytest.raises(errors.CheckpointTokenInvalid):
        world.checkpoint(wait("v", 60), token=before, client_token="d")
    assert world.begin("j") is None, "the first one has not ended"
    assert world.finish("SUCCEEDED", "1").status == "RUNNING", "it could not write that down"
    assert world.begin("j") is not None


def test_an_invocation_that_reaches_no_checkpoint_pauses_at_its_end(world):
    world.start()
    world.begin()
    world.checkpoint(wait("w", 60))
    pausing(world)
    assert world.finish("PENDING").status == "PAUSED"
    resuming(world)
    assert not world.execution.is_wanted, "nothing happened meanwhile"
    world.begin()
    world.fire()
    world.begin("j")
    pausing(world, "v")
    assert world.finish("SUCCEEDED", "1", invocation="j").status == "SUCCEEDED"


def test_who_resumes_before_the_pause_has_begun_cancels_it(world):
    world.start()
    world.begin()
    pausing(world)
    assert resuming(world).status == "RUNNING"
    assert world.checkpoint(wait("w", 60)).token
    assert not {"ExecutionPaused", "ExecutionResumed"} & set(world.kinds())


def test_a_crash_of_the_platform_ends_what_a_pause_waited_for(world):
    world.start()
    world.begin()
    pausing(world)
    durable.lose_invocations(world.tx)
    assert world.begin("j") is None
    assert world.execution.status == "PAUSED"
    resuming(world)
    assert world.begin("j") is not None


def test_a_pause_puts_the_timeout_off_unless_it_is_told_not_to(world):
    started_at = world.start().started_at
    world.now += 10
    assert pausing(world).times_out_at == started_at + 366 * 86_400
    assert world.timers.due[TIMER, world.execution_id] == started_at + 366 * 86_400
    world.now += 500
    assert resuming(world).times_out_at == started_at + 1_000 + 500
    assert pausing(world, "v", is_timeout_paused=False).times_out_at == started_at + 1_500
    world.fire()
    assert world.execution.status == "TIMED_OUT"


def test_a_token_is_known_for_a_quarter_of_an_hour(world):
    world.start()
    pausing(world)
    assert pausing(world).events == world.execution.events
    world.now += 901
    with pytest.raises(DurableExecutionIs, match="cannot be paused: its status is PAUSED"):
        pausing(world)
    resuming(world)
    resuming(world)
    with pytest.raises(DurableExecutionIs, match="cannot be resumed: its status is RUNNING"):
        resuming(world, "other")
