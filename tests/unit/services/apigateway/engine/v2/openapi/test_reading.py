"""Definitions become routes, integrations and authorizers."""

import json
from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION_URI

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Cors
from lambent.services.apigateway.engine.v2.openapi.reading import Definition, parse

PROXY = {"type": "AWS_PROXY", "httpMethod": "post", "uri": FUNCTION_URI, "payloadFormatVersion": "2.0"}
INTEGRATION = {"x-amazon-apigateway-integration": PROXY}
JWT = {"type": "jwt", "jwtConfiguration": {"issuer": "https://i", "audience": ["a"]}, "identitySource": "$request.header.A"}
ASKS = {
    "type": "request",
    "authorizerUri": FUNCTION_URI,
    "authorizerPayloadFormatVersion": "2.0",
    "identitySource": "$request.header.A, $request.header.B",
    "enableSimpleResponses": True,
}


def read(paths: Any = None, base_path: str = "", **members: Any) -> Definition:
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths or {}, **members}
    return parse(json.dumps(document), base_path)


def keys(definition: Definition) -> list[str]:
    return [route.route_key for route in definition.routes]


def schemes(**authorizers: Any) -> dict[str, Any]:
    return {"securitySchemes": {name: {"x-amazon-apigateway-authorizer": each} for name, each in authorizers.items()}}


def test_operations_become_routes_with_their_integrations():
    definition = read(
        {"/a/{id}": {"get": {"operationId": "one", **INTEGRATION}, "x-amazon-apigateway-any-method": INTEGRATION}}
    )
    assert keys(definition) == ["GET /a/{id}", "ANY /a/{id}"]
    assert definition.routes[0].operation_name == "one"
    integration = definition.integrations[0]
    assert definition.routes[0].integration_id == integration.integration_id
    assert (integration.integration_type, integration.integration_method, integration.timeout_ms) == (
        "AWS_PROXY",
        "POST",
        30_000,
    )


@pytest.mark.parametrize("path", ["$default", "/$default"])
def test_the_default_route_is_known_by_its_path(path):
    assert keys(read({path: {"x-amazon-apigateway-any-method": {"isDefaultRoute": True, **INTEGRATION}}})) == ["$default"]


def test_an_integration_that_several_refer_to_is_one():
    reference = {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/f"}}
    components = {"x-amazon-apigateway-integrations": {"f": PROXY}}
    definition = read({"/a": {"get": reference, "put": reference}}, components=components)
    assert len(definition.integrations) == 1
    assert len({route.target for route in definition.routes}) == 1


def test_the_head_tells_of_the_api():
    definition = read(
        tags=[{"name": "k", "x-amazon-apigateway-tag-value": "v"}, {"name": "plain"}],
        info={"title": "t", "description": "d", "version": 1.0},
        servers=[{"url": "/", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}],
        **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 3, "allowMethods": ["GET"]}},
    )
    cors = Cors(allow_origins=("*",), allow_methods=("GET",), max_age_s=3)
    head = {"name": "t", "description": "d", "version": "1.0", "cors": cors, "disable_execute_api_endpoint": True}
    assert (definition.api, definition.tags) == (head, {"k": "v"})


@pytest.mark.parametrize(("base_path", "key"), [("ignore", "GET /x"), ("prepend", "GET /a/b/x"), ("split", "GET /b/x")])
def test_the_base_path_is_ignored_prepended_or_split(base_path, key):
    servers = [{"url": "https://example.com/{base}/b", "variables": {"base": {"default": "/a"}}}]
    assert keys(read({"/x": {"get": {}}}, base_path, servers=servers)) == [key]
    with pytest.raises(errors.BadRequest, match="base path"):
        read(base_path="keep")


def test_security_names_the_authorizer_and_its_scopes():
    paths = {
        "/j": {"get": {"security": [{"jwt": ["read"]}]}},
        "/r": {"get": {"security": [{"asks": []}]}},
        "/n": {"get": {"security": []}},
        "/d": {"get": {}},
    }
    definition = read(paths, components=schemes(jwt=JWT, asks=ASKS), security=[{"jwt": []}])
    jwt, asks = definition.authorizers
    assert [(route.authorization_type, route.authorizer_id, route.authorization_scopes) for route in definition.routes] == [
        ("JWT", jwt.authorizer_id, ("read",)),
        ("CUSTOM", asks.authorizer_id, ()),
        ("NONE", "", ()),
        ("JWT", jwt.authorizer_id, ()),
    ]
    assert (jwt.name, jwt.issuer, jwt.audience) == ("jwt", "https://i", ("a",))
    assert (asks.identity_sources, asks.result_ttl_s) == (("$request.header.A", "$request.header.B"), 300)
    assert asks.enables_simple_responses


def test_signatures_are_asked_for_as_aws_spells_it():
    components = {"securitySchemes": {"sigv4": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}}}
    one, other = {"security": [{"sigv4": []}]}, {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}
    definition = read({"/a": {"get": one, "put": other}}, components=components)
    assert [route.authorization_type for route in definition.routes] == ["AWS_IAM", "AWS_IAM"]


def test_an_issuer_may_be_found_where_it_describes_itself():
    scheme = {
        "type": "openIdConnect",
        "openIdConnectUrl": "https://i/.well-known/openid-configuration",
        "x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": {"audience": ["a"]}},
    }
    definition = read({"/a": {"get": {"security": [{"o": []}]}}}, components={"securitySchemes": {"o": scheme}})
    assert definition.authorizers[0].issuer == "https://i"
    assert definition.authorizers[0].identity_sources == ("$request.header.Authorization",)


def test_what_is_passed_over_is_warned_of():
    components = {"securitySchemes": {"plain": {"type": "http"}}}
    definition = read({"x": {}, "/a": {"get": {"security": [{"plain": []}]}}}, components=components)
    assert definition.warnings == (
        "Parse issue: attribute paths. Resource x should start with /",
        "Security scheme plain of route GET /a has no x-amazon-apigateway-authorizer: it is passed over",
    )


def test_what_cannot_be_made_is_refused():
    with pytest.raises(errors.BadRequest, match="Unable to create integration for route GET /a"):
        read({"/a": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}})
    with pytest.raises(errors.BadRequest, match="title"):
        read(info={})
