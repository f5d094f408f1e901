"""An HTTP API on a database in memory, its front, functions that are Python functions here, and visitors."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from tests.unit.services.apigateway.visits import API_ID, FakeVisit

from lambent.core.clock import VirtualClock
from lambent.core.context import Context, Scope
from lambent.core.ports import LogEvent, LogStreamName
from lambent.durable.signals import Signals
from lambent.services.apigateway.engine.records import (
    AccessLog,
    Api,
    Authorizer,
    Integration,
    Route,
    RouteSettings,
    Snapshot,
    Stage,
)
from lambent.services.apigateway.engine.v2.resources import ApiMapping
from lambent.services.apigateway.operations.http.front import HttpFront
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.services.apigateway.tables.v2 import apis, domains, parts, published
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.wire.http import Request, Response

ACCOUNT, REGION = "111122223333", "us-east-1"
SCOPE = Scope(ACCOUNT, REGION)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


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
        self.domains = KnownDomains(store=store, signals=Signals(clock))
        self.front = HttpFront(
            store=store,
            clock=clock,
            call=self._call,
            log_sink=self,
            domains=self.domains,
            endpoint_url="http://localhost:4566",  # type: ignore[arg-type]
        )

    async def append(self, stream: LogStreamName, events: list[LogEvent], *, is_patient: bool = False) -> None:
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
        given = {"protocol_type": "HTTP"} | api
        await self.store.write(_publish, Api(scope=SCOPE, api_id=API_ID, name="api", created_at=now, **given), row, snapshot)

    async def map(self, domain: str, stages: dict[str, str]) -> None:
        """Gives a domain name stages of the API, by mapping key."""
        await self.store.write(_map, domain, stages)
        self.domains.add(domain)

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


def _map(tx: Any, domain: str, stages: dict[str, str]) -> None:
    for key, stage in stages.items():
        domains.put_mapping(tx, ApiMapping(SCOPE, domain, f"m{key}", key, API_ID, stage))
    published.signal_domains(tx)


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
