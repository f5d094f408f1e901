"""Checkpoints: tokens, state, calls of other functions, callbacks."""

import pytest
from tests.unit.services.lambda_.engine.durable.conftest import update, wait

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.durable import checkpoints
from lambent.services.lambda_.engine.durable.errors import CallbackClosed
from lambent.services.lambda_.engine.durable.names import CallbackName, Token
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import Outcome


@pytest.fixture
def running(world):
    world.start()
    world.begin()
    return world


def statuses(done) -> dict[str, str]:
    return {operation.id: operation.status for operation in done.changed}


def test_a_checkpoint_tells_what_has_changed_and_the_token_of_the_next(running):
    before = running.token
    assert statuses(running.checkpoint(update("a", "STEP"))) == {"a": "STARTED"}
    assert running.token != before
    assert statuses(running.checkpoint(update("a", "STEP", "SUCCEED", Payload="1"))) == {"a": "SUCCEEDED"}
    assert statuses(running.checkpoint()) == {}


def test_a_token_is_good_once(running):
    stale = running.token
    running.checkpoint(update("a", "STEP"))
    with pytest.raises(errors.CheckpointTokenInvalid):
        running.checkpoint(update("b", "STEP"), token=stale, client_token="other")


def test_a_checkpoint_whose_answer_was_lost_is_answered_again_and_changes_nothing(running):
    first, events = running.token, len(running.kinds())
    done = running.checkpoint(update("a", "STEP"), client_token="same")
    again = running.checkpoint(update("a", "STEP"), token=first, client_token="same")
    assert (again.token, statuses(again)) == (done.token, statuses(done))
    assert len(running.kinds()) == events + 1


def test_the_token_of_an_invocation_that_runs_no_more_is_refused(running):
    running.checkpoint(wait("w", 1))
    stale = running.token
    running.finish("PENDING")
    for token in (stale, Token(running.execution_id, "other", 0).text, "bm9uZQ=="):
        with pytest.raises(errors.CheckpointTokenInvalid):
            running.checkpoint(token=token)
    with pytest.raises(errors.CheckpointTokenOfOther):
        running.checkpoint(token=Token("other", "i", 0).text)


def test_a_checkpoint_that_ends_the_execution_has_no_token(running):
    done = running.checkpoint(update("end", "EXECUTION", "SUCCEED", Payload='"large"'))
    assert (done.token, running.execution.status) == (None, "SUCCEEDED")


def test_a_wait_whose_time_has_come_is_told_in_the_next_answer(running):
    running.checkpoint(wait("w", 10))
    running.now += 10
    assert statuses(running.checkpoint()) == {"w": "SUCCEEDED"}


def test_a_refused_update_says_why(running):
    running.checkpoint(update("a", "STEP"))
    with pytest.raises(errors.InvalidParameterValue, match="Inconsistent operation name"):
        running.checkpoint(update("a", "STEP", "SUCCEED", Name="other"))


def test_what_stands_in_a_context_that_has_ended_is_not_replayed(running):
    running.checkpoint(update("c", "CONTEXT"), update("d", "CONTEXT", ParentId="c"), update("s", "STEP", ParentId="d"))
    running.checkpoint(update("c", "CONTEXT", "SUCCEED", Payload="1"))
    page = checkpoints.state(running.tx, running.arn, running.token, start=0, count_max=9)
    assert [operation.id for operation in page.operations] == [running.execution_id, "c"]


def test_a_context_may_ask_for_its_children(running):
    running.checkpoint(update("c", "CONTEXT"), update("s", "STEP", ParentId="c"))
    running.checkpoint(update("c", "CONTEXT", "SUCCEED", ContextOptions={"ReplayChildren": True}))
    page = checkpoints.state(running.tx, running.arn, running.token, start=0, count_max=9)
    assert [operation.id for operation in page.operations] == [running.execution_id, "c", "s"]


def test_state_comes_in_pages(running):
    running.checkpoint(*(update(f"s{number}", "STEP") for number in range(5)))
    found, start = [], 0
    while True:
        page = checkpoints.state(running.tx, running.arn, running.token, start=start, count_max=2)
        found += [operation.id for operation in page.operations]
        start = page.next_position
        if not start:
            break
    assert found == [running.execution_id, *(f"s{number}" for number in range(5))]


def test_history_comes_in_pages_of_so_many_events_or_bytes(running):
    running.checkpoint(
        *({"Id": str(number), "Type": "STEP", "Action": "SUCCEED", "Payload": "x" * 1_000} for number in range(5))
    )

    def numbers(start, count_max, **options):
        page = durable.list_events(running.tx, running.key, start, count_max, **options)
        return [number for number, _ in page.events], page.next_number

    assert numbers(1, 2) == ([1, 2], 3)
    assert numbers(2, 9, bytes_max=2_500) == ([2, 3], 4)
    assert numbers(4, 9, bytes_max=10) == ([4], 5)
    assert numbers(5, 9, bytes_max=2_500) == ([5, 6], 0)
    assert numbers(6, 2, is_reversed=True) == ([6, 5], 4)
    assert numbers(7, 2) == ([], 0)


def test_a_function_is_called_and_its_answer_is_the_operations(running):
    running.made.function("worker")
    call = update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": "worker"}, Payload='{"n": 1}')
    assert statuses(running.checkpoint(call)) == {"c": "STARTED"}
    assert running.calls.added[0][2] == {"FunctionName": "worker", "Payload": b'{"n": 1}'}
    running.call_ends({"Payload": b"10"})
    assert (running.operation("c").status, running.operation("c").result) == ("SUCCEEDED", "10")


def test_what_a_called_function_raises_fails_the_operation(running):
    running.made.function("worker")
    running.checkpoint(update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": "worker"}))
    running.call_ends({"Payload": b'{"errorMessage": "no", "errorType": "E"}', "FunctionError": "Unhandled"})
    assert running.operation("c").error == {"ErrorMessage": "no", "ErrorType": "E"}


def test_a_call_that_is_refused_fails_the_operation(running):
    running.made.function("worker")
    running.checkpoint(update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": "worker"}))
    running.call_ends(None, errors.SystemFailed())
    assert running.operation("c").error["ErrorType"] == "ServiceException"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "Function not found: arn:aws:lambda:us-east-1:111111111111:function:nobody:$LATEST"),
        ("deep", "You cannot invoke a durable function using an unqualified ARN."),
    ],
)
def test_a_function_that_cannot_be_called_fails_the_operation_at_once(running, name, message):
    running.made.function("deep", DurableConfig={"ExecutionTimeout": 10})
    running.checkpoint(update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": name}))
    assert (running.operation("c").status, running.operation("c").error["ErrorMessage"]) == ("FAILED", message)


def test_a_function_elsewhere_is_not_called(running):
    for name in ("us-west-2:111111111111:function:f", "arn:aws:lambda:us-east-1:222222222222:function:f"):
        with pytest.raises(errors.InvalidParameterValue, match="Cannot start a CHAINED_INVOKE on a function in another"):
            running.checkpoint(update("c", "CHAINED_INVOKE", ChainedInvokeOptions={"FunctionName": name}))


def test_a_callback_is_answered_once(running):
    running.checkpoint(update("c", "CALLBACK"))
    name = CallbackName(running.arn, "c")
    assert running.operation("c").callback_id == name.id
    running.checkpoints.complete_callback(running.tx, name, "SUCCEEDED", Outcome("1"), running.now)
    assert running.operation("c").result == "1"
    with pytest.raises(CallbackClosed):
        running.checkpoints.complete_callback(running.tx, name, "FAILED", Outcome(), running.now)


def test_a_heartbeat_puts_off_the_end_of_a_callback_and_is_no_news(running):
    running.checkpoint(update("c", "CALLBACK", CallbackOptions={"HeartbeatTimeoutSeconds": 10, "TimeoutSeconds": 15}))
    running.now += 9
    running.checkpoints.heartbeat(running.tx, CallbackName(running.arn, "c"), running.now)
    assert statuses(running.checkpoint()) == {}
    running.fire()
    assert (running.now, running.operation("c").error["ErrorType"]) == (115.0, "Callback.Timeout")


def test_a_callback_whose_time_is_over_is_closed_before_its_timer_fires(running):
    running.checkpoint(update("c", "CALLBACK", CallbackOptions={"TimeoutSeconds": 5}))
    with pytest.raises(CallbackClosed):
        running.checkpoints.heartbeat(running.tx, CallbackName(running.arn, "c"), running.now + 5)
