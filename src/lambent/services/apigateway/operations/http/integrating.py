"""What a route leads to: a function, a server elsewhere, or an operation of a service."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from lambent.core.arn import Arn
from lambent.core.clock import Clock, monotonic_s
from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine import replies
from lambent.services.apigateway.engine.http import events, mapping, refusals
from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.http.mapping import Outgoing
from lambent.services.apigateway.engine.http.plans import IntegrationPlan, RoutePlan
from lambent.services.apigateway.engine.http.routing import ANY
from lambent.services.apigateway.engine.http.service_calls import ServiceCall, Unresolved
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.web import HandedOn, Pieces, Web
from lambent.wire import models, protocols, uri, web_events
from lambent.wire.http import Response

TEXT = "text/plain;charset=UTF-8"
BODY_BYTES_MAX = 10_485_760
BUFFERED_BYTES_MAX = 65_536  # of a server's answer: a longer one is handed on as it comes
VIA = "HTTP/1.1 AmazonAPIGateway"

_NOT_FOR_SERVERS = frozenset(("host", "content-length", "forwarded", "via", "x-amzn-trace-id"))

_QUERY_PROTOCOL = frozenset(("sqs",))
"""Services whose answers are still XML here."""


class Integrating:
    """``answer`` gives the integration's answer, or raises the Refusal that stands in its place."""

    def __init__(self, *, calls: Calls, web: Web, clock: Clock) -> None:
        self._calls = calls
        self._web = web
        self._clock = clock

    async def answer(self, exchange: Exchange, plan: RoutePlan) -> Response:
        integration = plan.integration
        if integration is None:
            raise refusals.failed("The route has no integration.", "API_CONFIGURATION_ERROR")
        started_s = monotonic_s()
        try:
            response = await self._integrated(exchange, plan, integration)
        except refusals.Refusal as refusal:
            exchange.integration_error = refusal.detail
            raise
        finally:
            exchange.integration_latency_ms = (monotonic_s() - started_s) * 1000
        exchange.integration_status = response.status
        if integration.response_steps:
            response = mapping.map_response(integration.response_steps, exchange, response)
        return response

    def _integrated(self, exchange: Exchange, plan: RoutePlan, integration: IntegrationPlan) -> Awaitable[Response]:
        """The one of those below that answers. It raises Refusal, as they do."""
        if integration.call is not None:
            return self._operation(exchange, plan, integration, integration.call)
        steps = integration.request_steps
        outgoing = mapping.map_request(steps, exchange) if steps else Outgoing(exchange.request)
        if integration.function is not None:
            return self._function(exchange, plan, integration, integration.function, outgoing)
        if integration.url:
            return self.server(exchange, integration, outgoing)
        raise refusals.failed("The integration names nothing that could answer.", "API_CONFIGURATION_ERROR")

    # ---- functions ----

    async def _function(
        self, exchange: Exchange, plan: RoutePlan, integration: IntegrationPlan, function: Arn, outgoing: Outgoing
    ) -> Response:
        context = self._calls.context(
            function.account,
            function.region,
            source_arn=plan.source_arn,
            credentials_arn=integration.credentials_arn,
            trace_id=exchange.trace_id,
        )
        payload_format = integration.integration.payload_format_version
        event = events.event(exchange, outgoing, payload_format)
        exchange.function_request_id = context.request_id
        try:
            reply = await self._calls.invoke(context, integration.function_arn, event, timeout_s=integration.timeout_s)
        except ServiceError as error:
            # An event is longer than the body that it holds.
            raise (refusals.too_large() if error.status == 413 else refusals.failed(error.message)) from error
        except TimeoutError as error:
            raise refusals.unavailable("Integration request timed out") from error
        if "FunctionError" in reply:
            raise refusals.failed("The Lambda function returned the following error: Unhandled. Check your Lambda function.")
        shape = replies.response if payload_format == events.FORMAT_1 else web_events.response
        try:
            return shape(reply["Payload"], default_type=TEXT, is_head=exchange.request.method == "HEAD")
        except web_events.Malformed as error:
            raise refusals.failed(
                "The response from the Lambda function doesn't match the format that API Gateway expects."
            ) from error

    # ---- operations of services ----

    async def _operation(
        self, exchange: Exchange, plan: RoutePlan, integration: IntegrationPlan, call: ServiceCall
    ) -> Response:
        scope, operation = exchange.api.scope, call.operation
        region = (call.region(exchange, None) if call.region is not None else None) or scope.region
        account = scope.account
        role = Arn.parse(integration.credentials_arn)
        if role is not None:
            account = role.account
        context = self._calls.context(
            account,
            region,
            source_arn=plan.source_arn,
            credentials_arn=integration.credentials_arn,
            trace_id=exchange.trace_id,
        )
        service = operation.service.name
        spoken = operation.service.protocol
        if service in _QUERY_PROTOCOL:
            spoken = "query"
            operation = models.query_service(service).operation(operation.name) or operation
        protocol = protocols.protocol(spoken)
        try:
            parameters = call.parameters(exchange)
            reply = await self._calls.call(context, service, operation.name, parameters, timeout_s=integration.timeout_s)
        except Unresolved as error:
            raise refusals.bad_request(str(error)) from error
        except ServiceError as error:
            exchange.integration_error = error.message
            return protocol.serialize_error(operation, error, context.request_id)
        except TimeoutError as error:
            raise refusals.unavailable("Integration request timed out") from error
        return protocol.serialize(operation, reply, context.request_id)

    # ---- servers elsewhere ----

    async def server(self, exchange: Exchange, integration: IntegrationPlan, outgoing: Outgoing) -> Response:
        """What the server behind an integration answers. Raises Refusal."""
        import httpx

        method = integration.integration.integration_method
        try:
            request = self._web.request(
                exchange.request.method if method in ("", ANY) else method,
                target(integration.url, exchange, outgoing),
                headers=_headers(exchange, outgoing),
                content=exchange.request.body or None,
            )
            # It ends by itself, within the limit, whatever the platform's clock says.
            with self._clock.busy.working():
                async with asyncio.timeout(integration.timeout_s):
                    answer = await self._web.client().send(request, stream=True)
                    return await _response(answer, is_mapped=bool(integration.response_steps))
        except TimeoutError as error:
            raise refusals.unavailable("Integration request timed out") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise refusals.failed("Invalid URL", "API_CONFIGURATION_ERROR") from error
        except httpx.HTTPError as error:
            raise refusals.unavailable(f"Integration endpoint failed: {type(error).__name__}", "INTEGRATION_FAILURE") from error


def target(url: str, exchange: Exchange, outgoing: Outgoing) -> str:
    """Where a request goes: path parameters are put in, the visitor's query is added, a mapped path replaces the URL's.

    The default route, which has no parameters, hands its visitor's path on.
    """
    if outgoing.path is not None:
        parts = urlsplit(url)
        url = urlunsplit((parts.scheme, parts.netloc, quote(outgoing.path, safe=mapping.PATH_SAFE), parts.query, ""))
    elif "{" in url:
        for name, value in exchange.path_parameters.items():
            written = quote(value, safe=mapping.PATH_SAFE)
            url = url.replace(f"{{{name}}}", written).replace(f"{{{name}+}}", written)
    elif exchange.route_key == DEFAULT_ROUTE:
        url = url.rstrip("/") + quote(exchange.resource_path, safe=mapping.PATH_SAFE)
    query = uri.query_in_ascii(outgoing.request.query)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _headers(exchange: Exchange, outgoing: Outgoing) -> list[tuple[bytes, bytes]]:
    request = outgoing.request
    lines = request.header_lines or [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    dropped = _NOT_FOR_SERVERS | web_events.hop_by_hop(request.headers.get("connection"))
    kept = [(name, value) for name, value in lines if name.lower().decode("latin-1") not in dropped]
    source, host = exchange.source_ip, exchange.host
    forwarded = f"by={source};for={source};host={host};proto=http"
    added = {"forwarded": forwarded, "via": VIA, "x-amzn-trace-id": exchange.trace_id}
    return [*kept, *((name.encode(), value.encode("latin-1", "replace")) for name, value in added.items())]


async def _response(answer: Any, *, is_mapped: bool) -> Response:
    """A server's answer: a short one whole, and one that a mapping may look into; else as it comes."""
    is_chunked = "transfer-encoding" in answer.headers  # which is then its length, whatever else it says of that
    length = "" if is_chunked else answer.headers.get("content-length", "")
    is_short = length.isascii() and length.isdigit() and int(length) <= BUFFERED_BYTES_MAX
    dropped = web_events.hop_by_hop(answer.headers.get("connection")) | {"date"}  # which is of the answer that the visitor gets
    if is_chunked:
        dropped |= {"content-length"}
    kept = [pair for pair in answer.headers.multi_items() if pair[0].lower() not in dropped]
    if answer.request.method == "HEAD":
        await answer.aclose()
        return Response(answer.status_code, kept)
    if not is_short and not is_mapped:
        return Response(answer.status_code, kept, HandedOn(answer))
    headers = [pair for pair in kept if pair[0].lower() != "content-length"]
    gathered = bytearray()
    async with contextlib.aclosing(Pieces(answer)) as body:
        async for piece in body:
            gathered += piece
            if len(gathered) > BODY_BYTES_MAX:
                raise refusals.failed("The integration's answer is too large.")
    return Response(answer.status_code, headers, bytes(gathered))
