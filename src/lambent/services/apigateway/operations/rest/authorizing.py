"""Who may call a method: Lambda authorizers, and IAM."""

from collections.abc import Mapping

import msgspec

from lambent.core.arn import Arn
from lambent.core.clock import Clock, monotonic_s
from lambent.core.errors import ServiceError
from lambent.lang.iam_policy import Decision, context_of
from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.rest import (
    authorizing,
    gateway_responses,
    parameters,
    plans,
    refusals,
    requests,
    visits,
)
from lambent.services.apigateway.engine.rest.authorizing import TOKEN, Answer, AuthorizerPlan, BadAnswer
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.identifiers import method_arn
from lambent.services.apigateway.engine.rest.plans import MethodPlan
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.wire.http import Visit

FUNCTION_S_MAX = 29.0
_BY_IAM = {"InvalidSignatureException": "INVALID_SIGNATURE", "ExpiredTokenException": "EXPIRED_TOKEN"}


class Authorizing:
    """``check`` fills in who the visitor is, or raises the Refusal that it is answered."""

    def __init__(self, *, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def check(self, visit: Visit, exchange: Exchange, method: MethodPlan) -> None:
        visits.check_policy(exchange, method, known_of(exchange))
        if method.authorization == visits.IAM:
            await self._signed(visit, exchange)
        elif method.authorization == "CUSTOM":
            if method.authorizer is None:
                raise refusals.authorizer_misconfigured("The method's authorizer is not there")
            await self._by_function(exchange, method.authorizer)
        elif method.authorization != "NONE":
            # User pools are kept as they are configured, and nobody here could tell whether a token is theirs.
            raise refusals.unauthorized()

    # ---- Lambda ----

    async def _by_function(self, exchange: Exchange, plan: AuthorizerPlan) -> None:
        started_s = monotonic_s()
        seen = exchange.authorizing
        try:
            await self._judge(exchange, plan)
            seen["status"] = 200
        except refusals.Refusal as refusal:
            seen["status"] = gateway_responses.effective(refusal.kind, {}).get("statusCode", "500")
            seen["error"] = refusal.detail or refusal.message
            raise
        finally:
            seen["latency"] = round((monotonic_s() - started_s) * 1000)

    async def _judge(self, exchange: Exchange, plan: AuthorizerPlan) -> None:
        identity = identity_of(exchange, plan)
        answer = plan.kept(identity, exchange.at)
        if answer is None:
            answer = await self.ask(exchange, plan, identity)
            plan.keep(identity, answer, exchange.at)
        decision = authorizing.decision(answer.policy, visits.arn_of(exchange), known_of(exchange))
        if decision is Decision.EXPLICIT_DENY:
            raise refusals.denied_explicitly()
        if decision is not Decision.ALLOWED:
            raise refusals.denied()
        exchange.authorizer = {**answer.context, "integrationLatency": 0}
        if answer.usage_key:
            exchange.identity["apiKey"] = answer.usage_key

    async def ask(self, exchange: Exchange, plan: AuthorizerPlan, identity: tuple[str, ...]) -> Answer:
        """Raises Refusal."""
        stage = exchange.plan
        arn = Arn.parse(plans.function_of(requests.uri_of(plan.uri, stage.variables, {})) or "")
        if arn is None:
            raise refusals.authorizer_misconfigured("The authorizer names no function")
        source = method_arn(stage.scope, stage.api_id, "authorizers", plan.id, "").removesuffix("/")
        context = self._calls.context(
            arn.account, arn.region, source_arn=source, credentials_arn=plan.credentials, trace_id=exchange.trace_id
        )
        exchange.authorizing["requestId"] = context.request_id
        asked_s = monotonic_s()
        try:
            reply = await self._calls.invoke(context, str(arn), _event(exchange, plan, identity), timeout_s=FUNCTION_S_MAX)
            exchange.authorizing["integrationStatus"] = 200
            if "FunctionError" in reply:
                raise refusals.authorizer_failed("The authorizer's function failed")
            return authorizing.read_answer(reply["Payload"])
        except ServiceError as error:
            raise refusals.authorizer_failed(error.message) from error
        except TimeoutError as error:
            raise refusals.authorizer_failed("The authorizer's function took too long") from error
        except BadAnswer as error:
            raise refusals.authorizer_misconfigured(f"The authorizer's answer is malformed: {error}") from error
        finally:
            exchange.authorizing["integrationLatency"] = round((monotonic_s() - asked_s) * 1000)

    # ---- IAM ----

    async def _signed(self, visit: Visit, exchange: Exchange) -> None:
        plan = exchange.plan
        try:
            caller = await visit.caller("execute-api")
        except ServiceError as error:
            kind = _BY_IAM.get(error.code, "ACCESS_DENIED")
            raise refusals.Refusal(kind, error.message, error_type=error.code) from error
        if caller is None:
            raise refusals.missing_token()
        arn = visits.arn_of(exchange)
        denial = await visit.denial("execute-api:Invoke", arn, plan.policy_text)
        if denial is not None:
            article = "an" if denial.policy.startswith("i") else "a"
            why = (
                f" with an explicit deny in {article} {denial.policy}"
                if denial.is_explicit
                else f" because no {denial.policy} allows the execute-api:Invoke action"
            )
            raise visits.denied_to(caller.principal_arn, exchange, why)
        if caller.account != plan.scope.account:
            decision = visits.policy_decision(plan, arn, known_of(exchange))
            if decision is not Decision.ALLOWED:
                raise visits.denied_to(caller.principal_arn, exchange, " because no resource-based policy allows it")
        who = await self._calls.as_caller(caller, "sts", "GetCallerIdentity", {})
        exchange.identity |= {
            "accessKey": caller.access_key_id,
            "accountId": caller.account,
            "caller": who["UserId"],
            "user": who["UserId"],
            "userArn": who["Arn"],
        }


def known_of(exchange: Exchange) -> Mapping[str, tuple[str, ...]]:
    """The context keys of a visitor who is nobody."""
    source = exchange.identity["sourceIp"] or ""
    return context_of({"aws:SourceIp": source, "aws:UserAgent": exchange.identity["userAgent"] or ""})


def identity_of(exchange: Exchange, plan: AuthorizerPlan) -> tuple[str, ...]:
    """What the visitor is known by. Raises Refusal where a part of it is missing, or is no token."""
    found = []
    for source in plan.sources:
        mapped = parameters.map_request({"integration.request.header.x": source}, exchange, Body(""))
        value = mapped.headers.get("x")
        if not value:
            raise refusals.unauthorized()
        found.append(value)
    if plan.kind == TOKEN and (not found or not plan.is_valid(found[0])):
        raise refusals.unauthorized()
    return tuple(found)


def _event(exchange: Exchange, plan: AuthorizerPlan, identity: tuple[str, ...]) -> bytes:
    told = {"type": plan.kind, "methodArn": visits.arn_of(exchange)}
    if plan.kind == TOKEN:
        return msgspec.json.encode({**told, "authorizationToken": identity[0]})
    document = payload_1.document(exchange.request, exchange.event_facts(), headers=exchange.headers, body=(None, False))
    for name in ("body", "isBase64Encoded"):
        del document[name]
    for name in ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables"):
        document[name] = document[name] or {}
    return msgspec.json.encode({**told, **document})
