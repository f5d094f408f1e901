"""An HTTP API on a database in memory, its front, functions that are Python functions here, and visitors."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.ports import Denial, LogEvent, LogStreamName
from lambent.services.apigateway.engine.records import (
    AccessLog,
    Api,
    Authorizer,
    Integration,
    Route,
    RouteSettings,
    Scope,
    Snapshot,
    Stage,
)
from lambent.services.apigateway.operations.http.front import HttpFront
from lambent.services.apigateway.tables.v2 import apis, parts, published
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.wire.http import Request, Response, TooLarge

ACCOUNT, REGION, API_ID = "111122223333", "us-east-1", "abcdef1234"
SCOPE = Scope(ACCOUNT, REGION)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
HOST = f"{API_ID}.execute-api.localhost:4566"


class FakeVisit:
    """A request to the API, by its host."""

    def __init__(
        self, request: Request, *, name: str = API_ID, caller: Context | None = None, denial: Denial | None = None
    ) -> None:
        self.request = request
        self.name = name
        self.host = HOST
        self.base_path = ""
        self.source_ip = "192.0.2.7"
        self.request_id = "uuid"
        self._body = request.body
        self._caller = caller
        self._denial = denial
        self.asked: list[tuple[str, str]] = []
        request.body = b""

    async def read(self, bytes_max: int) -> bytes:
        if len(self._body) > bytes_max:
            raise TooLarge
        self.request.body = self._body
        return self._body

    async def caller(self, service: str) -> Context | None:
        assert service == "execute-api"
        return self._caller

    async def denial(self, action: str, resource: str, resource_policy: str | None) -> Denial | None:
        assert resource_policy is None
        self.asked.append((action, resource))
        return self._denial


class World:
    """What stands around the front, and what it did."""

    def __init__(self, store: SqliteDatabase, clock: VirtualClock) -> None:
        self.store = store
        self.clock = clock
        self.functions: dict[str, Callable[[Any], Any]] = {}
        self.calls: list[tuple[Context, str, str, Any]] = []
        self.replies: dict[tuple[str, str], Any] = {}
        self.lines: list[tuple[LogStreamName, str]] = []
        self._logged = asyncio.Event()
        self.front = HttpFront(
            store=store,
            clock=clock,
            call=self._call,
            log_sink=self,
            endpoint_url="http://localhost:4566",  # type: ignore[arg-type]
        )

    async def append(self, stream: LogStreamName, events: list[LogEvent]) -> None:
        self.lines += [(stream, event.message) for event in events]
        self._logged.set()

    async def logged(self, count: int) -> list[tuple[LogStreamName, str]]:
        """The lines of access logs, when there are so many."""
        while len(self.lines) < count:
            self._logged.clear()
            await self._logged.wait()
        return self.lines

    async def publish(
        self,
        *routes: Route | str,
        integrations: tuple[Integration, ...] = (),
        authorizers: tuple[Authorizer, ...] = (),
        stage: str = "$default",
        variables: dict[str, str] | None = None,
        settings: RouteSettings | None = None,
        route_settings: dict[str, RouteSettings] | None = None,
        access_log: AccessLog | None = None,
        **api: Any,
    ) -> None:
        """A stage of the API. A route that is a text leads to the function ``f``, whose format is 2.0."""
        made = tuple(
            Route(f"r{number}", route, target="integrations/i") if isinstance(route, str) else route
            for number, route in enumerate(routes)
        )
        standard = Integration("i", "AWS_PROXY", FUNCTION, payload_format_version="2.0")
        snapshot = Snapshot(made, (standard, *integrations), authorizers)
        now = self.clock.now()
        row = Stage(
            stage,
            now,
            now,
            deployment_id=f"d-{stage}",
            variables=variables or {},
            default_route_settings=settings or RouteSettings(),
            route_settings=route_settings or {},
            access_log=access_log,
        )
        await self.store.write(_publish, Api(SCOPE, API_ID, "api", "HTTP", now, **api), row, snapshot)

    def event(self, number: int = -1) -> Any:
        """What a function was told."""
        return json.loads(self.invocations[number][1])

    @property
    def invocations(self) -> list[tuple[Context, bytes]]:
        return [(context, given["Payload"]) for context, service, _, given in self.calls if service == "lambda"]

    async def _call(self, context: Context, service: str, operation: str, parameters: Any) -> Any:
        self.calls.append((context, service, operation, parameters))
        if service != "lambda":
            reply = self.replies[service, operation]
            if isinstance(reply, Exception):
                raise reply
            return reply
        function = self.functions.get(parameters["FunctionName"], lambda _event: {"statusCode": 200, "body": "ok"})
        returned = function(json.loads(parameters["Payload"]))
        if isinstance(returned, Exception):
            raise returned
        if hasattr(returned, "__await__"):
            returned = await returned
        if isinstance(returned, dict) and "FunctionError" in returned:
            return {"StatusCode": 200, "Payload": b"{}", **returned}
        return {"StatusCode": 200, "Payload": returned if isinstance(returned, bytes) else msgspec.json.encode(returned)}

    async def visit(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", **options: Any
    ) -> Response:
        path, _, query = path.partition("?")
        lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        response = await self.front.answer(FakeVisit(Request(method, path, query, lower, body, header_lines=lines), **options))
        assert response is not None
        return response

    async def get(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Response:
        return await self.visit("GET", path, headers, **options)


def _publish(tx: Any, api: Api, stage: Stage, snapshot: Snapshot) -> None:
    apis.put(tx, api)
    parts.put(tx, api, parts.STAGES, stage)
    parts.delete_snapshot(tx, api.api_id, stage.deployment_id)
    parts.insert_snapshot(tx, api, stage.deployment_id, snapshot)
    published.signal_api(tx, api.api_id)


@pytest.fixture
async def world(tmp_path: Any) -> AsyncIterator[World]:
    clock = VirtualClock()
    schema = schema_of("lambent.services.apigateway")
    async with contextlib.AsyncExitStack() as stack:
        store = SqliteDatabase.open(tmp_path / "db", [schema], durability="os", busy=clock.busy)
        stack.push_async_callback(store.close)
        made = World(store, clock)
        stack.push_async_callback(made.front.close)
        yield made
