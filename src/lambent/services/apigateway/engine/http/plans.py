"""A stage as it is served: its routes, integrations and authorizers, compiled when they are first asked for.

Stage variables stand still while a stage does, so they are put in here and not once a request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.services.apigateway.engine import throttle
from lambent.services.apigateway.engine.access_log import LineFormat, log_stream
from lambent.services.apigateway.engine.http.authorizers import Answer, Identification
from lambent.services.apigateway.engine.http.cors import CorsRules
from lambent.services.apigateway.engine.http.expressions import BadExpression
from lambent.services.apigateway.engine.http.mapping import Step, compile_steps
from lambent.services.apigateway.engine.http.routing import ANY, Routes
from lambent.services.apigateway.engine.http.service_calls import ServiceCall, compile_call
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE, Api, Authorizer, Integration, Published, Route, Stage
from lambent.services.apigateway.engine.throttle import Bucket

ANSWERS_KEPT_MAX = 10_000

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_INVOCATIONS = re.compile(r"arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(.+)/invocations")


@dataclass(slots=True)
class AuthorizerPlan:
    """An authorizer, with the answers that its function gave before: with the instant until which each counts."""

    authorizer: Authorizer
    identification: Identification
    function: Arn | None
    credentials_arn: str
    answers: dict[tuple[str, ...], tuple[float, Answer]] = field(default_factory=dict)

    def keep(self, identity: tuple[str, ...], until: float, answer: Answer) -> None:
        if len(self.answers) >= ANSWERS_KEPT_MAX:
            self.answers.clear()
        self.answers[identity] = until, answer


class IntegrationPlan(Struct, frozen=True):
    """At most one of ``function``, ``call`` and ``url`` is there; where none is, every request fails."""

    integration: Integration
    timeout_s: float
    credentials_arn: str
    function: Arn | None
    function_arn: str  # the same, written out
    call: ServiceCall | None
    url: str
    request_steps: tuple[Step, ...]
    response_steps: Mapping[str, tuple[Step, ...]]


class RoutePlan(Struct, frozen=True):
    route: Route
    integration: IntegrationPlan | None
    authorizer: AuthorizerPlan | None
    bucket: Bucket | None
    source_arn: str  # of the route: for what policies of functions call aws:SourceArn


class StagePlan:
    """What a request to a stage meets."""

    def __init__(self, published: Published) -> None:
        self.api = published.api
        self.stage = stage = published.stage
        snapshot = published.snapshot
        integrations = {part.integration_id: _integration(part, stage) for part in snapshot.integrations}
        self.authorizers = {part.authorizer_id: authorizer_plan(part, stage) for part in snapshot.authorizers}
        # Routes without limits of their own share the stage's.
        self._shared = bucket_of(stage, None)
        self.routes: Routes[RoutePlan] = Routes(
            (
                route.route_key,
                RoutePlan(
                    route,
                    integrations.get(route.integration_id),
                    self.authorizers.get(route.authorizer_id),
                    bucket_of(stage, route.route_key) if route.route_key in stage.route_settings else self._shared,
                    source_arn(published, route.route_key),
                ),
            )
            for route in snapshot.routes
        )
        self.cors = CorsRules(published.api.cors) if published.api.cors is not None else None
        log = stage.access_log
        self.log_stream = log_stream(log.destination_arn, self.api.api_id, stage.stage_name) if log is not None else None
        self.log_format = LineFormat(log.format) if log is not None else None


class ApiPlan:
    """The stages of an API."""

    def __init__(self, stages: Mapping[str, Published]) -> None:
        self.stages = {name: StagePlan(published) for name, published in stages.items()}
        self.is_endpoint_disabled = any(plan.api.disable_execute_api_endpoint for plan in self.stages.values())


def source_arn(published: Published, route_key: str) -> str:
    """The route as policies name it: arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/items/{id}."""
    method, _, path = route_key.partition(" ")
    below = route_key if route_key == DEFAULT_ROUTE else f"{'*' if method == ANY else method}{path}"
    return execute_api_arn(published.api, f"{published.stage.stage_name}/{below}")


def execute_api_arn(api: Api, below: str) -> str:
    return f"arn:aws:execute-api:{api.scope.region}:{api.scope.account}:{api.api_id}/{below}"


def function_arn(uri: str) -> Arn | None:
    """The function that an integration's or an authorizer's URI names: an ARN of lambda, or the path to its invocations."""
    wrapped = _INVOCATIONS.fullmatch(uri)
    arn = Arn.parse(wrapped[1] if wrapped is not None else uri)
    return arn if arn is not None and arn.service == "lambda" else None


def with_variables(text: str, stage: Stage) -> str:
    """A text with the values of the stage variables that it names."""
    return _STAGE_VARIABLE.sub(lambda found: stage.variables.get(found[1], ""), text) if "${" in text else text


def _integration(integration: Integration, stage: Stage) -> IntegrationPlan | None:
    """None where the integration cannot work: what it says is no expression."""
    uri = with_variables(integration.integration_uri, stage)
    is_function = integration.integration_type == "AWS_PROXY" and not integration.integration_subtype
    function = function_arn(uri) if is_function else None
    try:
        return IntegrationPlan(
            integration,
            integration.timeout_ms / 1000,
            with_variables(integration.credentials_arn, stage),
            function,
            str(function) if function is not None else "",
            compile_call(integration) if integration.integration_subtype else None,
            uri if integration.integration_type == "HTTP_PROXY" else "",
            () if integration.integration_subtype else compile_steps(integration.request_parameters),
            {status.upper(): compile_steps(steps) for status, steps in integration.response_parameters.items()},
        )
    except BadExpression:
        return None


def authorizer_plan(authorizer: Authorizer, stage: Stage) -> AuthorizerPlan | None:
    try:
        identification = Identification(authorizer)
    except BadExpression:
        return None
    return AuthorizerPlan(
        authorizer,
        identification,
        function_arn(with_variables(authorizer.authorizer_uri, stage)),
        with_variables(authorizer.credentials_arn, stage),
    )


def bucket_of(stage: Stage, route_key: str | None) -> Bucket | None:
    """The limits of a route, or those of the stage where it has none of its own."""
    shared = stage.default_route_settings
    own = stage.route_settings.get(route_key, shared) if route_key is not None else shared
    rate = shared.throttling_rate_limit if own.throttling_rate_limit is None else own.throttling_rate_limit
    burst = shared.throttling_burst_limit if own.throttling_burst_limit is None else own.throttling_burst_limit
    return throttle.bucket(rate_per_s=rate, burst=burst)
