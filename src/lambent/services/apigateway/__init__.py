"""API Gateway: HTTP, WebSocket and REST APIs: what is configured and what visitors reach. Three services in one package.

What clients configure stands in rows; what a stage serves is a snapshot that a deployment took of them. Why it is so stands in
DESIGN.md.
"""

from lambent.services.apigateway.operations.rest import ApiGateway
from lambent.services.apigateway.operations.v2 import ApiGatewayV2
from lambent.services.apigateway.operations.websocket.management import ApiGatewayManagementApi

__all__ = ["ApiGateway", "ApiGatewayManagementApi", "ApiGatewayV2"]
