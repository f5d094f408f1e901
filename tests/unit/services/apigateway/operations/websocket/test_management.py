"""The operations of apigatewaymanagementapi. (At an API's own address: the front's tests.)"""

import pytest
from tests.unit.services.apigateway.sockets import SocketWorld, caller_of

from lambent.services.apigateway import errors
from lambent.services.apigateway.operations.websocket.management import MESSAGE_BYTES_MAX, ApiGatewayManagementApi


async def test_a_connection_is_told_something_looked_at_and_ended(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect(headers={"user-agent": "client/1"})
    api = ApiGatewayManagementApi(sockets=world.front.sockets)
    context, where = caller_of("111122223333"), {"ConnectionId": client.id}
    await world.clock.advance(5)
    await api.post_to_connection(context, {**where, "Data": b"hi"})
    assert await client.receive() == "hi"
    shown = await api.get_connection(context, where)
    assert (shown["LastActiveAt"] - shown["ConnectedAt"]).total_seconds() == 5
    assert shown["Identity"] == {"SourceIp": "192.0.2.7", "UserAgent": "client/1"}
    await api.delete_connection(context, where)
    assert client.socket.closed == (1000, "")


async def test_a_message_has_at_most_128_kilobytes(world: SocketWorld):
    api = ApiGatewayManagementApi(sockets=world.front.sockets)
    with pytest.raises(errors.MessageTooLarge):
        await api.post_to_connection(caller_of("1" * 12), {"ConnectionId": "x", "Data": bytes(MESSAGE_BYTES_MAX + 1)})
