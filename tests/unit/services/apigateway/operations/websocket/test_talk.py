"""How long a connection lasts, and what it takes."""

from tests.unit.services.apigateway.operations.http.conftest import SCOPE
from tests.unit.services.apigateway.sockets import NOW, SocketWorld


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
