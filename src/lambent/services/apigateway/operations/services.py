"""Operations of services as integrations name them: by a path, or by an action with its parameters in a form or in JSON.

https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-request-basic-setup.html
"""

from collections.abc import AsyncIterator, Collection

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.rest import refusals
from lambent.services.apigateway.engine.rest.plans import ServicePlan
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.wire import models, protocols
from lambent.wire.http import Request, Response
from lambent.wire.route import Route, Router

ANSWER_BYTES_MAX = 10_485_760
_QUERY_SERVICES = frozenset(("sqs", "sns", "iam", "sts", "cloudwatch"))
_SERVICE_NAMES = {"states": "stepfunctions"}


class Services:
    """Answers as the service's wire would."""

    def __init__(self, *, calls: Calls, names: Collection[str]) -> None:
        self._calls = calls
        self._router = Router(names)

    async def answer(
        self, context: Context, service: ServicePlan, request: Request, *, timeout_s: float
    ) -> tuple[Response, str]:
        """The answer, errors included, and the message of an error. Raises Refusal, and TimeoutError."""
        protocol, operation, message = "rest-json", None, ""
        try:
            route = _route_of_action(service, request) if service.action else self._router.route(request)
            protocol, operation = route.protocol, route.operation
            given = protocols.protocol(protocol).parse(operation, request, route.labels)
            reply = await self._calls.call(context, operation.service.name, operation.name, given, timeout_s=timeout_s)
        except ServiceError as error:
            message = error.message
            answer = protocols.protocol(protocol).serialize_error(operation, error, context.request_id)
        else:
            answer = protocols.protocol(protocol).serialize(operation, reply, context.request_id)
        return Response(answer.status, answer.headers, await whole(answer.body)), message


def _route_of_action(service: ServicePlan, request: Request) -> Route:
    """An operation by its name. Parameters stand in the query or a form where the service takes them so, else in JSON."""
    name = _SERVICE_NAMES.get(service.service, service.service)
    kind = request.headers.get("content-type", "")
    if name in _QUERY_SERVICES and (request.query or "x-www-form-urlencoded" in kind):
        operation = models.query_service(name).operation(service.action)
        protocol = "query"
        request.query = "&".join(filter(None, (f"Action={service.action}", request.query)))
        if "x-www-form-urlencoded" in kind:
            request.body = f"{request.query}&{request.body.decode('utf-8', 'replace')}".encode()
    else:
        operation = models.service(name).operation(service.action)
        protocol = models.service(name).protocol
    if operation is None:
        raise refusals.failed(f"{service.service} has no operation {service.action}")
    return Route(operation, protocol, {})


async def whole(body: bytes | AsyncIterator[bytes]) -> bytes:
    """A body, gathered. Raises Refusal where it is too large."""
    if isinstance(body, bytes):
        return body
    gathered = bytearray()
    async for piece in body:
        gathered += piece
        if len(gathered) > ANSWER_BYTES_MAX:
            raise refusals.failed("The integration's answer is too large")
    return bytes(gathered)
