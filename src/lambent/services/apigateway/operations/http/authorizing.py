"""Who may take a route: JWT authorizers, Lambda authorizers and IAM."""

from collections.abc import Callable, Sequence

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.errors import ServiceError
from lambent.lang.iam_policy import context_of
from lambent.services.apigateway.engine.http import authorizers, events, refusals, tokens
from lambent.services.apigateway.engine.http.authorizers import ACTION, Answer, BadAnswer
from lambent.services.apigateway.engine.http.exchange import Authorized, Exchange
from lambent.services.apigateway.engine.http.plans import AuthorizerPlan, RoutePlan
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.issuers import Issuers, IssuerUnreachable
from lambent.wire import web_events
from lambent.wire.http import Visit

AuthorizerEvent = Callable[[Exchange, str, str, Sequence[str]], bytes]
"""Of a visit, the payload format, the ARN of the route, and what the visitor is known by."""

FUNCTION_S_MAX = 10.0
UNREACHABLE = "OIDC discovery endpoint communication error"
PAYLOAD_FORMAT_DEFAULT = "2.0"


class Authorizing:
    """``check`` fills in who the visitor is, or raises the Refusal that it is answered."""

    def __init__(
        self, *, calls: Calls, issuers: Issuers, clock: Clock, event: AuthorizerEvent = events.authorizer_event
    ) -> None:
        """``event``: what an authorizer's function is told."""
        self._calls = calls
        self._event = event
        self._issuers = issuers
        self._clock = clock

    async def check(self, visit: Visit, exchange: Exchange, plan: RoutePlan) -> None:
        kind = plan.route.authorization_type
        if kind == "AWS_IAM":
            exchange.authorized = await self._signed(visit, exchange)
            return
        if plan.authorizer is None:
            raise refusals.failed("The route's authorizer is not there.", "AUTHORIZER_CONFIGURATION_ERROR")
        if kind == "JWT":
            exchange.authorized = await self._by_token(exchange, plan, plan.authorizer)
        else:
            exchange.authorized = await self._by_function(exchange, plan.authorizer)

    # ---- JWT ----

    async def _by_token(self, exchange: Exchange, plan: RoutePlan, given: AuthorizerPlan) -> Authorized:
        identity = given.identification.of(exchange)
        if not identity:
            raise refusals.unauthorized("No token", (("www-authenticate", "Bearer"),))
        token, scopes = tokens.token_of(identity[0]), plan.route.authorization_scopes
        try:
            keys = await self._issuers.keys(given.authorizer.issuer, tokens.key_id(token), exchange.at)
            return tokens.check(token, keys, given.authorizer, scopes, exchange.at)
        except tokens.Refused as refused:
            raise _no_token(exchange, refused.description, scopes) from refused
        except IssuerUnreachable as error:
            raise _no_token(exchange, UNREACHABLE, scopes) from error
        except tokens.OutOfScope as error:
            exchange.authorizer_error = "insufficient_scope"
            challenge = f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope"'
            raise refusals.forbidden("insufficient_scope", headers=(("www-authenticate", challenge),)) from error

    # ---- Lambda ----

    async def _by_function(self, exchange: Exchange, plan: AuthorizerPlan) -> Authorized:
        identity = plan.identification.of(exchange)
        if identity is None:
            raise refusals.unauthorized("The identity sources are not all there.")
        route_arn = _route_arn(exchange)
        kept = plan.answers.get(identity)
        if kept is not None and exchange.at < kept[0]:
            answer = kept[1]
        else:
            answer = await self._ask(exchange, plan, identity, route_arn)
            if identity and plan.authorizer.result_ttl_s:
                plan.keep(identity, exchange.at + plan.authorizer.result_ttl_s, answer)
        known = {"aws:SourceIp": exchange.source_ip, "aws:UserAgent": exchange.request.headers.get("user-agent", "")}
        if not authorizers.allows(answer, route_arn, context_of(known)):
            raise refusals.forbidden("The authorizer denies it.")
        return answer.authorized

    async def _ask(self, exchange: Exchange, plan: AuthorizerPlan, identity: tuple[str, ...], route_arn: str) -> Answer:
        authorizer, function = plan.authorizer, plan.function
        if function is None:
            raise _failed(exchange, "The authorizer names no function.")
        payload_format = authorizer.payload_format_version or PAYLOAD_FORMAT_DEFAULT
        context = self._calls.context(
            function.account,
            function.region,
            source_arn=_execute_api_arn(exchange, f"authorizers/{authorizer.authorizer_id}"),
            credentials_arn=plan.credentials_arn,
            trace_id=exchange.trace_id,
        )
        event = self._event(exchange, payload_format, route_arn, identity)
        try:
            reply = await self._calls.invoke(context, str(function), event, timeout_s=FUNCTION_S_MAX)
            if "FunctionError" in reply:
                raise _failed(exchange, "The authorizer's function failed.")
            is_simple = authorizer.enables_simple_responses and payload_format != events.FORMAT_1
            return authorizers.read_answer(reply["Payload"], is_simple=is_simple)
        except ServiceError as error:
            raise _failed(exchange, error.message) from error
        except TimeoutError as error:
            raise _failed(exchange, "The authorizer's function took too long.") from error
        except BadAnswer as error:
            raise _failed(exchange, f"The authorizer's answer is malformed: {error}") from error

    # ---- IAM ----

    async def _signed(self, visit: Visit, exchange: Exchange) -> Authorized:
        account = exchange.api.scope.account
        try:
            caller = await visit.caller("execute-api")
        except ServiceError as error:
            raise refusals.forbidden(error.message) from error
        if caller is None:
            raise refusals.forbidden("Missing Authentication Token", "MISSING_AUTHENTICATION_TOKEN")
        # An HTTP API has no policy of its own that could let in who is of another account.
        if caller.account != account or await visit.denial(ACTION, _route_arn(exchange), None) is not None:
            raise refusals.forbidden(f"User: {caller.principal_arn} is not authorized to access this resource")
        # Asked in the caller's own name: sts alone knows its unique id.
        who = await self._calls.as_caller(caller, "sts", "GetCallerIdentity", {})
        return Authorized(iam=web_events.iam_identity(caller, who))


def _no_token(exchange: Exchange, description: str, scopes: tuple[str, ...]) -> refusals.Refusal:
    exchange.authorizer_error = description
    challenge = f'Bearer scope="{" ".join(scopes)}" error="invalid_token" error_description="{description}"'
    return refusals.unauthorized(description, (("www-authenticate", challenge),))


def _failed(exchange: Exchange, reason: str) -> refusals.Refusal:
    exchange.authorizer_error = reason
    return refusals.failed(reason, "AUTHORIZER_FAILURE")


def _route_arn(exchange: Exchange) -> str:
    """What the visitor wants to do, as policies name it."""
    return _execute_api_arn(exchange, f"{exchange.stage.stage_name}/{exchange.route_path}")


def _execute_api_arn(exchange: Exchange, below: str) -> str:
    scope = exchange.api.scope
    return str(Arn("execute-api", scope.region, scope.account, f"{exchange.api.api_id}/{below}"))
