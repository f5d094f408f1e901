"""How long a connection lasts, and what it takes."""

import asyncio
from typing import Any

import pytest
from tests.unit.gateway.clients import turns
from tests.unit.services.apigateway.operations.http.conftest import SCOPE
from tests.unit.services.apigateway.sockets import FUNCTION, NOW, Busy, SocketWorld, echo

from lambent.services.apigateway.engine.records import Route
from lambent.services.apigateway.operations.websocket.talk import UNDER_WAY_MAX, Tasks


def tasks_of(world: SocketWorld) -> list[asyncio.Task[Any]]:
    """Those in which the function of the world is asked, one for each time, from now on."""
    tasks, function = list[asyncio.Task[Any]](), world.functions.get(FUNCTION, echo)

    def noted(event: Any) -> Any:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        return function(event)

    world.functions[FUNCTION] = noted
    return tasks


async def test_a_connection_that_is_idle_for_ten_minutes_is_closed(world: SocketWorld):
    await world.serve("$default")
    busy, idle = await world.connect(), await world.connect()
    await world.clock.advance(599)
    busy.talk.heard()  # a ping is enough
    await world.clock.advance(2)
    assert idle.socket.closed == (1001, "Going away")
    assert busy.socket.closed is None
    await world.clock.advance(600)
    assert busy.socket.closed == (1001, "Going away")


async def test_a_connection_is_closed_after_two_hours_whatever_it_does(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    for _ in range(14):
        await world.clock.advance(500)
        client.talk.heard()
    assert client.socket.closed is None
    await world.clock.advance(201)
    assert client.socket.closed == (1001, "Going away")


async def test_messages_and_ends_live_by_the_clock_of_the_account_whose_api_it_is(world: SocketWorld):
    await world.serve("$default", "$disconnect")
    client = await world.connect()
    await world.clock.advance(300, SCOPE.account)
    client.send("hi")
    await world.told(1)
    client.talk.ended(1000, "")
    times = [event["requestContext"]["requestTimeEpoch"] for event in await world.told(2)]
    assert times == [(NOW + 300) * 1000] * 2
    assert world.clock.now() == NOW


async def test_binary_messages_close_with_1003(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    client.send(b"\0")
    assert client.socket.closed is not None
    assert client.socket.closed[0] == 1003


async def test_messages_that_come_one_after_the_other_are_answered_in_one_task_that_ends_with_the_connection(
    world: SocketWorld,
):
    await world.serve("$default")
    tasks = tasks_of(world)
    client = await world.connect()
    for message in ("one", "two", "three"):
        client.send(message)
        assert await client.receive() == message
    client.talk.ended(1000, "")
    await turns()
    assert len(tasks) == 3
    assert len(set(tasks)) == 1
    assert tasks[0].done()


async def test_of_the_tasks_of_a_connection_that_have_nothing_to_do_one_waits_for_more(world: SocketWorld):
    await world.serve("$default")
    busy = Busy(world)
    tasks = tasks_of(world)
    client = await world.connect()
    for message in ("one", "two", "three"):
        client.send(message)
    await busy.has_begun(3)
    busy.may_answer.set()
    await turns()
    assert [task.done() for task in tasks].count(False) == 1
    client.talk.ended(1000, "")
    await turns()
    assert all(task.done() for task in tasks)


async def test_a_task_whose_connection_ends_meanwhile_waits_for_nothing_more(world: SocketWorld):
    await world.serve("$default")
    busy = Busy(world)
    tasks = tasks_of(world)
    client = await world.connect()
    client.send("one")
    await busy.has_begun(1)
    client.talk.ended(1000, "")
    busy.may_answer.set()
    await turns()
    assert [task.done() for task in tasks] == [True]


async def test_a_task_that_has_rested_is_waited_for_again_while_it_has_a_message_answered(world: SocketWorld):
    await world.serve("$default")
    busy = Busy(world)
    busy.may_answer.set()
    client = await world.connect()
    client.send("one")
    await client.receive()
    await world.settled()  # one that rests is not waited for
    busy.may_answer.clear()
    client.send("two")
    await busy.has_begun(2)
    settling = asyncio.create_task(world.settled())
    await turns()
    assert not settling.done()
    busy.may_answer.set()
    await settling
    assert await client.receive() == "two"


async def test_no_task_rests_while_the_end_of_all_is_waited_for_nor_after_it():
    tasks, may_end = Tasks(), asyncio.Event()
    rests: list[bool] = []

    async def work() -> None:
        await may_end.wait()
        task = asyncio.current_task()
        assert task is not None
        rests.append(tasks.rest(task))

    tasks.start(work())
    draining = asyncio.create_task(tasks.drained())
    await turns()
    may_end.set()
    await draining
    await tasks.close(0.0)
    await work()
    assert rests == [False, False]


async def test_a_defect_with_one_message_is_reported_and_its_task_and_connection_go_on(
    world: SocketWorld, caplog: pytest.LogCaptureFixture
):
    await world.serve("$default")

    def answer(event: Any) -> Any:
        return RuntimeError("a defect") if event["body"] == "bad" else echo(event)

    world.functions[FUNCTION] = answer
    tasks = tasks_of(world)
    client = await world.connect()
    for message in ("bad", "good"):
        client.send(message)
        await turns()
    assert await client.receive() == "good"
    assert len(set(tasks)) == 1
    assert caplog.text.count("apigateway.websocket.defect") == 1


async def test_a_defect_with_a_message_before_its_turn_keeps_no_other_from_its_own(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    await world.serve(Route("k", "keyed", target="integrations/i", is_api_key_required=True), "$default")
    world.functions[FUNCTION] = echo
    may_fail = asyncio.Event()

    async def use(*_: Any) -> Any:
        await may_fail.wait()
        raise RuntimeError("a defect")

    monkeypatch.setattr(world.front._keys, "use", use)
    client = await world.connect()
    client.send({"action": "keyed"})
    client.send("behind")
    await turns()
    assert client.socket.sent.empty()
    may_fail.set()
    assert await client.receive() == "behind"
    assert "apigateway.websocket.defect" in caplog.text


async def test_a_client_that_does_not_read_has_no_more_answered_than_may_be_under_way(world: SocketWorld):
    await world.serve("$default")
    busy = Busy(world)
    busy.may_answer.set()
    client = await world.connect()
    client.socket.full = asyncio.get_running_loop().create_future()
    sent = [str(number) for number in range(UNDER_WAY_MAX + 2)]
    for message in sent:
        client.send(message)
    await turns()
    assert busy.begun == sent[:UNDER_WAY_MAX]
    assert client.socket.sent.qsize() == UNDER_WAY_MAX
    assert client.socket.holds == [True]
    client.socket.full.set_result(None)
    await world.settled()
    assert busy.begun == sent
    assert client.socket.holds == [True, False]
