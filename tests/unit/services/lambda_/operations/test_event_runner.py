"""Accepted events run, once, as soon as there is room, whatever else runs or dies."""

import asyncio
import functools

from tests.unit.services.lambda_.operations.conftest import FAILED

from lambent.core.ports import RuntimeUnavailable
from lambent.services.lambda_.engine import async_events
from lambent.services.lambda_.operations import event_runner, lanes


async def test_an_event_runs_once_and_is_gone(house):
    await house.create()
    await house.send("one")
    await house.clock.advance(21_600)
    assert [invocation.request_id for _, invocation in house.environments.invoked] == ["one"]
    assert await house.waiting() == 0


async def test_no_more_run_at_once_than_the_function_may(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=2)
    house.environments.gate.clear()
    for number in range(5):
        await house.send(str(number))
    assert len(house.environments.invoked) == 2
    house.environments.gate.set()
    await house.settle()
    assert len(house.environments.invoked) == 5
    assert house.environments.running_max == 2
    assert await house.waiting() == 0


async def test_an_event_that_is_only_starting_takes_its_room(house):
    """Otherwise the next one is started too, finds the function full, and waits a second for nothing."""
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    invoke = functools.partial(house, "invoke", FunctionName="f", InvocationType="Event", Payload=b"1")
    await asyncio.gather(*(invoke(request_id=str(number)) for number in range(5)))
    await house.settle()
    assert len(house.environments.invoked) == 1
    house.environments.gate.set()
    await house.settle()
    assert len(house.environments.invoked) == 5
    assert await house.waiting() == 0


async def test_a_slow_function_keeps_no_other_waiting(house):
    await house.create("slow")
    await house.create("quick")
    await house("put_function_concurrency", FunctionName="slow", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    for number in range(3):
        await house.send(f"slow-{number}", "slow")
    await house.send("quick-0", "quick")
    assert house.environments.names() == ["slow", "quick"]
    house.environments.gate.set()
    await house.settle()


async def test_an_event_that_was_running_at_a_crash_runs_again(house):
    await house.create()
    house.environments.gate.clear()
    await house.send("one")
    await house.restart()
    house.environments.gate.set()
    await house.settle()
    assert [invocation.request_id for _, invocation in house.environments.invoked] == ["one", "one"]
    assert await house.waiting() == 0


async def test_an_event_waits_for_a_runtime_to_be_installed(house):
    await house.create()
    house.environments.raises_in_invoke = RuntimeUnavailable("python3.12", "install it")
    await house.send("one")
    assert await house.waiting() == 1
    house.environments.raises_in_invoke = None
    await house.clock.advance(1.0)
    assert await house.waiting() == 0


async def test_an_event_that_cannot_be_run_stops_no_other(house):
    await house.create()
    house.environments.raises_in_invoke = OSError("no processes left")
    await house.send("one")
    house.environments.raises_in_invoke = None
    await house.send("two")
    assert await house.waiting() == 1
    await house.clock.advance(1.0)
    assert await house.waiting() == 0


async def test_a_function_that_cannot_be_read_stops_no_other(house):
    for name in ("broken", "sound"):
        await house.create(name)
    house.environments.outcomes = [FAILED, FAILED]
    for name in ("broken", "sound"):
        await house.send(name, name)
    await house.store.write(lambda tx: tx.run("UPDATE lambda_versions SET settings = '{}' WHERE function = 'broken'"))
    await house.restart()
    await house.clock.advance(120)
    assert house.environments.names() == ["broken", "sound", "sound"]
    assert await house.waiting() == 1


async def test_a_deleted_functions_events_are_gone(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    for request_id in ("runs", "waits"):
        await house.send(request_id)
    await house("delete_function", FunctionName="f")
    assert await house.waiting() == 0
    await house.create()
    house.environments.gate.set()
    await house.clock.advance(600)
    assert house.environments.request_ids() == ["runs"]


async def test_an_accounts_events_are_gone_with_the_account(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    for request_id in ("runs", "waits"):
        await house.send(request_id)
    await house.store.reset("111111111111")
    await house.service.forget("111111111111")
    house.environments.gate.set()
    await house.clock.advance(600)
    assert house.environments.request_ids() == ["runs"]


async def test_events_of_a_deleted_alias_are_dropped(house):
    await house.create(Publish=True)
    await house("create_alias", FunctionName="f", Name="live", FunctionVersion="1")
    house.environments.outcomes = [FAILED]
    await house.send("one", "f:live")
    await house("delete_alias", FunctionName="f", Name="live")
    await house.clock.advance(60)
    assert house.environments.request_ids() == ["one"]
    assert await house.waiting() == 0
    assert house.metric("lambent_async_events_dropped_total", reason="FunctionNotFound") == 1


async def test_a_request_that_is_repeated_while_the_first_runs_is_accepted_and_not_run_again(house):
    await house.create()
    house.environments.gate.clear()
    await house.send("one")
    await house.send("one")
    house.environments.gate.set()
    await house.settle()
    assert house.environments.request_ids() == ["one"]
    assert house.metric("lambent_async_events_received_total") == 1


async def test_an_event_is_not_read_when_there_is_room(house):
    await house.create()
    await house.send("first")
    reads = house.reads
    await house.send("second")
    assert house.reads == reads


async def test_what_is_too_much_for_memory_stays_on_disk_and_runs_too(house, monkeypatch):
    monkeypatch.setattr(lanes, "QUEUED_MAX", 2)
    monkeypatch.setattr(event_runner, "EVENTS_READ_MAX", 3)
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    for number in range(20):
        await house.send(str(number))
    house.environments.gate.set()
    await house.settle()
    assert sorted(house.environments.request_ids(), key=int) == [str(number) for number in range(20)]
    assert await house.waiting() == 0


async def test_an_event_whose_caller_has_gone_runs_all_the_same(house):
    await house.create()
    await house.send("first")
    call = house("invoke", request_id="second", FunctionName="f", InvocationType="Event", Payload=b"1")
    task = asyncio.create_task(call)
    await asyncio.sleep(0)
    task.cancel()
    await house.settle()
    assert house.environments.request_ids() == ["first", "second"]
    assert await house.waiting() == 0


async def test_room_that_others_hold_is_looked_for_after_1_s_2_s_4_s(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    sync = asyncio.create_task(house("invoke", request_id="sync", FunctionName="f", Payload=b"1"))
    await house.settle()
    for number in range(9):  # more that wait do not make the waits longer
        await house.send(str(number))
    await house.clock.advance(6.9)
    house.environments.gate.set()
    await sync
    await house.settle()
    assert house.environments.request_ids() == ["sync"]
    await house.clock.advance(0.1)
    assert len(house.environments.invoked) == 10


async def test_slow_events_do_not_hold_up_the_start_of_others_for_long(house, monkeypatch):
    monkeypatch.setattr(lanes, "STARTING_S", 0.02)
    await house.create()
    house.environments.gate.clear()
    count = lanes.STARTING_MAX + 5
    for number in range(count):
        await house.send(str(number))
    await asyncio.wait_for(house.environments.reached(count), timeout=10)
    house.environments.gate.set()
    await house.settle()
    assert await house.waiting() == 0


async def test_a_thousand_events_all_run(house):
    await house.create()
    for number in range(1_000):
        await house("invoke", request_id=str(number), FunctionName="f", InvocationType="Event", Payload=b"1")
    await house.settle()
    assert len(house.environments.invoked) == 1_000
    assert await house.waiting() == 0


async def test_a_worker_that_crashes_begins_anew_and_loses_nothing(house, monkeypatch):
    await house.create()
    write, broken = house.store.write, [True]

    async def write_or_fail(function, *args, **options):
        if function is async_events.end_many and broken:
            broken.clear()
            raise OSError("a full disk")
        return await write(function, *args, **options)

    monkeypatch.setattr(house.store, "write", write_or_fail)
    await house.send("one")
    await house.send("two")
    assert await house.waiting() == 2
    await house.clock.advance(1)
    assert await house.waiting() == 0
    assert set(house.environments.request_ids()) == {"one", "two"}
