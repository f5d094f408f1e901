"""Authorizers: what each kind must say, and that those in use stay."""

from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION, FUNCTION_URI, NOW, SCOPE, put_route

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Authorizer
from lambent.services.apigateway.engine.v2 import authorizers, parts

SOURCE = ("$request.header.Authorization",)


def jwt(**fields: Any) -> Authorizer:
    given = {"identity_sources": SOURCE, "issuer": "https://issuer", "audience": ("a",), **fields}
    return Authorizer("jwt001", "j", "JWT", **given)


def asks(**fields: Any) -> Authorizer:
    given = {"identity_sources": SOURCE, "authorizer_uri": FUNCTION_URI, "payload_format_version": "2.0", **fields}
    return Authorizer("req001", "r", "REQUEST", **given)


@pytest.mark.parametrize("authorizer", [jwt(), asks(), asks(enables_simple_responses=True), asks(payload_format_version="1.0")])
def test_http_apis_take(tx, api, authorizer):
    authorizers.check(tx, api, authorizer)


@pytest.mark.parametrize(
    ("authorizer", "said"),
    [
        (jwt(issuer="issuer"), "Invalid issuer: issuer. Issuer must have a valid discovery endpoint"),
        (jwt(issuer="", audience=()), "JwtConfiguration must not be null for JWT Authorizer"),
        (jwt(identity_sources=()), "exactly one IdentitySource"),
        (asks(authorizer_uri=FUNCTION), f"Invalid Authorizer URI: {FUNCTION}. Authorizer URI should be a valid"),
        (asks(payload_format_version=""), "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"),
        (asks(payload_format_version="3.0"), "must be one of the following: 1.0, 2.0"),
        (asks(payload_format_version="1.0", enables_simple_responses=True), "EnableSimpleResponses requires"),
        (asks(identity_sources=()), "Identity source must be set if authorizer caching is enabled"),
    ],
)
def test_http_apis_refuse(tx, api, authorizer, said):
    with pytest.raises(errors.BadRequest, match=said):
        authorizers.check(tx, api, authorizer)


def test_websockets_ask_functions_only(tx, talk):
    authorizers.check(tx, talk, asks(payload_format_version=""))
    for authorizer in (jwt(), asks()):
        with pytest.raises(
            errors.BadRequest,
            match=r"Only REQUEST .* WEBSOCKET protocol Apis\.$|on protocolType WEBSOCKET",
        ):
            authorizers.check(tx, talk, authorizer)


def test_a_name_is_of_one_authorizer(tx, api):
    parts.create(tx, SCOPE, api.api_id, authorizers.RULES, jwt(), NOW)
    with pytest.raises(errors.Conflict, match="Authorizer j already exists in this API"):
        parts.create(tx, SCOPE, api.api_id, authorizers.RULES, jwt(), NOW)


def test_one_that_a_route_asks_stays(tx, api):
    parts.create(tx, SCOPE, api.api_id, authorizers.RULES, jwt(), NOW)
    put_route(tx, api, authorization_type="JWT", authorizer_id="jwt001")
    with pytest.raises(errors.Conflict, match="Cannot delete authorizer 'j', is referenced in route: GET /"):
        parts.delete(tx, SCOPE, api.api_id, authorizers.RULES, "jwt001", NOW)
