"""A stage of a WebSocket API as it is served: its routes by their keys, compiled when they are first asked for."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from lambent.services.apigateway.engine.access_log import LineFormat, log_stream
from lambent.services.apigateway.engine.http import plans as http_plans
from lambent.services.apigateway.engine.http.expressions import BadExpression, Expression, compile_value
from lambent.services.apigateway.engine.http.plans import AuthorizerPlan, IntegrationPlan, RoutePlan
from lambent.services.apigateway.engine.records import (
    DEFAULT_ROUTE,
    Authorizer,
    Integration,
    IntegrationResponse,
    Published,
    Route,
)
from lambent.services.apigateway.engine.rest import schemas
from lambent.services.apigateway.engine.throttle import Bucket
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.services.apigateway.engine.websocket.delivery import Delivery

MOCK = "MOCK"
_FUNCTIONS = ("AWS_PROXY", "AWS")
_SERVERS = ("HTTP_PROXY", "HTTP")


class Parameter(Struct, frozen=True):
    """What an integration's request gets: ``place`` is "header", "querystring" or "path"."""

    place: str
    name: str
    value: Expression


class BodyCheck:
    """The models of a route: which one a message is held against, and whether it is as the model says."""

    __slots__ = ("_checks", "_models", "_schemas", "_select")

    def __init__(self, route: Route, models: Sequence[Model]) -> None:
        self._select = _selection(route.model_selection_expression)
        self._schemas = {model.name: model.schema for model in models}
        names = {model.model_id: model.name for model in models}
        self._models = {key: names.get(given, given) for key, given in route.request_models.items()}
        self._checks: dict[str, schemas.Check] = {}

    def problems(self, delivery: Delivery) -> list[str]:
        """What is wrong with a message. Raises InvalidSchema, of a model that no message can be held against."""
        key = self._select(delivery, None) if self._select is not None else None
        name = self._models.get(key or "") or self._models.get(DEFAULT_ROUTE)
        if name is None:
            return [f"There is no model for {key}"]
        if name not in self._checks:
            self._checks[name] = schemas.compiled(name, self._schemas)
        return self._checks[name](delivery.message.encode("utf-8", "replace"))


class SocketRoute(Struct, frozen=True):
    """``plan``: what a route has in common with those of HTTP APIs."""

    plan: RoutePlan
    is_function_proxy: bool  # which gets the event as it is
    is_two_way: bool  # whether the integration's answer goes back to the client
    uri: str
    parameters: tuple[Parameter, ...]
    responses: tuple[IntegrationResponse, ...]
    function_timeout_s: float  # 0 where the integration is no function: servers and services have their own ends
    bodies: BodyCheck | None = None

    def missing(self, delivery: Delivery) -> list[str]:
        """The required parameters that a client which would connect has not given."""
        required = [name for name, is_required in self.plan.route.request_parameters.items() if is_required]
        return [name.rpartition(".")[2] for name in required if not _value(name, delivery)]

    @property
    def integration(self) -> Integration | None:
        return self.plan.integration.integration if self.plan.integration is not None else None


class SocketStage:
    """What a connection to a stage meets."""

    def __init__(self, published: Published) -> None:
        self.api = published.api
        self.stage = published.stage
        # Routes without limits of their own share the stage's.
        shared = http_plans.bucket_of(self.stage, None)
        self.routes: Mapping[str, SocketRoute] = {
            route.route_key: _route(published, route, shared) for route in published.snapshot.routes
        }
        # Nothing is to be selected where clients have no choice.
        is_selected = any(not key.startswith("$") for key in self.routes)
        self._select = _selection(published.api.route_selection_expression) if is_selected else None
        self._default = self.routes.get(DEFAULT_ROUTE)
        self.key_of = _selection(published.api.api_key_selection_expression)
        log = published.stage.access_log
        self.log_stream = log_stream(log.destination_arn, self.api.api_id, self.stage.stage_name) if log is not None else None
        self.log_format = LineFormat(log.format) if log is not None else None

    def route_of(self, delivery: Delivery) -> SocketRoute | None:
        """The route that a message selects; the default where it selects none that there is."""
        key = self._select(delivery, None) if self._select is not None else None
        found = self.routes.get(key) if key and not key.startswith("$") else None
        return found or self._default


class SocketApi:
    """The stages of an API."""

    def __init__(self, stages: Mapping[str, Published]) -> None:
        self.stages = {name: SocketStage(published) for name, published in stages.items()}
        self.is_endpoint_disabled = any(plan.api.disable_execute_api_endpoint for plan in self.stages.values())


def _value(name: str, delivery: Delivery) -> str | None:
    _, _, rest = name.partition("route.request.")
    place, _, key = rest.partition(".")
    return delivery.header(key.lower()) if place == "header" else delivery.query_parameter(key)


def _selection(expression: str) -> Expression | None:
    try:
        return compile_value(expression)
    except BadExpression:
        return None


def _route(published: Published, route: Route, shared: Bucket | None) -> SocketRoute:
    snapshot, stage = published.snapshot, published.stage
    integration = next((part for part in snapshot.integrations if part.integration_id == route.integration_id), None)
    authorizer = next((part for part in snapshot.authorizers if part.authorizer_id == route.authorizer_id), None)
    plan = RoutePlan(
        route,
        _integration(integration, published) if integration is not None else None,
        _authorizer(authorizer, published) if authorizer is not None else None,
        http_plans.bucket_of(stage, route.route_key) if route.route_key in stage.route_settings else shared,
        http_plans.execute_api_arn(published.api, f"{stage.stage_name}/{route.route_key}"),
    )
    given = () if integration is None else snapshot.integration_responses
    return SocketRoute(
        plan,
        _is_function_proxy(plan.integration),
        any(response.route_id == route.route_id for response in snapshot.route_responses),
        http_plans.with_variables(integration.integration_uri, stage) if integration is not None else "",
        _parameters(integration) if integration is not None else (),
        tuple(each for each in given if each.integration_id == route.integration_id),
        plan.integration.timeout_s if plan.integration is not None and plan.integration.function is not None else 0.0,
        BodyCheck(route, snapshot.models) if route.model_selection_expression else None,
    )


def _is_function_proxy(plan: IntegrationPlan | None) -> bool:
    return plan is not None and plan.function is not None and plan.integration.integration_type == "AWS_PROXY"


def _integration(integration: Integration, published: Published) -> IntegrationPlan:
    uri = http_plans.with_variables(integration.integration_uri, published.stage)
    function = http_plans.function_arn(uri) if integration.integration_type in _FUNCTIONS else None
    return IntegrationPlan(
        integration,
        integration.timeout_ms / 1000,
        http_plans.with_variables(integration.credentials_arn, published.stage),
        function,
        str(function) if function is not None else "",
        None,
        uri if integration.integration_type in _SERVERS else "",
        (),
        {},
    )


def _authorizer(authorizer: Authorizer, published: Published) -> AuthorizerPlan | None:
    """WebSocket APIs name identity sources in the way of REST APIs, and remember no answers."""
    sources = tuple(_as_selection(source) for source in authorizer.identity_sources)
    plain = structs.replace(
        authorizer, identity_sources=sources, result_ttl_s=0, payload_format_version="1.0", enables_simple_responses=False
    )
    return http_plans.authorizer_plan(plain, published.stage)


def _parameters(integration: Integration) -> tuple[Parameter, ...]:
    """What is no mapping is left out."""
    found = []
    for target, source in integration.request_parameters.items():
        prefix, _, rest = target.partition(".request.")
        place, _, name = rest.partition(".")
        if prefix != "integration" or not name:
            continue
        try:
            found.append(Parameter(place, name, compile_value(_as_selection(source))))
        except BadExpression:
            continue
    return tuple(found)


def _as_selection(source: str) -> str:
    """``route.request.header.x`` as ``$request.header.x``; a text in quotes as it is."""
    if len(source) > 1 and source[0] == source[-1] == "'":
        return source[1:-1]
    if source.startswith("route.request."):
        return f"${source.removeprefix('route.')}"
    return f"${source}" if source.startswith(("context.", "stageVariables.")) else source
