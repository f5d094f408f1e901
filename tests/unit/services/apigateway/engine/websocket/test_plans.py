"""Stages of WebSocket APIs, compiled."""

import pytest
from tests.unit.services.apigateway.sockets import FUNCTION, delivery, published

from lambent.services.apigateway.engine.records import Authorizer, Integration, Route, RouteSettings
from lambent.services.apigateway.engine.websocket.plans import SocketApi, SocketStage


def key_of(selection: str, message: str, *routes: str) -> str | None:
    given = published(*routes, selection=selection)
    route = SocketStage(given).route_of(delivery(given, message))
    return route.plan.route.route_key if route is not None else None


@pytest.mark.parametrize(
    ("selection", "message", "key"),
    [
        ("$request.body.action", '{"action": "join"}', "join"),
        ("${request.body.to.do}", '{"to": {"do": "join"}}', "join"),
        ("${request.body.a}/${request.body.b}", '{"a": "x", "b": "y"}', "x/y"),
        ("$request.body.action", '{"action": "$connect"}', "$default"),
        ("$request.body.action", '{"action": 5}', "5"),
        ("$request.body.action", "[]", "$default"),
        ("$request.nothing", '{"action": "join"}', "$default"),
    ],
)
def test_a_message_selects_a_route(selection: str, message: str, key: str):
    assert key_of(selection, message, "join", "x/y", "5", "$connect", "$default") == key


def test_without_a_default_route_a_message_may_fit_none():
    assert key_of("$request.body.action", '{"action": "other"}', "join") is None


def test_routes_without_limits_of_their_own_share_the_stage_s():
    limit = RouteSettings(throttling_burst_limit=1, throttling_rate_limit=1.0)
    stage = SocketStage(published("a", "b", "c", default_route_settings=limit, route_settings={"c": limit}))
    assert stage.routes["a"].plan.bucket is stage.routes["b"].plan.bucket
    assert stage.routes["c"].plan.bucket is not stage.routes["a"].plan.bucket


def test_identity_sources_are_spelt_in_the_way_of_rest_apis():
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    authorizer = Authorizer("a", "a", "REQUEST", uri, identity_sources=("route.request.header.Auth", "context.stage"))
    given = published(Route("c", "$connect", authorizer_id="a"), authorizers=(authorizer,))
    plan = SocketStage(given).routes["$connect"].plan.authorizer
    assert plan is not None
    message = delivery(given)
    message.request.headers = {"auth": "secret"}
    assert plan.identification.of(message) == ("secret", "prod")
    assert plan.authorizer.result_ttl_s == 0


def test_parameters_that_are_no_mappings_are_left_out():
    mapped = {
        "integration.request.header.Kind": "'text'",
        "integration.request.querystring.q": "route.request.body.q",
        "x": "y",
    }
    given = published(
        Route("d", "$default", target="integrations/h"), integrations=(Integration("h", "AWS", request_parameters=mapped),)
    )
    parameters = SocketStage(given).routes["$default"].parameters
    values = {each.name: each.value(delivery(given, '{"q": "1"}'), None) for each in parameters}
    assert values == {"Kind": "text", "q": "1"}


@pytest.mark.parametrize(
    ("integration", "timeout_s"),
    [
        (Integration("x", "AWS_PROXY", FUNCTION, timeout_ms=50), 0.05),
        (Integration("x", "AWS", FUNCTION, timeout_ms=50), 0.05),
        (Integration("x", "AWS", "arn:aws:apigateway:us-east-1:sqs:path/1/q", timeout_ms=50), 0),
        (Integration("x", "HTTP", "http://localhost/", timeout_ms=50), 0),
        (Integration("x", "HTTP_PROXY", "http://localhost/", timeout_ms=50), 0),
        (Integration("x", "MOCK", timeout_ms=50), 0),
    ],
)
def test_only_functions_have_their_time_seen_to_by_who_calls_them(integration: Integration, timeout_s: float):
    given = published(Route("d", "$default", target="integrations/x"), integrations=(integration,))
    assert SocketStage(given).routes["$default"].function_timeout_s == timeout_s


def test_an_api_knows_whether_its_own_address_is_closed():
    assert not SocketApi({"prod": published("$default")}).is_endpoint_disabled
