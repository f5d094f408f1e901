"""The connections that are open."""

import pytest
from tests.unit.services.apigateway.sockets import SocketWorld

from lambent.services.apigateway import errors
from lambent.services.apigateway.operations.websocket.sockets import UNSENT_BYTES_MAX

ACCOUNT = "111122223333"


async def test_what_is_posted_is_sent_as_text_where_it_is_text(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    world.front.sockets.post(ACCOUNT, client.id, b"hi")
    world.front.sockets.post(ACCOUNT, client.id, b"\xff")
    assert [await client.receive(), await client.receive()] == ["hi", b"\xff"]


async def test_connections_of_other_accounts_and_closed_ones_are_gone(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    with pytest.raises(errors.Gone):
        world.front.sockets.find("444455556666", client.id)
    client.socket.close(1000)
    with pytest.raises(errors.Gone):
        world.front.sockets.post(ACCOUNT, client.id, b"hi")
    client.talk.ended(1000, "")
    with pytest.raises(errors.Gone):
        world.front.sockets.close(ACCOUNT, client.id)


async def test_a_client_that_does_not_read_is_sent_no_more_than_is_held_for_it(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    client.socket.unsent_bytes = UNSENT_BYTES_MAX
    with pytest.raises(errors.ClientBufferFull):
        world.front.sockets.post(ACCOUNT, client.id, b"hi")
