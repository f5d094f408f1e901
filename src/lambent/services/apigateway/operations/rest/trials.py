"""Trials: a method or an authorizer is called as it stands, undeployed, by who configures it.

https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.core import ids, traces
from lambent.core.clock import Clock, monotonic_s
from lambent.core.context import Context
from lambent.core.ports import Caller, Parameters, Reply
from lambent.durable.workers import Worker
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.http import routing
from lambent.services.apigateway.engine.rest import methods, parts, refusals, responses, stages, visits
from lambent.services.apigateway.engine.rest.authorizing import AuthorizerPlan
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.plans import StagePlan
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.web import Web
from lambent.services.apigateway.operations.rest.authorizing import Authorizing, identity_of
from lambent.services.apigateway.operations.rest.base import Base, scope_of
from lambent.services.apigateway.operations.rest.integrating import Integrating
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Database
from lambent.wire.http import Request, Response

STAGE = "test-invoke-stage"
SOURCE_IP = "test-invoke-source-ip"


class TrialOperations(Base):
    """TestInvokeMethod and TestInvokeAuthorizer."""

    def __init__(
        self, *, store: Database, clock: Clock, call: Caller, endpoint_url: str, service_names: frozenset[str]
    ) -> None:
        super().__init__(store=store, clock=clock, call=call)
        self._web = Web()
        calls = Calls(call=call, endpoint_url=endpoint_url)
        self._integrating = Integrating(calls=calls, web=self._web, clock=clock, service_names=service_names)
        self._authorizing = Authorizing(calls=calls, clock=clock)

    def workers(self) -> list[Worker]:
        return [Worker("apigateway.trials", self._web.hold)]

    async def test_invoke_method(self, context: Context, parameters: Parameters) -> Reply:
        """Authorizers and keys are not asked."""
        scope, api_id = scope_of(context), parameters["restApiId"]
        resource_id, verb = parameters["resourceId"], parameters["httpMethod"]
        await self._store.read(methods.find, scope, api_id, resource_id, verb)
        draft = await self._store.read(stages.draft_of, scope, api_id)
        exchange = self._exchange(context, parameters, draft, "GET" if verb == "ANY" else verb)
        method = exchange.method = exchange.plan.method_of(draft, resource_id, verb)
        found = routing.Routes([(f"{verb} {method.path}", method)]).find(exchange.request.method, exchange.path)
        exchange.path_parameters = found[1] if found is not None else {}
        started_s = monotonic_s()
        lines = [f"Starting execution for request: {exchange.request_id}"]
        lines.append(f"HTTP Method: {exchange.request.method}, Resource Path: {exchange.path}")
        try:
            visits.check_parameters(exchange, method)
            visits.check_body(exchange, method)
            response = await self._integrating.answer(exchange, method)
            lines.append("Successfully completed execution")
        except refusals.Refusal as refusal:
            lines.append(f"Execution failed due to configuration error: {refusal.detail or refusal.message}")
            response = responses.refused(exchange, refusal)
        lines.append(f"Method completed with status: {response.status}")
        return _told(response, round((monotonic_s() - started_s) * 1000), self._log(exchange, lines))

    async def test_invoke_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        draft = await self._store.read(stages.draft_of, scope, api_id)
        given = await self._store.read(parts.find, scope, parts.AUTHORIZER, api_id, parameters["authorizerId"])
        exchange = self._exchange(context, parameters, draft, "GET")
        plan = AuthorizerPlan(given)
        if plan.kind == "COGNITO_USER_POOLS":
            raise errors.BadRequest(reason="Authorizers of user pools cannot be tried here")
        root = next(resource for resource in draft[parts.RESOURCE.name] if resource["path"] == "/")
        trial: Document = {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}
        exchange.method = exchange.plan.method_of(
            {parts.RESOURCE.name: [{**root, "resourceMethods": {"GET": trial}}]}, root["id"], "GET"
        )
        started_s = monotonic_s()
        try:
            answer = await self._authorizing.ask(exchange, plan, identity_of(exchange, plan))
        except refusals.Refusal as refusal:
            status = responses.refused(exchange, refusal).status
            lines = [f"Execution failed: {refusal.detail or refusal.message}"]
            return {"clientStatus": status, "log": self._log(exchange, lines), "latency": _since(started_s)}
        return {
            "clientStatus": 200,
            "principalId": answer.context["principalId"],
            "policy": answer.policy_text,
            "authorization": {name: [value] for name, value in answer.context.items() if name != "principalId"},
            "log": self._log(exchange, ["Successfully completed authorizer execution"]),
            "latency": _since(started_s),
        }

    def _exchange(self, context: Context, parameters: Parameters, draft: Mapping[str, Any], verb: str) -> Exchange:
        variables = dict(parameters.get("stageVariables") or {})
        stage = {"stageName": STAGE, "deploymentId": "", "variables": variables}
        plan = StagePlan(scope_of(context), stage, draft)
        path, _, query = (parameters.get("pathWithQueryString") or "/").partition("?")
        lines = [
            (name, value) for name, values in (parameters.get("multiValueHeaders") or {}).items() for value in values
        ] or list((parameters.get("headers") or {}).items())
        request = Request(
            verb,
            path,
            query,
            {name.lower(): value for name, value in lines},
            (parameters.get("body") or "").encode(),
            header_lines=[(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in lines],
        )
        return Exchange(
            plan,
            request,
            path=routing.decoded(path) or "/",
            context_path=routing.decoded(path) or "/",
            domain_name="testPrefix.testDomainName",
            source_ip=SOURCE_IP,
            request_id=ids.uuid4(),
            extended_request_id=ids.uuid4(),
            trace_id=traces.root(self._clock.now()),
            at=self._clock.now(),
        )

    def _log(self, exchange: Exchange, lines: list[str]) -> str:
        return "\n".join(
            f"{self._clock.now():.0f} : {line}" for line in [f"Execution log for request {exchange.request_id}", *lines]
        )


def _told(response: Response, latency_ms: int, log: str) -> Reply:
    many: dict[str, list[str]] = {}
    for name, value in response.headers:
        many.setdefault(name, []).append(value)
    body = response.body if isinstance(response.body, bytes) else b""
    return {
        "status": response.status,
        "body": body.decode("utf-8", "replace"),
        "headers": {name: values[-1] for name, values in many.items()},
        "multiValueHeaders": many,
        "log": log,
        "latency": latency_ms,
    }


def _since(started_s: float) -> int:
    return round((monotonic_s() - started_s) * 1000)
