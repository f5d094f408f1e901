"""Where HTTP APIs are visited: the way of a request through an API, step by step.

Compiled APIs are kept in memory and forgotten when a commit changes them, so that a request reads no row.
"""

from lambent.core import ids, traces
from lambent.core.clock import Clock, monotonic_s
from lambent.core.ports import Caller, LogSink
from lambent.services.apigateway.engine.http import refusals, routing
from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.http.plans import ApiPlan, StagePlan
from lambent.services.apigateway.engine.http.refusals import Refusal
from lambent.services.apigateway.engine.records import DEFAULT_STAGE, HTTP
from lambent.services.apigateway.operations.http.access_logs import AccessLogs
from lambent.services.apigateway.operations.http.authorizing import Authorizing
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.integrating import Integrating
from lambent.services.apigateway.operations.http.issuers import Issuers
from lambent.services.apigateway.operations.http.web import Web
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.services.apigateway.operations.places import Places
from lambent.services.apigateway.tables.v2 import published
from lambent.store.database import Database, Transaction
from lambent.wire import web_events
from lambent.wire.http import Request, Response, TooLarge, Visit

BODY_BYTES_MAX = 10_485_760
HEAD_BYTES_MAX = 10_240
REQUEST_ID_HEADER = "apigw-requestid"


Place = tuple[StagePlan, str, str | None]
"""A stage, the decoded path below it, and the key of the mapping that led there where a domain name was asked."""


class HttpFront:
    """The front of HTTP APIs."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        log_sink: LogSink,
        domains: KnownDomains,
        endpoint_url: str,
    ) -> None:
        self._clock = clock
        self._places = Places(store=store, domains=domains, compiled=_compiled)
        self._web = Web()
        calls = Calls(call=call, endpoint_url=endpoint_url)
        self._authorizing = Authorizing(calls=calls, issuers=Issuers(web=self._web, clock=clock), clock=clock)
        self._integrating = Integrating(calls=calls, web=self._web, clock=clock)
        self._access_logs = AccessLogs(log_sink=log_sink, clock=clock)

    async def answer(self, visit: Visit) -> Response | None:
        started_s = monotonic_s()
        path = routing.decoded(visit.request.path)
        if "." in visit.name:
            found = await self._below_domain(visit.name, path)
        else:
            found = await self._below_endpoint(visit.name, path)
        if found is None or isinstance(found, Refusal):
            return None if found is None else _with_id(found.response(), ids.extended_request_id())
        plan, resource_path, base_path = found
        visit.live_by(plan.api.scope.account)
        exchange = _exchange(visit, plan, path, resource_path, base_path, self._clock.now())
        return await self._visited(visit, exchange, plan, started_s)

    def forget(self, account: str | None) -> None:  # noqa: ARG002 - what is known of the others is soon known again
        self._places.forget_all()

    async def close(self) -> None:
        await self._web.close()

    # ---- finding the stage ----

    async def _below_endpoint(self, api_id: str, path: str) -> Place | Refusal | None:
        api = self._places.known(api_id) or await self._places.api(api_id)
        if api is None:
            return None
        if api.is_endpoint_disabled:
            return refusals.forbidden()
        name, below = routing.split_stage(path)
        named = api.stages.get(name) if name != DEFAULT_STAGE else None  # which no path names
        if named is not None:
            return named, below, None
        default = api.stages.get(DEFAULT_STAGE)
        return refusals.not_found() if default is None else (default, path, None)

    async def _below_domain(self, host: str, path: str) -> Place | Refusal | None:
        found = await self._places.below_domain(host, path)
        if found is None:
            return None
        api, mapping, below = found
        stage = api.stages.get(mapping.stage)
        return refusals.not_found() if stage is None else (stage, below, mapping.mapping_key)

    # ---- the way of a request ----

    async def _visited(self, visit: Visit, exchange: Exchange, plan: StagePlan, started_s: float) -> Response:
        try:
            response = await self._run(visit, exchange, plan)
        except Refusal as refusal:
            exchange.error_message, exchange.error_type = refusal.message, refusal.kind
            response = refusal.response()
        if plan.cors is not None and not web_events.is_preflight(exchange.request):
            response.headers = plan.cors.headers(exchange.request.headers, response.headers)
        if plan.log_stream is not None and plan.log_format is not None:
            exchange.status = response.status
            exchange.response_length = len(response.body) if isinstance(response.body, bytes) else None
            exchange.response_latency_ms = (monotonic_s() - started_s) * 1000
            self._access_logs.write(plan.log_stream, int(exchange.at * 1000), plan.log_format.render(exchange.variable))
        return _with_id(response, exchange.request_id)

    async def _run(self, visit: Visit, exchange: Exchange, plan: StagePlan) -> Response:
        """The order of the steps."""
        request = exchange.request
        if _head_bytes(request) > HEAD_BYTES_MAX:
            raise refusals.head_too_large()
        found = plan.routes.find(request.method, exchange.resource_path)
        is_preflight = plan.cors is not None and web_events.is_preflight(request)
        if found is None:
            if plan.cors is not None and is_preflight:
                return plan.cors.preflight(request)
            raise refusals.not_found()
        route, exchange.path_parameters = found
        exchange.route_key = route.route.route_key
        if route.bucket is not None and not route.bucket.take(exchange.at):
            raise refusals.throttled()
        try:
            await visit.read(BODY_BYTES_MAX)
        except TooLarge as error:
            raise refusals.too_large() from error
        if route.route.authorization_type not in ("", "NONE"):
            await self._authorizing.check(visit, exchange, route)
        if plan.cors is not None and is_preflight:
            return plan.cors.preflight(request)
        return await self._integrating.answer(exchange, route)


def _compiled(tx: Transaction, api_id: str) -> ApiPlan | None:
    """None where there is no such API, or where it is one of another kind."""
    stages = published.published(tx, api_id)
    if stages is None or any(stage.api.protocol_type != HTTP for stage in stages.values()):
        return None
    return ApiPlan(stages)


def _exchange(visit: Visit, plan: StagePlan, path: str, resource_path: str, base_path: str | None, now: float) -> Exchange:
    return Exchange(
        api=plan.api,
        stage=plan.stage,
        request=visit.request,
        path=path,
        resource_path=resource_path,
        base_path=base_path,
        host=visit.host,
        source_ip=visit.source_ip,
        request_id=ids.extended_request_id(),
        trace_id=traces.of_visitor(visit.request.headers, now),
        at=now,
    )


def _with_id(response: Response, request_id: str) -> Response:
    response.headers.append((REQUEST_ID_HEADER, request_id))
    return response


def _head_bytes(request: Request) -> int:
    size = len(request.method) + len(request.path) + len(request.query)
    for name, value in request.header_lines:
        size += len(name) + len(value)
    return size
