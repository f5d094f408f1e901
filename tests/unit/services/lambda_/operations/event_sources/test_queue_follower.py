"""A mapping of a queue: what it receives and when, what it invokes with, and what it deletes."""

import asyncio
import json

import pytest
from tests.unit.services.lambda_.operations.event_sources.conftest import bodies, events

from lambent.core.errors import ServiceError
from lambent.core.ports import Outcome, RuntimeUnavailable
from lambent.durable.followers import scaling


def answering(house, *outcomes: Outcome) -> None:
    """The function's answers, one after another; the last one stays."""
    invoke, left = house.environments.invoke, list(outcomes)

    async def answer(spec, invocation, stream=None):
        await invoke(spec, invocation)
        return left.pop(0) if len(left) > 1 else left[0]

    house.environments.invoke = answer


def hold_receives(house) -> tuple[asyncio.Event, asyncio.Event]:
    """From now on a receive sets the first, and waits for the second."""
    answer, reached, held = house.answer, asyncio.Event(), asyncio.Event()

    async def hold(context, service, operation, parameters):
        if operation == "ReceiveMessage":
            reached.set()
            await held.wait()
        return await answer(context, service, operation, parameters)

    house.answer = hold
    return reached, held


class OverLimit(ServiceError):
    code, status, wording = "OverLimit", 403, "Too many messages in flight."


class AccessDenied(ServiceError):
    code, status, wording = "AccessDeniedException", 403, "Access to the resource is denied."


ACCOUNT = "111111111111"
ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
FAILED = Outcome(b'{"errorMessage": "no"}', function_error="Unhandled")
DONE = Outcome(b"null")


async def test_a_message_is_handled_once_and_deleted(house, queue, follow):
    await follow()
    queue.send("one")
    await house.settle()
    assert bodies(house) == [["one"]]
    assert queue.messages == []
    await house.clock.advance(600)
    assert bodies(house) == [["one"]]


async def test_what_was_sent_before_the_mapping_is_handled(house, queue, follow):
    queue.send("early")
    await follow()
    assert bodies(house) == [["early"]]


async def test_an_empty_queue_is_asked_once_and_then_never_again(house, queue, follow):
    await follow()
    asked = queue.calls["ReceiveMessage"]
    await house.clock.advance(86_400)
    assert queue.calls["ReceiveMessage"] == asked == 1


async def test_the_event_is_written_as_aws_writes_it(house, queue, follow):
    await follow()
    queue.send("text")
    await house.settle()
    _, invocation = house.environments.invoked[0]
    assert invocation.payload.decode() == (
        '{"Records":[{"messageId":"m0","receiptHandle":"m0-1","body":"text",'
        '"attributes":{"ApproximateReceiveCount":"1","SenderId":"me"},"messageAttributes":{},"md5OfBody":"md5",'
        '"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:111111111111:q","awsRegion":"us-east-1"}]}'
    )


async def test_a_failed_batch_returns_after_its_visibility_timeout(house, queue, follow):
    answering(house, FAILED, DONE)
    await follow()
    queue.send("one")
    await house.clock.advance(29)
    assert queue.receives() == [1]
    await house.clock.advance(1)
    assert bodies(house) == [["one"], ["one"]]
    assert queue.messages == []


async def test_only_what_the_function_names_returns_where_failures_are_reported(house, queue, follow):
    answering(house, Outcome(b'{"batchItemFailures": [{"itemIdentifier": "m1"}]}'), DONE)
    await follow(FunctionResponseTypes=["ReportBatchItemFailures"])
    queue.send("one", "two", "three")
    await house.settle()
    assert [message.body for message in queue.messages] == ["two"]
    await house.clock.advance(30)
    assert bodies(house) == [["one", "two", "three"], ["two"]]


async def test_what_is_named_counts_for_nothing_where_failures_are_not_reported(house, queue, follow):
    answering(house, Outcome(b'{"batchItemFailures": [{"itemIdentifier": "m0"}]}'))
    await follow()
    queue.send("one")
    await house.settle()
    assert queue.messages == []


async def test_what_the_filters_refuse_is_deleted_and_the_rest_goes_on(house, queue, follow):
    pattern = json.dumps({"body": {"kind": ["good"]}})
    await follow(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    queue.send('{"kind": "bad"}', '{"kind": "good"}', "good")
    await house.settle()
    assert bodies(house) == [['{"kind": "good"}']]
    assert queue.messages == []


async def test_a_batch_holds_at_most_as_many_as_the_mapping_says(house, queue, follow):
    await follow(BatchSize=2)
    queue.send(*"abcde")
    await house.settle()
    assert sorted(bodies(house)) == [["a", "b"], ["c", "d"], ["e"]]


async def test_five_batches_run_at_once_and_more_are_added_while_messages_remain(house, queue, follow):
    await follow(BatchSize=1)
    house.environments.gate.clear()
    queue.send(*map(str, range(100)))
    await house.settle()
    assert len(house.environments.invoked) == scaling.BATCHES_FIRST
    await house.clock.advance(10)
    assert len(house.environments.invoked) == scaling.BATCHES_FIRST + scaling.BATCHES_ADDED_PER_MIN // 6
    house.environments.gate.set()
    await house.settle()
    assert queue.messages == []


async def test_no_more_batches_run_at_once_than_the_mapping_may(house, queue, follow):
    await follow(BatchSize=1, ScalingConfig={"MaximumConcurrency": 3})
    house.environments.gate.clear()
    queue.send(*map(str, range(20)))
    await house.clock.advance(20)
    assert len(house.environments.invoked) == 3
    house.environments.gate.set()
    await house.settle()
    assert queue.messages == []
    assert house.environments.running_max == 3


async def test_provisioned_pollers_begin_with_ten_batches_each(house, queue, follow):
    await follow(BatchSize=1, ProvisionedPollerConfig={"MinimumPollers": 2, "MaximumPollers": 2})
    house.environments.gate.clear()
    queue.send(*map(str, range(50)))
    await house.clock.advance(20)
    assert len(house.environments.invoked) == 20
    house.environments.gate.set()
    await house.settle()


async def test_what_has_no_room_stays_in_the_queue_and_is_not_counted_as_received(house, queue, follow):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await follow(BatchSize=1)
    house.environments.gate.clear()
    queue.send(*"abc")
    await house.clock.advance(20)
    assert queue.receives() == [1, 0, 0]
    house.environments.gate.set()
    await house.settle()
    assert bodies(house) == [["a"], ["b"], ["c"]]
    assert house.environments.running_max == 1


async def test_a_function_that_is_switched_off_receives_nothing_until_it_is_on_again(house, queue, follow):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await follow()
    queue.send("one")
    await house.clock.advance(86_400)
    assert queue.receives() == [0]
    await house("delete_function_concurrency", FunctionName="f")
    await house.settle()
    assert bodies(house) == [["one"]]


async def test_room_that_another_invocation_leaves_is_taken_at_once(house, queue, follow):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await follow()
    house.environments.gate.clear()
    other = asyncio.ensure_future(house("invoke", FunctionName="f", Payload=b"{}"))
    await house.settle()
    queue.send("one")
    await house.settle()
    assert queue.receives() == [0]
    house.environments.gate.set()
    await other
    await house.settle()
    assert queue.messages == []


async def test_a_batch_closes_before_its_event_becomes_too_large(house, queue, follow):
    await follow(BatchSize=10)
    queue.send(*["x" * 1_048_576] * 7)
    await house.settle()
    assert sorted(len(batch) for batch in bodies(house)) == [2, 5]
    assert queue.messages == []


async def test_a_disabled_mapping_takes_nothing_and_goes_on_when_enabled(house, queue, follow):
    mapping_id = await follow()
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=False)
    await house.settle()
    queue.send("one")
    await house.clock.advance(100)
    assert queue.receives() == [0]
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=True)
    await house.settle()
    assert bodies(house) == [["one"]]


async def test_a_mapping_without_its_function_waits_for_it(house, queue, follow):
    mapping_id = await follow()
    await house("delete_function", FunctionName="f")
    queue.send("one")
    await house.clock.advance(86_400)
    assert queue.receives() == [0]
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert (told["State"], told["LastProcessingResult"][:29]) == ("Enabled", "PROBLEM: Function not found: ")
    await house.create()
    assert bodies(house) == [["one"]]
    assert "LastProcessingResult" not in await house("get_event_source_mapping", UUID=mapping_id)


async def test_a_mapping_without_its_queue_waits_for_it(house, queue, follow):
    mapping_id = await follow()
    queue.is_there = False
    queue.send("one")
    await house.clock.advance(86_400)
    assert queue.calls["ReceiveMessage"] == 2
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert (told["State"], told["LastProcessingResult"]) == ("Enabled", "PROBLEM: The specified queue does not exist.")
    queue.is_there = True
    queue.send("two")
    await house.settle()
    assert bodies(house) == [["one", "two"]]


async def test_a_queue_that_cannot_be_read_is_tried_again_less_and_less_often(house, queue, follow):
    await follow()
    queue.raises = OSError("the disk is gone")
    queue.send("one")
    await house.clock.advance(7)
    assert queue.calls["ReceiveMessage"] == 1 + 4  # after 0, 1, 3 and 7 s
    queue.raises = None
    await house.clock.advance(8)
    assert bodies(house) == [["one"]]


async def test_a_queue_with_too_much_in_flight_is_tried_again(house, queue, follow):
    """What returns to it by the passing of time is told to nobody who was not let in."""
    await follow()
    queue.raises = OverLimit()
    queue.send("one")
    await house.settle()
    queue.raises = None
    await house.clock.advance(1)
    assert bodies(house) == [["one"]]


async def test_a_queue_whose_policy_refuses_is_tried_again_less_and_less_often(house, queue, follow):
    """Its owner may change the policy without sending a message."""
    mapping_id = await follow()
    queue.raises = AccessDenied()
    queue.send("one")
    await house.clock.advance(3)
    assert queue.calls["ReceiveMessage"] == 1 + 3  # after 0, 1 and 3 s
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert told["LastProcessingResult"] == "PROBLEM: Access to the resource is denied."
    queue.raises = None
    await house.clock.advance(4)
    assert bodies(house) == [["one"]]


async def test_a_queue_whose_policy_refuses_holds_up_no_clock_and_hears_of_messages(house, queue, follow):
    await follow()
    queue.raises = AccessDenied()
    queue.send("one")
    began_at = house.clock.now()
    await house.clock.run_until_idle()
    assert house.clock.now() == began_at
    queue.raises = None
    queue.send("two")
    await house.settle()
    assert bodies(house) == [["one", "two"]]


async def test_a_problem_ends_when_an_empty_queue_lets_the_mapping_in_again(house, queue, follow):
    mapping_id = await follow()
    queue.raises = AccessDenied()
    queue.send()
    await house.settle()
    queue.raises = None
    await house.clock.advance(1)
    assert "LastProcessingResult" not in await house("get_event_source_mapping", UUID=mapping_id)


async def test_messages_wait_uncounted_in_the_queue_for_a_runtime_to_be_installed(house, queue, follow):
    """Counted, they would be dead letters within seconds."""
    mapping_id = await follow()
    house.environments.missing_runtimes = {"python3.12"}
    queue.send("one")
    await house.clock.advance(3)
    assert queue.receives() == [0]
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert told["LastProcessingResult"].startswith("PROBLEM: ")
    house.environments.missing_runtimes = set()
    await house.clock.advance(4)
    assert bodies(house) == [["one"]]
    assert events(house)[0]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"


async def test_a_runtime_that_is_missed_only_by_the_invocation_gives_the_messages_back(house, queue, follow):
    await follow()
    house.environments.raises_in_invoke = RuntimeUnavailable("python3.12", "install it")
    queue.send("one")
    await house.settle()
    house.environments.raises_in_invoke = None
    await house.clock.advance(1)
    assert queue.messages == []


async def test_a_throttle_after_all_gives_the_messages_back_for_a_second(house, queue, follow):
    """An invocation took the room while the messages were being received."""
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await follow()
    reached, held = hold_receives(house)
    queue.send("one")
    await reached.wait()
    house.environments.gate.clear()
    other = asyncio.ensure_future(house("invoke", FunctionName="f", Payload=b"{}"))
    await house.environments.reached(1)
    held.set()
    await house.settle()
    assert len(house.environments.invoked) == 1
    house.environments.gate.set()
    await other
    await house.clock.advance(2)
    assert events(house)[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert queue.messages == []


async def test_two_mappings_do_not_receive_for_the_same_room(house, queue, follow):
    """Both are woken by the end of an invocation, and only one may run."""
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await house("create_alias", FunctionName="f", Name="also", FunctionVersion="$LATEST")
    await follow(BatchSize=1)
    await follow(BatchSize=1, FunctionName="f:also")
    queue.send(*map(str, range(20)))
    await house.settle()
    assert queue.messages == []
    assert len(house.environments.invoked) == 20
    assert house.environments.running_max == 1


async def test_a_version_is_followed_as_that_version(house, queue, follow):
    await house("publish_version", FunctionName="f")
    await follow(FunctionName="f:1")
    queue.send("one")
    await house.settle()
    spec, invocation = house.environments.invoked[0]
    assert spec.version == "1"
    assert invocation.invoked_function_arn.endswith(":function:f:1")


async def test_a_function_that_is_not_ready_yet_is_waited_for(house, queue, follow):
    may_prepare = asyncio.Event()
    prepare = house.environments.prepare

    async def prepare_late(spec):
        await may_prepare.wait()
        await prepare(spec)

    house.environments.prepare = prepare_late
    await house.create("late")
    await follow(FunctionName="late")
    queue.send("one")
    await house.settle()
    assert queue.receives() == [0]
    may_prepare.set()
    await house.settle()
    assert bodies(house) == [["one"]]


async def test_what_does_not_fit_beside_its_fifo_group_goes_back_at_once(house, queue, follow):
    """It may not run before what comes before it in its group has ended."""
    queue.send(*["x" * 1_048_576] * 7)
    await follow(EventSourceArn=f"{ARN}.fifo")
    assert [len(batch) for batch in bodies(house)] == [5]
    (given_back,) = [asked for operation, asked in queue.asked if operation == "ChangeMessageVisibilityBatch"]
    assert [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in given_back["Entries"]] == [
        ("m5-1", 0),
        ("m6-1", 0),
    ]


async def test_a_mapping_goes_on_after_a_restart(house, queue, follow):
    await follow()
    await house.restart()
    queue.send("one")
    await house.settle()
    assert bodies(house) == [["one"]]


async def test_what_was_running_at_a_crash_returns_after_its_visibility_timeout(house, queue, follow):
    await follow()
    house.environments.gate.clear()
    queue.send("one")
    await house.settle()
    await house.restart()
    house.environments.gate.set()
    await house.clock.advance(30)
    assert bodies(house) == [["one"], ["one"]]
    assert queue.messages == []


async def test_a_stop_in_the_middle_of_everything_leaves_no_error(house, queue, follow, caplog):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await house("create_alias", FunctionName="f", Name="also", FunctionVersion="$LATEST")
    await follow(BatchSize=1)
    await follow(BatchSize=1, FunctionName="f:also")
    house.environments.gate.clear()
    queue.send("one", "two", "three")
    await house.settle()
    await house.supervisor.stop()
    await house.supervisor.start()
    house.environments.gate.set()
    await house.clock.advance(30)
    assert queue.messages == []
    assert caplog.records == []


async def test_a_reset_while_a_mapping_is_being_deleted_fails_nothing(house, queue, follow, caplog):
    mapping_id = await follow()
    reached, held = hold_receives(house)
    queue.send("one")
    await reached.wait()
    await house("delete_event_source_mapping", UUID=mapping_id)
    await house.settle()  # the followers wait for what is being received
    forgetting = asyncio.create_task(house.service.forget(ACCOUNT))
    await house.settle()
    held.set()
    await forgetting
    await house.settle()
    assert caplog.records == []


async def test_a_reset_does_not_wait_for_what_a_stop_has_cancelled(house, queue, follow):
    await follow()
    reached, _ = hold_receives(house)
    queue.send("one")
    await reached.wait()
    forgetting = asyncio.create_task(house.service.forget(ACCOUNT))
    await house.settle()
    await house.supervisor.stop()
    await asyncio.wait_for(forgetting, timeout=10)


async def test_a_reset_of_the_account_stops_following(house, queue, follow):
    await follow()
    await house.store.reset(ACCOUNT)
    await house.service.forget(ACCOUNT)
    asked = queue.calls["ReceiveMessage"]
    queue.send("one")
    await house.clock.advance(100)
    assert queue.calls["ReceiveMessage"] == asked


@pytest.mark.parametrize("metrics", [["EventCount"], []])
async def test_events_are_counted_where_the_mapping_asks_for_it(house, queue, follow, metrics):
    answering(house, FAILED, DONE)
    pattern = json.dumps({"body": [{"anything-but": "no"}]})
    await follow(MetricsConfig={"Metrics": metrics}, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    queue.send("no", "yes")
    await house.clock.advance(30)
    counted = {dict(labels)["metric"]: n for (name, labels), n in house.metrics.values.items() if "event_source" in name}
    assert counted == (
        {
            "PolledEventCount": 3,
            "FilteredOutEventCount": 1,
            "InvokedEventCount": 2,
            "FailedInvokeEventCount": 1,
            "DeletedEventCount": 2,
        }
        if metrics
        else {}
    )


async def test_a_thousand_messages_take_no_more_receives_than_they_must(house, queue, follow):
    await follow()
    queue.send(*map(str, range(1_000)))
    await house.settle()
    assert queue.messages == []
    assert queue.calls["ReceiveMessage"] <= 100 + 2 * scaling.BATCHES_FIRST
