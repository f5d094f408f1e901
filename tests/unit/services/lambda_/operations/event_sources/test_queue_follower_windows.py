"""Batch windows of a mapping: what they gather and for how long, and what becomes of it when the function has no room."""

import asyncio

from tests.unit.services.lambda_.operations.event_sources.conftest import bodies, events

ACCOUNT = "111111111111"


async def test_a_window_gathers_until_it_has_passed(house, queue, follow):
    await follow(BatchSize=100, MaximumBatchingWindowInSeconds=5)
    queue.send("one")
    await house.clock.advance(3)
    queue.send("two")
    await house.clock.advance(1)
    assert house.environments.invoked == []
    await house.clock.advance(1)
    assert bodies(house) == [["one", "two"]]
    assert queue.messages == []


async def test_a_full_batch_does_not_wait_for_its_window(house, queue, follow):
    await follow(BatchSize=25, MaximumBatchingWindowInSeconds=300)
    queue.send(*map(str, range(60)))
    await house.settle()
    assert [len(batch) for batch in bodies(house)] == [25, 25]
    await house.clock.advance(300)
    assert [len(batch) for batch in bodies(house)] == [25, 25, 10]
    assert queue.messages == []


async def test_a_window_goes_by_the_clock_of_the_mappings_account(house, queue, follow):
    await house.clock.advance(0, account=ACCOUNT)
    await follow(BatchSize=100, MaximumBatchingWindowInSeconds=5)
    queue.send("one")
    await house.clock.advance(3_600)
    assert house.environments.invoked == []
    fired = await house.clock.advance(5, account=ACCOUNT)
    assert bodies(house) == [["one"]]
    assert [each.kind for each in fired if each.kind.startswith("lambda.")] == ["lambda.batching-window"]


async def test_a_window_longer_than_the_visibility_timeout_hides_longer(house, queue, follow):
    await follow(BatchSize=100, MaximumBatchingWindowInSeconds=40)
    queue.send("one")
    await house.clock.advance(40)
    asked = [parameters for operation, parameters in queue.asked if operation == "ReceiveMessage"]
    assert {parameters["VisibilityTimeout"] for parameters in asked} == {40 + 3 + 30}
    assert bodies(house) == [["one"]]


async def test_a_window_tells_that_there_are_no_attributes(house, queue, follow):
    await follow(MaximumBatchingWindowInSeconds=1)
    queue.send("one")
    await house.clock.advance(1)
    assert events(house)[0]["Records"][0]["md5OfMessageAttributes"] is None


async def test_what_a_window_has_gathered_is_handled_when_the_mapping_is_disabled(house, queue, follow):
    mapping_id = await follow(BatchSize=100, MaximumBatchingWindowInSeconds=300)
    queue.send("one")
    await house.settle()
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=False)
    await house.settle()
    assert bodies(house) == [["one"]]
    assert queue.messages == []


async def test_a_window_leaves_the_functions_room_to_others_while_it_gathers(house, queue, follow):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await house("create_alias", FunctionName="f", Name="also", FunctionVersion="$LATEST")
    gathering_id = await follow(BatchSize=100, MaximumBatchingWindowInSeconds=300)
    queue.send("one")
    await house.settle()

    async def only_others(context, service, operation, parameters):
        if operation == "ReceiveMessage" and context.request_id == gathering_id:
            return {}
        return await queue(context, service, operation, parameters)

    house.answer = only_others
    await follow(FunctionName="f:also")
    queue.send("two")
    await house.settle()
    assert bodies(house) == [["two"]]
    await house.clock.advance(300)
    assert bodies(house) == [["two"], ["one"]]


async def gathered_without_room(house, queue, follow):
    """A closed window whose batch has no room. Returns what has it."""
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await follow(MaximumBatchingWindowInSeconds=1)
    queue.send("one")
    await house.settle()
    house.environments.gate.clear()
    other = asyncio.ensure_future(house("invoke", FunctionName="f", Payload=b"{}"))
    await house.clock.advance(1)
    assert len(house.environments.invoked) == 1
    return other


async def test_what_a_window_has_gathered_waits_for_room(house, queue, follow):
    other = await gathered_without_room(house, queue, follow)
    queue.send("two")
    await house.clock.advance(10)
    assert queue.receives() == [1, 0]
    house.environments.gate.set()
    await other
    await house.clock.advance(1)
    records = [record for event in events(house)[1:] for record in event["Records"]]
    counts = [(record["body"], record["attributes"]["ApproximateReceiveCount"]) for record in records]
    assert counts == [("one", "1"), ("two", "1")]
    assert queue.messages == []


async def test_what_a_window_has_gathered_goes_back_before_it_would_return_while_it_is_handled(house, queue, follow):
    other = await gathered_without_room(house, queue, follow)
    await house.clock.advance(25)
    assert "ChangeMessageVisibilityBatch" not in queue.calls
    await house.clock.advance(1)  # a function of 3 s cannot end before 30 s have passed
    assert queue.calls["ChangeMessageVisibilityBatch"] == 1
    await house.clock.advance(600)
    assert queue.receives() == [1]
    house.environments.gate.set()
    await other
    await house.clock.advance(1)
    assert queue.messages == []


async def test_what_a_window_has_gathered_hears_of_a_higher_limit(house, queue, follow):
    other = await gathered_without_room(house, queue, follow)
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=2)
    await house.settle()
    assert len(house.environments.invoked) == 2
    house.environments.gate.set()
    await other
    await house.settle()
    assert queue.messages == []


async def test_what_has_no_room_when_its_mapping_is_disabled_goes_back(house, queue, follow):
    other = await gathered_without_room(house, queue, follow)
    (mapping,) = (await house("list_event_source_mappings"))["EventSourceMappings"]
    await house("update_event_source_mapping", UUID=mapping["UUID"], Enabled=False)
    await house.settle()
    assert queue.calls["ChangeMessageVisibilityBatch"] == 1
    house.environments.gate.set()
    await other
