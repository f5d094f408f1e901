"""What a method leads to: a function, an operation of a service, a server elsewhere, or nothing but an answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
"""

import asyncio
import contextlib
import json
from collections.abc import Collection
from typing import Any

import msgspec

from lambent.core.arn import Arn
from lambent.core.clock import Clock, monotonic_s
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine import replies
from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.rest import plans, refusals, requests, responses, visits
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.plans import IntegrationPlan, MethodPlan
from lambent.services.apigateway.engine.rest.requests import Outgoing
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.web import Pieces, Web
from lambent.services.apigateway.operations.services import Services, whole
from lambent.wire import web_events
from lambent.wire.http import Response

JSON = "application/json"
_FRAMING = frozenset(("host", "content-length"))
_OF_CONNECTIONS = frozenset(("keep-alive", "proxy-connection", "te", "transfer-encoding"))


class Integrating:
    """``answer`` gives the method's response, or raises the Refusal that stands in its place."""

    def __init__(self, *, calls: Calls, web: Web, clock: Clock, service_names: Collection[str]) -> None:
        self._calls = calls
        self._web = web
        self._clock = clock
        self._services = Services(calls=calls, names=service_names)

    async def answer(self, exchange: Exchange, method: MethodPlan) -> Response:
        plan = method.integration
        if plan is None:
            raise refusals.failed("The method has no integration")
        started_s = monotonic_s()
        try:
            return await self._integrated(exchange, method, plan)
        finally:
            exchange.integration_latency_ms = (monotonic_s() - started_s) * 1000

    async def _integrated(self, exchange: Exchange, method: MethodPlan, plan: IntegrationPlan) -> Response:
        out = requests.outgoing(exchange, plan)
        if plan.kind == "MOCK":
            return _mocked(exchange, method, plan, out)
        if plan.kind in ("HTTP", "HTTP_PROXY"):
            answer = await self._server(exchange, plan, out)
            if plan.is_proxy:
                return Response(answer.status, responses.remapped(answer.headers), answer.body)
            return responses.mapped(exchange, method, responses.chosen(plan.responses, str(answer.status)), answer)
        function = plans.function_of(out.uri)
        if function is None:
            if plan.is_proxy:
                raise refusals.failed("Only functions are integrated as AWS_PROXY")
            answer = await self._operation(exchange, method, plan, out)
            return responses.mapped(exchange, method, responses.chosen(plan.responses, str(answer.status)), answer)
        arn = Arn.parse(function)
        if arn is None or plan.verb != "POST":  # what calls a function is a POST, whatever the method is
            raise refusals.failed("The integration is no POST to a function")
        if plan.is_proxy:
            return await self._proxy_function(exchange, method, plan, arn)
        return await self._function(exchange, method, plan, arn, out)

    # ---- functions ----

    async def _proxy_function(self, exchange: Exchange, method: MethodPlan, plan: IntegrationPlan, function: Arn) -> Response:
        reply = await self._invoke(exchange, method, plan, function, proxy_event(exchange))
        exchange.integration_status = 200
        if "FunctionError" in reply:
            exchange.integration_error = _error_message(reply["Payload"])
            raise refusals.bad_answer("Lambda execution failed")
        try:
            answer = _proxied(exchange, reply["Payload"])
        except web_events.Malformed as error:
            raise refusals.bad_answer("Malformed Lambda proxy response") from error
        exchange.function_status = answer.status
        answer.headers.append(("X-Amzn-Trace-Id", exchange.trace_id))
        return answer

    async def _function(
        self, exchange: Exchange, method: MethodPlan, plan: IntegrationPlan, function: Arn, out: Outgoing
    ) -> Response:
        """The template's text is the event; what the function returns, or the message of its error, chooses the response."""
        is_event = out.mapped.headers.get("X-Amz-Invocation-Type", "").strip("'") == "Event"
        reply = await self._invoke(exchange, method, plan, function, out.body or b"{}", is_event=is_event)
        exchange.integration_status = 200
        payload = reply.get("Payload", b"")
        error = _error_message(payload) if "FunctionError" in reply else ""
        exchange.integration_error = error
        chosen = responses.chosen(plan.responses, error)
        answer = responses.mapped(exchange, method, chosen, Response(200, [("content-type", JSON)], payload))
        answer.headers.append(("X-Amzn-Trace-Id", exchange.trace_id))
        return answer

    async def _invoke(
        self,
        exchange: Exchange,
        method: MethodPlan,
        plan: IntegrationPlan,
        function: Arn,
        event: bytes,
        *,
        is_event: bool = False,
    ) -> dict[str, Any]:
        context = self._context(exchange, method, plan, function.account, function.region)
        try:
            if not is_event:
                return await self._calls.invoke(context, str(function), event, timeout_s=plan.timeout_s)
            parameters = {"FunctionName": str(function), "Payload": event, "InvocationType": "Event"}
            return await self._calls.call(context, "lambda", "Invoke", parameters, timeout_s=plan.timeout_s)
        except ServiceError as error:
            exchange.integration_error = error.message
            if error.status == 429:
                raise refusals.bad_answer(error.message) from error
            raise refusals.failed(error.message) from error
        except TimeoutError as error:
            raise refusals.timed_out() from error

    # ---- operations of services ----

    async def _operation(self, exchange: Exchange, method: MethodPlan, plan: IntegrationPlan, out: Outgoing) -> Response:
        """The answer as the service's wire would give it, errors included."""
        service = plans.service_of(out.uri)
        host = f"{service.service}.{service.region}.amazonaws.com"
        request = requests.service_request(out, plan.verb or "POST", service.path or "/", host)
        account = exchange.plan.scope.account
        role = Arn.parse(plan.credentials)
        context = self._context(exchange, method, plan, role.account if role is not None else account, service.region)
        try:
            answer, exchange.integration_error = await self._services.answer(
                context, service, request, timeout_s=plan.timeout_s
            )
        except TimeoutError as error:
            raise refusals.timed_out() from error
        exchange.integration_status = answer.status
        return answer

    def _context(self, exchange: Exchange, method: MethodPlan, plan: IntegrationPlan, account: str, region: str) -> Context:
        credentials = plan.credentials if plan.credentials.startswith("arn:aws:iam::") and "*" not in plan.credentials else ""
        source_arn = visits.source_arn(exchange, method)
        context = self._calls.context(
            account, region, source_arn=source_arn, credentials_arn=credentials, trace_id=exchange.trace_id
        )
        exchange.integration_request_id = context.request_id
        return context

    # ---- servers elsewhere ----

    async def _server(self, exchange: Exchange, plan: IntegrationPlan, out: Outgoing) -> Response:
        import httpx

        verb = exchange.request.method if plan.verb in ("", "ANY") else plan.verb
        try:
            request = self._web.request(
                verb,
                requests.url_of(out, exchange, is_proxy=plan.is_proxy),
                headers=_server_headers(exchange, plan, out),
                content=out.body or None,
            )
            # It ends by itself, within the limit, whatever the platform's clock says.
            with self._clock.busy.working():
                async with asyncio.timeout(plan.timeout_s):
                    answer = await self._web.client().send(request, stream=True)
                    exchange.integration_status = answer.status_code
                    lines = web_events.end_to_end(answer.headers.multi_items())
                    kept = [pair for pair in lines if pair[0].lower() not in _OF_CONNECTIONS]
                    async with contextlib.aclosing(Pieces(answer)) as body:
                        return Response(answer.status_code, kept, await whole(body))
        except TimeoutError as error:
            raise refusals.timed_out() from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise refusals.failed("Invalid endpoint address") from error
        except httpx.HTTPError as error:
            raise refusals.unreachable(f"The endpoint failed: {type(error).__name__}") from error


def proxy_event(exchange: Exchange) -> bytes:
    """What a function behind AWS_PROXY is told."""
    request = exchange.request
    body: tuple[str | None, bool] = (None, False)
    if request.body:
        body = exchange.body_text, exchange.plan.is_binary(request.headers.get("content-type", ""))
    return msgspec.json.encode(payload_1.document(request, exchange.event_facts(), headers=exchange.headers, body=body))


def _mocked(exchange: Exchange, method: MethodPlan, plan: IntegrationPlan, out: Outgoing) -> Response:
    """The template says which status it is; nothing is asked of anybody."""
    try:
        told = json.loads(out.body or b"null")
        status = str(int(told["statusCode"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise refusals.failed(
            "Unable to parse statusCode. It should be an integer that stands in the template's JSON"
        ) from error
    chosen = responses.chosen(plan.responses, status)
    return responses.mapped(exchange, method, chosen, Response(int(status), [("content-type", JSON)], b""))


def _server_headers(exchange: Exchange, plan: IntegrationPlan, out: Outgoing) -> list[tuple[bytes, bytes]]:
    lower = {name.lower(): value for name, value in out.mapped.headers.items()}
    # How a request is framed, and what becomes of its connection, is no mapping's to say.
    own = {name: value for name, value in lower.items() if name not in _FRAMING | web_events.HOP_BY_HOP}
    found: list[tuple[str, str]] = []
    if plan.is_proxy:
        found = [
            (name, value)
            for name, values in exchange.headers.items()
            for value in values
            if name.lower() not in _FRAMING | own.keys()
        ]
    else:
        own.setdefault("content-type", exchange.request.headers.get("content-type", JSON))
        own.setdefault("x-amzn-apigateway-api-id", exchange.plan.api_id)
        own.setdefault("user-agent", f"AmazonAPIGateway_{exchange.plan.api_id}")
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in [*found, *own.items()]]


def _error_message(payload: bytes) -> str:
    """What a failed function says went wrong: the text by which responses are chosen."""
    try:
        told = json.loads(payload)
        return str(told["errorMessage"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "Unhandled"


def _proxied(exchange: Exchange, payload: bytes) -> Response:
    """The answer that a function behind AWS_PROXY returned. Raises Malformed.

    Without a status it has 200. Base64 is decoded where the visitor accepts what the API says are bytes, else told as text.
    """
    try:
        told = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise web_events.Malformed("no JSON") from error
    is_base64 = False
    if isinstance(told, dict):
        is_base64 = told.pop("isBase64Encoded", None) in (True, "true")
        if "statusCode" not in told and not told.keys() - _ANSWER_MEMBERS:
            told["statusCode"] = 200
    answer = replies.response(msgspec.json.encode(told), default_type=JSON, told_as=responses.told_as)
    if is_base64 and _is_for_bytes(exchange, answer):
        assert isinstance(answer.body, bytes)
        answer.body = web_events.decoded(answer.body.decode())
    return answer


_ANSWER_MEMBERS = frozenset(("headers", "multiValueHeaders", "body"))


def _is_for_bytes(exchange: Exchange, answer: Response) -> bool:
    accepted = exchange.request.headers.get("accept", "").partition(",")[0]
    return exchange.plan.is_binary(accepted) or exchange.plan.is_binary(answer.header("content-type") or "")
