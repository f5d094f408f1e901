"""What a route of a WebSocket API leads to: a function, an operation of a service, a server elsewhere, or an answer only."""

import asyncio
import copy
from collections.abc import Awaitable, Collection, Mapping
from urllib.parse import urlencode

from lambent.core.arn import Arn
from lambent.core.clock import monotonic_s
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.services.apigateway.engine import replies
from lambent.services.apigateway.engine.http import refusals as http_refusals
from lambent.services.apigateway.engine.http.mapping import Outgoing
from lambent.services.apigateway.engine.http.plans import IntegrationPlan
from lambent.services.apigateway.engine.http.refusals import Refusal
from lambent.services.apigateway.engine.rest import plans as rest_plans
from lambent.services.apigateway.engine.rest import refusals as rest_refusals
from lambent.services.apigateway.engine.websocket import answers, events, refusals
from lambent.services.apigateway.engine.websocket.delivery import CONNECT, MESSAGE, Delivery
from lambent.services.apigateway.engine.websocket.plans import MOCK, SocketRoute
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.integrating import Integrating as HttpIntegrating
from lambent.services.apigateway.operations.services import Services, whole
from lambent.wire import web_events
from lambent.wire.http import Request, Response

JSON = "application/json"

Answered = tuple[int, str | bytes]
"""A status, and what would go back to the client."""


class Integrating:
    """``answer`` gives what an integration said, ``opening`` all of it; they raise the Refusal that stands in its place."""

    def __init__(self, *, calls: Calls, servers: HttpIntegrating, service_names: Collection[str]) -> None:
        self._calls = calls
        self._servers = servers
        self._services = Services(calls=calls, names=service_names)

    async def answer(self, delivery: Delivery, route: SocketRoute) -> Answered:
        plan = route.plan.integration
        if plan is None:
            raise http_refusals.failed("The route has no integration.", "API_CONFIGURATION_ERROR")
        started_s = monotonic_s()
        try:
            if route.is_function_proxy:
                status, body = answers.of_function(
                    _payload(delivery, await self._invoked(delivery, route, plan, events.event(delivery)))
                )
            else:
                status, body = await self._integrated(delivery, route, plan)
            delivery.integration_status = status
            return status, body
        except Refusal as refusal:
            delivery.integration_error = refusal.detail
            raise
        except (ServiceError, TimeoutError) as error:
            raise _noted(refusals.of_failure(error), delivery) from error
        finally:
            delivery.integration_latency_ms = (monotonic_s() - started_s) * 1000

    async def opening(self, delivery: Delivery, route: SocketRoute) -> Response:
        """What answers a client that would connect: of a function also its headers, the subprotocol among them."""
        plan = route.plan.integration
        if plan is None:
            return Response(200)
        if not route.is_function_proxy:
            status, body = await self.answer(delivery, route)
            return Response(status, [("content-type", JSON)], body if isinstance(body, bytes) else body.encode())
        try:
            reply = await self._invoked(delivery, route, plan, events.event(delivery))
            return replies.response(_payload(delivery, reply), default_type=JSON)
        except web_events.Malformed as error:
            raise refusals.malformed() from error
        except (ServiceError, TimeoutError) as error:
            raise refusals.of_failure(error) from error

    async def _integrated(self, delivery: Delivery, route: SocketRoute, plan: IntegrationPlan) -> Answered:
        """What is no function that gets the event as it is."""
        kind = plan.integration.integration_type
        if kind == "HTTP_PROXY" and plan.url:
            return await self._server(delivery, plan, delivery.message)
        text = answers.request_of(route, delivery)
        if kind == MOCK:
            status, body = answers.mock_status(text), ""
        elif kind == "HTTP" and plan.url:
            status, body = _as_text(await self._server(delivery, plan, text))
        elif kind == "AWS" and plan.function is not None:
            reply = await self._invoked(delivery, route, plan, text.encode() or b"{}")
            status, body = 200, _payload(delivery, reply).decode("utf-8", "replace")
        elif kind == "AWS":
            status, body = await self._operation(delivery, route, plan, text)
        else:
            raise http_refusals.failed("The integration names nothing that could answer.", "API_CONFIGURATION_ERROR")
        return status, answers.response_of(route, delivery, status, body)

    # ---- functions ----

    def _invoked(self, delivery: Delivery, route: SocketRoute, plan: IntegrationPlan, event: bytes) -> Awaitable[Reply]:
        """The reply of Invoke. Where it is awaited, raises ServiceError, and TimeoutError for what is no message: of those
        somebody else answers when their time is over.
        """
        assert plan.function is not None
        context = self._context(delivery, route, plan, plan.function.account, plan.function.region)
        delivery.function_request_id = context.request_id
        if delivery.event_type == MESSAGE:
            return self._calls.invoke_to_its_end(context, plan.function_arn, event)
        return self._calls.invoke(context, plan.function_arn, event, timeout_s=plan.timeout_s)

    # ---- operations of services ----

    async def _operation(self, delivery: Delivery, route: SocketRoute, plan: IntegrationPlan, text: str) -> tuple[int, str]:
        placed = _placed(delivery, route)
        try:
            service = rest_plans.service_of(route.uri)
            target, _, query = (service.path or "/").partition("?")
            headers = {name.lower(): value for name, value in placed["header"].items()}
            headers["host"] = f"{service.service}.{service.region}.amazonaws.com"
            query = "&".join(filter(None, (query, urlencode(placed["querystring"]))))
            request = Request(plan.integration.integration_method or "POST", target, query, headers, text.encode())
            role = Arn.parse(plan.credentials_arn)
            account = role.account if role is not None else delivery.connection.account
            context = self._context(delivery, route, plan, account, service.region)
            answer, delivery.integration_error = await self._services.answer(
                context, service, request, timeout_s=plan.timeout_s
            )
        except rest_refusals.Refusal as refusal:
            raise http_refusals.failed(refusal.detail or "The service cannot be called.") from refusal
        except TimeoutError as error:
            raise refusals.timed_out() from error
        assert isinstance(answer.body, bytes)
        return answer.status, answer.body.decode("utf-8", "replace")

    def _context(self, delivery: Delivery, route: SocketRoute, plan: IntegrationPlan, account: str, region: str) -> Context:
        return self._calls.context(
            account,
            region,
            source_arn=route.plan.source_arn,
            credentials_arn=plan.credentials_arn,
            trace_id=delivery.trace_id,
        )

    # ---- servers elsewhere ----

    async def _server(self, delivery: Delivery, plan: IntegrationPlan, text: str) -> Answered:
        body = text.encode()
        headers = {} if delivery.event_type == CONNECT else {"content-type": JSON}
        request = Request("POST", "/", delivery.request.query, headers, body)
        delivery.request = copy.copy(delivery.request)  # many may have the same
        delivery.request.body = body
        try:
            answer = await self._servers.server(delivery, plan, Outgoing(request))
            # It is short, or as long as the integration may take.
            async with asyncio.timeout(plan.timeout_s):
                return answer.status, answers.message_of(await whole(answer.body))
        except TimeoutError as error:
            raise refusals.timed_out() from error
        except rest_refusals.Refusal as refusal:
            raise http_refusals.failed(refusal.detail) from refusal


def _noted(refusal: Refusal, delivery: Delivery) -> Refusal:
    """Not in the frame that raises it: that would be kept by what it keeps, with the message and all that was made of it."""
    delivery.integration_error = refusal.detail
    return refusal


def _payload(delivery: Delivery, reply: Reply) -> bytes:
    """What a function returned. Raises Refusal where it failed."""
    if "FunctionError" in reply:
        raise refusals.malformed() if delivery.event_type == CONNECT else http_refusals.failed("The function failed.")
    payload: bytes = reply["Payload"]
    return payload


def _placed(delivery: Delivery, route: SocketRoute) -> Mapping[str, dict[str, str]]:
    placed: dict[str, dict[str, str]] = {"header": {}, "querystring": {}, "path": {}}
    for parameter in route.parameters:
        value = parameter.value(delivery, None)
        if value is not None and parameter.place in placed:
            placed[parameter.place][parameter.name] = value
    return placed


def _as_text(answered: Answered) -> tuple[int, str]:
    status, body = answered
    return status, body if isinstance(body, str) else body.decode("utf-8", "replace")
