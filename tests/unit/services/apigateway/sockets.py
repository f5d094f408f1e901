"""A WebSocket API on a database in memory, its front, and clients that are Python objects here."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.unit.services.apigateway.operations.http.conftest import FUNCTION, SCOPE, World, _publish
from tests.unit.services.apigateway.visits import API_ID, HOST, FakeVisit

from lambent.core.context import Context
from lambent.services.apigateway.engine.records import (
    WEBSOCKET,
    AccessLog,
    Api,
    Authorizer,
    Integration,
    IntegrationResponse,
    Published,
    Route,
    RouteResponse,
    RouteSettings,
    Snapshot,
    Stage,
)
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.services.apigateway.engine.websocket.delivery import MESSAGE, Connection, Delivery
from lambent.services.apigateway.engine.websocket.plans import SocketStage
from lambent.services.apigateway.operations.keys import Keys
from lambent.services.apigateway.operations.websocket.front import SocketFront
from lambent.wire.http import Request, Response, SocketClosed, Upgrade

NOW = 1_767_225_600.0


def published(
    *routes: Route | str,
    integrations: tuple[Integration, ...] = (),
    authorizers: tuple[Authorizer, ...] = (),
    responses: tuple[IntegrationResponse, ...] = (),
    two_way: tuple[str, ...] = ("$default",),
    selection: str = "$request.body.action",
    models: tuple[Model, ...] = (),
    key_selection: str = "$request.header.x-api-key",
    **stage: Any,
) -> Published:
    """A stage ``prod``. A route that is a text leads to the function ``f``; those of ``two_way`` answer the client."""
    made = tuple(
        Route(f"r{number}", route, target="integrations/i") if isinstance(route, str) else route
        for number, route in enumerate(routes)
    )
    route_responses = tuple(RouteResponse("rr", route.route_id, "$default") for route in made if route.route_key in two_way)
    standard = Integration("i", "AWS_PROXY", FUNCTION, timeout_ms=29_000)
    return Published(
        Api(
            SCOPE,
            API_ID,
            "talk",
            WEBSOCKET,
            NOW,
            route_selection_expression=selection,
            api_key_selection_expression=key_selection,
        ),
        Stage("prod", NOW, NOW, deployment_id="d", **stage),
        Snapshot(made, (standard, *integrations), authorizers, route_responses, responses, models),
    )


def delivery(given: Published, message: str = "", *, event_type: str = MESSAGE, request: Request | None = None) -> Delivery:
    scope = given.api.scope
    connection = Connection(
        "C1=", scope.account, scope.region, API_ID, given.stage.stage_name, HOST, "192.0.2.7", "client/1", NOW, NOW
    )
    made = Delivery.of(
        given.api,
        given.stage,
        connection,
        event_type=event_type,
        request_id="R1=",
        at=NOW + 1,
        request=request,
    )
    made.message = message
    route = SocketStage(given).route_of(made)
    made.route_key = route.plan.route.route_key if route is not None else ""
    return made


class FakeSocket:
    """The server's end."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.unsent_bytes = 0
        self.holds: list[bool] = []
        self.closed: tuple[int, str] | None = None
        self.on_close: Callable[[int, str], None] | None = None  # once, as the server's own tells it
        self.full: asyncio.Future[None] | None = None  # until the client has read what it was sent

    def send(self, message: str | bytes) -> None:
        if self.closed is not None:
            raise SocketClosed
        self.sent.put_nowait(message)

    def drained(self) -> asyncio.Future[None] | None:
        return self.full

    def hold(self, *, is_held: bool) -> None:
        self.holds.append(is_held)

    def close(self, code: int, reason: str = "") -> None:
        if self.closed is None:
            self.closed = code, reason
            if self.on_close is not None:
                self.on_close(code, reason)


class Client:
    """One that is connected."""

    def __init__(self, upgrade: Upgrade) -> None:
        assert upgrade.conversation is not None
        self.upgrade = upgrade
        self.talk: Any = upgrade.conversation
        self.id: str = self.talk.connection.connection_id
        self.socket = FakeSocket()
        self.talk.opened(self.socket)

    def send(self, message: Any) -> None:
        self.talk.heard()
        self.talk.received(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> str | bytes:
        return await asyncio.wait_for(self.socket.sent.get(), 5)


class SocketWorld(World):
    """What stands around the front, and what it did."""

    def __init__(self, store: Any, clock: Any) -> None:
        super().__init__(store, clock)
        self.front: Any = SocketFront(
            store=store,
            clock=clock,
            call=self._call,
            log_sink=self,
            domains=self.domains,
            endpoint_url="http://localhost:4566",  # type: ignore[arg-type]
            service_names=("sqs",),
            keys=Keys(store=store),
        )

    async def serve(self, *routes: Route | str, **options: Any) -> None:
        given = published(*routes, **options)
        await self.store.write(_publish, given.api, given.stage, given.snapshot)

    async def ask(
        self, path: str = "/prod", headers: dict[str, str] | None = None, *, is_websocket: bool = True, **options: Any
    ) -> Response:
        path, _, query = path.partition("?")
        method = options.pop("method", "GET")
        body = options.pop("body", b"")
        request = Request(method, path, query, headers or {}, body, is_websocket=is_websocket)
        response = await self.front.answer(FakeVisit(request, **options))
        assert response is not None
        return response

    async def connect(self, path: str = "/prod", headers: dict[str, str] | None = None, **options: Any) -> Client:
        response = await self.ask(path, headers, **options)
        assert isinstance(response, Upgrade), response
        return Client(response)

    async def settled(self) -> None:
        await asyncio.wait_for(self.front._tasks.drained(), 5)

    async def told(self, count: int) -> list[Any]:
        """The events of functions, when all that goes on for connections is done."""
        await self.settled()
        assert len(self.invocations) == count
        return [json.loads(payload) for _, payload in self.invocations]


def echo(event: Any) -> Any:
    return {"statusCode": 200, "body": event.get("body")}


class Busy:
    """The function of a world: notes what it is told, in its order, and answers when it is let."""

    def __init__(self, world: SocketWorld) -> None:
        self.begun: list[str] = []
        self.may_answer = asyncio.Event()
        self._heard = asyncio.Event()
        world.functions[FUNCTION] = self._answer

    async def has_begun(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.begun) < count:
                self._heard.clear()
                await self._heard.wait()

    async def _answer(self, event: Any) -> Any:
        kind = event["requestContext"]["eventType"]
        if kind != "CONNECT":
            self.begun.append(event["body"] if kind == "MESSAGE" else "the end")
            self._heard.set()
            await self.may_answer.wait()
        return echo(event)


def caller_of(account: str) -> Context:
    return Context(account, "us-east-1", "r", f"arn:aws:iam::{account}:user/ann", "http://localhost")


__all__ = [
    "FUNCTION",
    "AccessLog",
    "Busy",
    "Client",
    "RouteSettings",
    "SocketWorld",
    "caller_of",
    "delivery",
    "echo",
    "published",
]
