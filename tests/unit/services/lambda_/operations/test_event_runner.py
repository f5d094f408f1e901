"""Accepted events run, once, as soon as there is room, whatever else runs or dies."""

import asyncio

from lambent.core.ports import RuntimeUnavailable
from lambent.services.lambda_.engine import async_events as engine
from lambent.services.lambda_.engine.identifiers import Scope
from lambent.services.lambda_.tables import async_events


async def waiting(house) -> int:
    return await house.store.read(async_events.count_events, Scope("111111111111", "us-east-1"))


async def test_an_event_runs_once_and_is_gone(house):
    await house.create()
    await house.send("one")
    await house.clock.advance(21_600)
    assert [invocation.request_id for _, invocation in house.environments.invoked] == ["one"]
    assert await waiting(house) == 0


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
    assert await waiting(house) == 0


async def test_an_event_that_is_still_being_loaded_takes_its_room(house, monkeypatch):
    """Otherwise the next one is started too, finds the function full, and waits a second for nothing."""
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    read, may_load = house.store.read, asyncio.Event()

    async def read_late(function, *args, **options):
        if function is engine.load:
            await may_load.wait()
        return await read(function, *args, **options)

    monkeypatch.setattr(house.store, "read", read_late)
    house.environments.gate.clear()
    await house.send("one")
    await house.send("two")
    may_load.set()
    await house.settle()
    house.environments.gate.set()
    await house.settle()
    assert len(house.environments.invoked) == 2
    assert await waiting(house) == 0


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


async def test_a_function_that_is_turned_on_again_runs_what_waited(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await house.send("one")
    assert house.environments.invoked == []
    await house("delete_function_concurrency", FunctionName="f")
    await house.settle()
    assert house.environments.names() == ["f"]


async def test_an_event_that_was_running_at_a_crash_runs_again(house):
    await house.create()
    house.environments.gate.clear()
    await house.send("one")
    await house.restart()
    house.environments.gate.set()
    await house.settle()
    assert [invocation.request_id for _, invocation in house.environments.invoked] == ["one", "one"]
    assert await waiting(house) == 0


async def test_an_event_waits_for_a_runtime_to_be_installed(house):
    await house.create()
    house.environments.raises_in_invoke = RuntimeUnavailable("python3.12", "install it")
    await house.send("one")
    assert await waiting(house) == 1
    house.environments.raises_in_invoke = None
    await house.clock.advance(1.0)
    assert await waiting(house) == 0


async def test_an_event_that_cannot_be_run_stops_no_other(house):
    await house.create()
    house.environments.raises_in_invoke = OSError("no processes left")
    await house.send("one")
    house.environments.raises_in_invoke = None
    await house.send("two")
    assert await waiting(house) == 1
    await house.clock.advance(1.0)
    assert await waiting(house) == 0


async def test_a_function_that_cannot_be_read_stops_no_other(house):
    for name in ("broken", "sound"):
        await house.create(name)
        await house("put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=0)
        await house.send(name, name)
    await house.store.write(lambda tx: tx.run("UPDATE lambda_versions SET settings = '{}' WHERE function = 'broken'"))
    house.environments.gate.clear()
    await house("delete_function_concurrency", FunctionName="sound")
    await house.settle()
    await house("delete_function_concurrency", FunctionName="broken")
    await house.clock.advance(120)
    house.environments.gate.set()
    await house.settle()
    assert house.environments.names() == ["sound"]
    assert await waiting(house) == 1


async def test_a_deleted_functions_events_are_gone(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await house.send("one")
    await house("delete_function", FunctionName="f")
    assert await waiting(house) == 0
    await house.clock.advance(600)


async def test_a_thousand_events_all_run(house):
    await house.create()
    for number in range(1_000):
        await house("invoke", request_id=str(number), FunctionName="f", InvocationType="Event", Payload=b"1")
    await house.settle()
    assert len(house.environments.invoked) == 1_000
    assert await waiting(house) == 0
