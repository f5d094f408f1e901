"""What a WebSocket API answers by itself: to a client that would connect, and to a message that goes no further.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from collections.abc import Mapping, Sequence

import msgspec

from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.http import refusals as http_refusals
from lambent.services.apigateway.engine.http.refusals import JSON, Refusal
from lambent.services.apigateway.engine.websocket.delivery import Delivery
from lambent.wire.http import Response

_MESSAGES: Mapping[int, str] = {500: "Internal server error"}
"""Where HTTP APIs spell it otherwise."""


def upgrade_required() -> Refusal:
    return Refusal(426, "Upgrade Required", "UPGRADE_REQUIRED")


def parameters_missing(names: Sequence[str]) -> Refusal:
    return Refusal(400, f"Missing required request parameters: [{', '.join(names)}]", "BAD_REQUEST_PARAMETERS")


def invalid_body(problems: Sequence[str]) -> Refusal:
    return Refusal(400, "Invalid request body", "BAD_REQUEST_BODY", detail=f"[{', '.join(problems)}]")


def malformed() -> Refusal:
    return Refusal(502, "Internal server error", "INTEGRATION_FAILURE", detail="Malformed Lambda proxy response")


def timed_out() -> Refusal:
    return Refusal(504, "Endpoint request timed out", "INTEGRATION_TIMEOUT", detail="Execution failed due to a timeout error")


def of_failure(error: ServiceError | TimeoutError) -> Refusal:
    """What stands in the place of an answer that does not come."""
    return http_refusals.failed(error.message) if isinstance(error, ServiceError) else timed_out()


def message_of(refusal: Refusal, delivery: Delivery) -> str:
    """What the client is told."""
    told = {
        "message": _MESSAGES.get(refusal.status, refusal.message),
        "connectionId": delivery.connection.connection_id,
        "requestId": delivery.request_id,
    }
    return msgspec.json.encode(told).decode()


def response(refusal: Refusal, delivery: Delivery) -> Response:
    """The same, to a client that would connect."""
    headers = [("content-type", JSON), *refusal.headers]
    return Response(refusal.status, headers, message_of(refusal, delivery).encode())
