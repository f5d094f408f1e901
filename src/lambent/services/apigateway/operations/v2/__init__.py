"""The operations of apigatewayv2, by what they are about: APIs and their parts, domain names, VPC links, tags.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from lambent.services.apigateway.operations.v2.apis import ApiOperations


class ApiGatewayV2(ApiOperations):
    """HTTP and WebSocket APIs, for one platform."""
