"""Routes: which keys are well formed, who may be asked for what, and what goes with a route."""

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION_URI, NOW, SCOPE, put_integration, put_route

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Authorizer, RouteResponse
from lambent.services.apigateway.engine.v2 import authorizers, parts, routes
from lambent.services.apigateway.engine.v2.models import ROUTE_RESPONSE_RULES
from lambent.services.apigateway.tables.v2 import parts as rows

JWT = Authorizer("jwt001", "j", "JWT", identity_sources=("$request.header.Authorization",), issuer="https://i", audience=("a",))
ASKS = Authorizer("req001", "r", "REQUEST", authorizer_uri=FUNCTION_URI, payload_format_version="2.0", result_ttl_s=0)


@pytest.mark.parametrize("key", ["$default", "GET /", "ANY /{proxy+}", "POST /a/{id}/b", "DELETE /a/{b+}", "GET /a.b/~c/"])
def test_these_keys_are_well_formed(api, key):
    routes.check_key(api, key)


@pytest.mark.parametrize(
    "key", ["GET", "GET/x", "get /x", "TRACE /x", "GET x", "GET /{a+}/b", "GET /a{b}", "GET /{}", "GET /a b"]
)
def test_these_keys_are_not(api, key):
    with pytest.raises(errors.BadRequest, match="The provided route key is not formatted properly for HTTP protocol"):
        routes.check_key(api, key)


def test_a_key_is_required_and_of_websockets_anything(api, talk):
    with pytest.raises(errors.BadRequest, match="Route key is required"):
        routes.check_key(api, "")
    routes.check_key(talk, "send message")


def test_a_key_is_of_one_route(tx, api):
    put_route(tx, api, "GET /x")
    with pytest.raises(errors.Conflict, match="Route with key GET /x already exists for this API"):
        put_route(tx, api, "GET /x", "other")
    put_route(tx, api, "GET /y", "other")
    with pytest.raises(errors.Conflict):
        parts.update(tx, SCOPE, api.api_id, routes.RULES, "other", {"route_key": "GET /x"}, NOW)


def test_the_key_of_one_that_quick_create_made_stays(tx, api):
    put_route(tx, api, "$default", is_managed=True)
    with pytest.raises(errors.BadRequest, match="managed route"):
        parts.update(tx, SCOPE, api.api_id, routes.RULES, "rou0001", {"route_key": "GET /x"}, NOW)


def test_a_target_is_an_integration_of_the_api(tx, api):
    with pytest.raises(errors.BadRequest, match="Invalid target"):
        put_route(tx, api, target="integrations/none")
    with pytest.raises(errors.BadRequest, match="Unexpected or malformed target in route"):
        put_route(tx, api, target="int0001")
    put_integration(tx, api)
    assert put_route(tx, api, target="integrations/int0001").integration_id == "int0001"


@pytest.mark.parametrize(("kind", "wrong", "right"), [("JWT", ASKS, JWT), ("CUSTOM", JWT, ASKS)])
def test_an_authorizer_is_of_the_kind_that_the_route_asks_for(tx, api, kind, wrong, right):
    for authorizer in (wrong, right):
        parts.create(tx, SCOPE, api.api_id, authorizers.RULES, authorizer, NOW)
    for authorizer_id in ("", wrong.authorizer_id):
        with pytest.raises(errors.BadRequest, match=f"Setting the authorization type to {kind}"):
            put_route(tx, api, authorization_type=kind, authorizer_id=authorizer_id)
    route = put_route(tx, api, authorization_type=kind, authorizer_id=right.authorizer_id)
    freed = parts.update(tx, SCOPE, api.api_id, routes.RULES, route.route_id, {"authorization_type": "NONE"}, NOW)
    assert freed.authorizer_id == ""


def test_websockets_ask_who_it_is_when_they_connect_only(tx, talk):
    put_route(tx, talk, "$connect", authorization_type="AWS_IAM")
    with pytest.raises(errors.BadRequest, match=r"^.*Currently, authorization is restricted to the \$connect route only$"):
        put_route(tx, talk, "send", "other", authorization_type="AWS_IAM")


def test_keys_are_asked_for_by_websockets_only(tx, api, talk):
    put_route(tx, talk, "$connect", is_api_key_required=True)
    with pytest.raises(errors.BadRequest, match=r"ApiKeyRequired is not currently supported for HTTP APIs\.$"):
        put_route(tx, api, is_api_key_required=True)


def test_request_parameters_go_one_by_one(tx, talk):
    put_route(tx, talk, "send", request_parameters={"route.request.header.a": True, "route.request.header.b": False})
    routes.delete_request_parameter(tx, SCOPE, talk.api_id, "rou0001", "route.request.header.a", NOW)
    assert parts.get(tx, SCOPE, talk.api_id, routes.RULES, "rou0001").request_parameters == {"route.request.header.b": False}
    with pytest.raises(errors.NotFound):
        routes.delete_request_parameter(tx, SCOPE, talk.api_id, "rou0001", "route.request.header.a", NOW)


def test_responses_go_with_their_route(tx, talk):
    put_route(tx, talk, "send")
    parts.create(tx, SCOPE, talk.api_id, ROUTE_RESPONSE_RULES, RouteResponse("res001", "rou0001", "$default"), NOW)
    parts.delete(tx, SCOPE, talk.api_id, routes.RULES, "rou0001", NOW)
    assert rows.listed(tx, talk.api_id, rows.ROUTE_RESPONSES) == []
