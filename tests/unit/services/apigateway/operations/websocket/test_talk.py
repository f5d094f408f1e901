"""How long a connection lasts, and what it takes."""

import asyncio
from typing import Any

from tests.unit.gateway.clients import turns
from tests.unit.services.apigateway.operations.http.conftest import SCOPE
from tests.unit.services.apigateway.sockets import FUNCTION, NOW, SocketWorld


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
    tasks: list[Any] = []

    async def answer(event: Any) -> Any:
        tasks.append(asyncio.current_task())
        return {"statusCode": 200, "body": event["body"]}

    world.functions[FUNCTION] = answer
    client = await world.connect()
    for message in ("one", "two", "three"):
        client.send(message)
        assert await client.receive() == message
    client.talk.ended(1000, "")
    await turns()
    assert len(tasks) == 3
    assert len(set(tasks)) == 1
    assert tasks[0].done()
