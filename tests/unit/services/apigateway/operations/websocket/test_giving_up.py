"""Messages whose time is over before what they are for has answered, and those that had their answer in time."""

import asyncio
import json
from typing import Any

import pytest
from tests.unit.gateway.clients import turns
from tests.unit.services.apigateway.sockets import FUNCTION, AccessLog, Client, SocketWorld, echo

from lambent.services.apigateway.engine.records import Integration, Route
from lambent.services.apigateway.operations.websocket import talk

HASTY = Integration("hasty", "AWS_PROXY", FUNCTION, timeout_ms=1)
SLOW = Route("s", "slow", target="integrations/hasty")
TIMED_OUT = "Endpoint request timed out"


class Gates:
    """The function of a world: it answers each message when the first word of its text is let through, "now" at once."""

    def __init__(self, world: SocketWorld) -> None:
        self.begun: list[str] = []
        self.tasks: list[asyncio.Task[Any] | None] = []
        self._open: dict[str, asyncio.Event] = {}
        self.let("now")
        world.functions[FUNCTION] = self._answer

    def let(self, name: str) -> None:
        self._gate(name).set()

    def _gate(self, name: str) -> asyncio.Event:
        return self._open.setdefault(name, asyncio.Event())

    async def _answer(self, event: Any) -> Any:
        text = json.loads(event["body"])["text"]
        self.begun.append(text)
        self.tasks.append(asyncio.current_task())
        await self._gate(text.partition(" ")[0]).wait()
        return echo(event)


async def connected(world: SocketWorld, **options: Any) -> Client:
    await world.serve("$default", SLOW, integrations=(HASTY,), two_way=("$default", "slow"), **options)
    return await world.connect()


async def told(client: Client) -> Any:
    return json.loads(await client.receive())


def slow(text: str) -> dict[str, str]:
    return {"action": "slow", "text": text}


def patient(text: str) -> dict[str, str]:
    return {"action": "patient", "text": text}


async def test_a_message_that_had_its_answer_is_not_given_up_when_its_time_is_over(world: SocketWorld):
    client = await connected(world)
    Gates(world)
    client.send(slow("now"))
    client.send(slow("later"))
    assert (await told(client))["text"] == "now"
    late = await told(client)
    await turns()
    assert (late["message"], late["requestId"]) == (TIMED_OUT, world.event(1)["requestContext"]["requestId"])
    assert client.socket.sent.empty()


async def test_a_message_that_is_given_up_makes_room_once_whether_its_function_runs_on_or_has_ended(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(talk, "UNDER_WAY_MAX", 2)
    client = await connected(world)
    gates = Gates(world)
    client.send(slow("first"))
    assert (await told(client))["message"] == TIMED_OUT
    for text in ("a 1", "a 2", "b"):
        client.send(patient(text))
    await turns()
    assert gates.begun == ["first", "a 1", "a 2"]
    gates.let("first")
    await turns()
    assert gates.begun == ["first", "a 1", "a 2"]
    gates.let("a")
    await turns()
    assert gates.begun == ["first", "a 1", "a 2", "b"]
    gates.let("b")
    await world.settled()


async def test_a_message_that_is_given_up_makes_room_when_the_client_has_read_that_it_is(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(talk, "UNDER_WAY_MAX", 1)
    client = await connected(world)
    gates = Gates(world)
    client.socket.full = asyncio.get_running_loop().create_future()
    client.send(slow("first"))
    client.send(patient("now"))
    assert (await told(client))["message"] == TIMED_OUT
    await turns()
    assert gates.begun == ["first"]
    client.socket.full.set_result(None)
    assert (await told(client))["text"] == "now"


async def test_the_task_of_a_message_that_was_given_up_ends_with_its_function(world: SocketWorld):
    client = await connected(world)
    gates = Gates(world)
    client.send(slow("first"))
    assert (await told(client))["message"] == TIMED_OUT
    gates.let("first")
    await turns()
    (task,) = gates.tasks
    assert task is not None
    assert task.done()
    client.send(patient("now"))
    assert (await told(client))["text"] == "now"


async def test_a_server_that_is_too_slow_is_told_of_as_its_own_call_finds_it_and_once(world: SocketWorld):
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until who asked hangs up
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        slow_server = Integration("server", "HTTP_PROXY", url, integration_method="POST", timeout_ms=20)
        log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:talk", "$context.status $context.integration.error")
        route = Route("d", "$default", target="integrations/server")
        await world.serve(route, integrations=(slow_server,), access_log=log)
        client = await world.connect()
        client.send("hi")
        assert (await told(client))["message"] == "Service Unavailable"
        await world.settled()
        assert client.socket.sent.empty()
        assert [line for _, line in await world.logged(2)][1:] == ["503 Integration request timed out"]
