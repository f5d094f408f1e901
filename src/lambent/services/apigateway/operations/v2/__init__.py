"""The operations of apigatewayv2, by what they are about: APIs and their parts, domain names, VPC links, definitions, tags.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

import asyncio
from collections.abc import Collection

from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.ports import Caller, LogSink
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.apigateway.operations.execute_api import ExecuteApi
from lambent.services.apigateway.operations.http.front import HttpFront
from lambent.services.apigateway.operations.keys import Keys
from lambent.services.apigateway.operations.rest.front import RestFront
from lambent.services.apigateway.operations.v2.definitions import DefinitionOperations, TagOperations
from lambent.services.apigateway.operations.v2.domains import DomainOperations, LinkOperations
from lambent.services.apigateway.operations.v2.responses import (
    IntegrationResponseOperations,
    ModelOperations,
    RouteResponseOperations,
)
from lambent.services.apigateway.operations.v2.routes import AuthorizerOperations, IntegrationOperations, RouteOperations
from lambent.services.apigateway.operations.v2.stages import DeploymentOperations, StageOperations
from lambent.services.apigateway.operations.websocket.front import SocketFront
from lambent.store.database import Database


class ApiGatewayV2(
    DefinitionOperations,
    RouteOperations,
    IntegrationOperations,
    AuthorizerOperations,
    StageOperations,
    DeploymentOperations,
    ModelOperations,
    IntegrationResponseOperations,
    RouteResponseOperations,
    DomainOperations,
    LinkOperations,
    TagOperations,
):
    """HTTP and WebSocket APIs, for one platform."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        signals: Signals,
        call: Caller,
        log_sink: LogSink,
        config: Config,
        service_names: Collection[str],
    ) -> None:
        super().__init__(store=store, clock=clock, signals=signals)
        self._keys = Keys(store=store)
        front = HttpFront(
            store=store, clock=clock, call=call, log_sink=log_sink, domains=self._domains, endpoint_url=config.url
        )
        rest = RestFront(
            store=store,
            clock=clock,
            call=call,
            log_sink=log_sink,
            domains=self._domains,
            endpoint_url=config.url,
            service_names=service_names,
            keys=self._keys,
        )
        self._socket_front = SocketFront(
            store=store,
            clock=clock,
            call=call,
            log_sink=log_sink,
            domains=self._domains,
            endpoint_url=config.url,
            service_names=service_names,
            keys=self._keys,
        )
        self.offers = {"sockets": self._socket_front.sockets}
        self._execute_api = ExecuteApi((front, self._socket_front, rest), self._domains)
        self.sites = {"execute-api": self._execute_api}

    def workers(self) -> list[Worker]:
        return [
            Worker("apigateway.domains", self._domains.run),
            Worker("apigateway.connections", self._hold_connections),
        ]

    def end_streams(self) -> None:
        """The platform stops: connections end, and functions still hear of it."""
        self._socket_front.end_sockets()

    async def forget(self, account: str | None) -> None:
        """After a reset."""
        self._execute_api.forget(account)
        self._keys.forget(account)
        await self._domains.load()

    async def _hold_connections(self) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self._execute_api.close()
