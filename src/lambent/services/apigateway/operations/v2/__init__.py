"""The operations of apigatewayv2, by what they are about: APIs and their parts, domain names, VPC links, definitions, tags.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from lambent.durable.workers import Worker
from lambent.services.apigateway.operations.v2.definitions import DefinitionOperations, TagOperations
from lambent.services.apigateway.operations.v2.domains import DomainOperations, LinkOperations
from lambent.services.apigateway.operations.v2.responses import (
    IntegrationResponseOperations,
    ModelOperations,
    RouteResponseOperations,
)
from lambent.services.apigateway.operations.v2.routes import AuthorizerOperations, IntegrationOperations, RouteOperations
from lambent.services.apigateway.operations.v2.stages import DeploymentOperations, StageOperations


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

    def workers(self) -> list[Worker]:
        return [Worker("apigateway.domains", self._domains.run)]

    async def forget(self, account: str | None) -> None:  # noqa: ARG002 - the rest stays as it was
        """After a reset."""
        await self._domains.load()
