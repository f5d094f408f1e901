"""Where REST APIs are visited: the way of a request through an API, step by step.

Compiled stages are kept in memory and forgotten when a commit changes them; of a request that needs no key nothing is read or
written.
"""

from collections.abc import Collection

from lambent.core import ids, traces
from lambent.core.clock import Clock, monotonic_s
from lambent.core.ports import Caller, LogSink
from lambent.services.apigateway.engine.http import routing
from lambent.services.apigateway.engine.rest import published, refusals, responses, visits
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.plans import MethodPlan, StageOfApi, StagePlan
from lambent.services.apigateway.engine.rest.quotas import KeyRefused
from lambent.services.apigateway.engine.rest.refusals import Refusal
from lambent.services.apigateway.engine.rest.stage_settings import method_key
from lambent.services.apigateway.operations.http.access_logs import AccessLogs
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.web import Web
from lambent.services.apigateway.operations.keys import Keys
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.services.apigateway.operations.places import Places
from lambent.services.apigateway.operations.rest.authorizing import Authorizing
from lambent.services.apigateway.operations.rest.integrating import Integrating
from lambent.store.database import Database
from lambent.wire.http import Response, TooLarge, Visit

BODY_BYTES_MAX = 10_485_760


Place = tuple[StageOfApi | None, str, str]
"""A stage (None where there is none of that name), the path below it, and the key of the mapping that led there."""


class RestFront:
    """The front of REST APIs."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        log_sink: LogSink,
        endpoint_url: str,
        service_names: Collection[str],
        domains: KnownDomains,
        keys: Keys,
    ) -> None:
        self._clock = clock
        self._places = Places(store=store, domains=domains, compiled=published.stages)
        self._keys = keys
        self._web = Web()
        calls = Calls(call=call, endpoint_url=endpoint_url)
        self._authorizing = Authorizing(calls=calls, clock=clock)
        self._integrating = Integrating(calls=calls, web=self._web, clock=clock, service_names=service_names)
        self._access_logs = AccessLogs(log_sink=log_sink, clock=clock)

    async def answer(self, visit: Visit) -> Response | None:
        started_s = monotonic_s()
        path = routing.decoded(visit.request.path)
        found = await (self._below_domain if "." in visit.name else self._below_endpoint)(visit.name, path)
        if found is None:
            return None
        stage, below, base_path = found
        if stage is None:
            return _with_ids(_forbidden(), visit.request_id, ids.extended_request_id())
        plan = stage.chosen(ids.fraction() if stage.canary is not None else 1.0)
        visit.live_by(plan.scope.account)
        exchange = exchange_of(visit, plan, below, path, self._clock.now())
        exchange.base_path = base_path
        response = await self._visited(visit, exchange)
        self._log(exchange, response, started_s)
        return _with_ids(response, exchange.request_id, exchange.extended_request_id)

    def forget(self, account: str | None) -> None:  # noqa: ARG002 - what is known of the others is soon known again
        self._places.forget_all()

    async def close(self) -> None:
        await self._web.close()

    # ---- finding the stage ----

    async def _below_endpoint(self, api_id: str, path: str) -> Place | None:
        """None where there is no such API; no stage where it has none of that name."""
        stages = await self._places.api(api_id)
        if stages is None:
            return None
        name, below = routing.split_stage(path)
        stage = stages.get(name)
        if stage is not None and stage.main.is_endpoint_disabled:
            return None, below, ""
        return stage, below, ""

    async def _below_domain(self, host: str, path: str) -> Place | None:
        """A mapping without a stage leaves it to the next segment to name one."""
        found = await self._places.below_domain(host, path)
        if found is None:
            return None
        stages, mapping, below = found
        if mapping.stage:
            return stages.get(mapping.stage), below, mapping.mapping_key
        name, rest = routing.split_stage(below)
        return stages.get(name), rest, mapping.mapping_key

    # ---- the way of a request ----

    async def _visited(self, visit: Visit, exchange: Exchange) -> Response:
        try:
            return await self._run(visit, exchange)
        except Refusal as refusal:
            exchange.integration_error = exchange.integration_error or refusal.detail
            return responses.refused(exchange, refusal)

    async def _run(self, visit: Visit, exchange: Exchange) -> Response:
        """The order of the steps."""
        plan, request = exchange.plan, exchange.request
        found = plan.routes.find(request.method, exchange.path.rstrip("/") or "/")
        if found is None:
            raise refusals.missing_token()
        method, exchange.path_parameters = found
        exchange.method = method
        await _read(visit)
        await self._authorizing.check(visit, exchange, method)
        self._throttle(exchange, method)
        if method.needs_key:
            await self._check_key(exchange, method)
        visits.check_parameters(exchange, method)
        visits.check_body(exchange, method)
        return await self._integrating.answer(exchange, method)

    def _throttle(self, exchange: Exchange, method: MethodPlan) -> None:
        """A method's own limit goes before that of all methods."""
        bucket = method.bucket or exchange.plan.bucket
        if bucket is not None and not bucket.take(exchange.at):
            raise refusals.throttled()

    async def _check_key(self, exchange: Exchange, method: MethodPlan) -> None:
        plan = exchange.plan
        is_header = plan.key_source == "HEADER"
        value = exchange.request.headers.get("x-api-key") if is_header else exchange.identity.get("apiKey")
        key = method_key(method.path, method.verb)
        try:
            found = await self._keys.use(plan.scope, plan.api_id, plan.stage, value, exchange.at, method=key)
        except KeyRefused as refused:
            raise Refusal(refused.kind, refused.message) from refused
        exchange.identity |= {"apiKey": found.value, "apiKeyId": found.key_id}

    def _log(self, exchange: Exchange, response: Response, started_s: float) -> None:
        plan = exchange.plan
        if plan.log_stream is None or plan.log_format is None:
            return
        exchange.status = response.status
        exchange.response_length = len(response.body) if isinstance(response.body, bytes) else None
        exchange.response_latency_ms = (monotonic_s() - started_s) * 1000
        self._access_logs.write(plan.log_stream, int(exchange.at * 1000), plan.log_format.render(exchange.variable))


def exchange_of(visit: Visit, plan: StagePlan, path: str, whole_path: str, now: float) -> Exchange:
    return Exchange(
        plan,
        visit.request,
        path=path,
        context_path=whole_path,
        domain_name=visit.host,
        source_ip=visit.source_ip,
        request_id=visit.request_id,
        extended_request_id=ids.extended_request_id(),
        trace_id=traces.of_visitor(visit.request.headers, now),
        at=now,
    )


def _forbidden() -> Response:
    """There is no stage, so nobody has set what it answers."""
    headers = [("Content-Type", responses.JSON), ("x-amzn-ErrorType", "ForbiddenException")]
    return Response(403, headers, b'{"message":"Forbidden"}')


def _with_ids(response: Response, request_id: str, extended_id: str) -> Response:
    response.headers += [("x-amzn-RequestId", request_id), ("x-amz-apigw-id", extended_id)]
    return response


async def _read(visit: Visit) -> None:
    try:
        await visit.read(BODY_BYTES_MAX)
    except TooLarge as error:
        raise refusals.too_large(BODY_BYTES_MAX) from error
