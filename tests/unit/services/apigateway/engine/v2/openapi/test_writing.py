"""What is written is read again as it was."""

import json

import pytest
from msgspec import structs
from tests.unit.services.apigateway.conftest import FUNCTION_URI, NOW, SCOPE, integration

from lambent.services.apigateway.engine.records import Api, Authorizer, Cors, Route, Snapshot
from lambent.services.apigateway.engine.v2.openapi import parse, written

JWT = Authorizer("jwt001", "j", "JWT", identity_sources=("$request.header.A",), issuer="https://i", audience=("a", "b"))
ASKS = Authorizer(
    "req001",
    "r",
    "REQUEST",
    authorizer_uri=FUNCTION_URI,
    identity_sources=("$request.header.A", "$context.x"),
    payload_format_version="2.0",
    enables_simple_responses=True,
    result_ttl_s=7,
)
INTEGRATION = integration(
    integration_method="POST",
    request_parameters={"append:header.a": "1"},
    response_parameters={"200": {"overwrite:statuscode": "203"}},
    tls_server_name="example.com",
    timeout_ms=1_000,
)
SNAPSHOT = Snapshot(
    routes=(
        Route("r1", "$default", target="integrations/int0001"),
        Route("r2", "ANY /{proxy+}", authorization_type="AWS_IAM"),
        Route("r3", "GET /a/{id}", authorization_type="JWT", authorizer_id="jwt001", authorization_scopes=("s",)),
        Route("r4", "PUT /a", operation_name="put", authorization_type="CUSTOM", authorizer_id="req001"),
    ),
    integrations=(INTEGRATION,),
    authorizers=(JWT, ASKS),
)
API = Api(SCOPE, "a" * 10, "shop", "HTTP", NOW, description="d", version="v", cors=Cors(allow_origins=("*",), max_age_s=0))


@pytest.fixture
def document():
    return written(API, SNAPSHOT, {"k": "v"}, "http://shop", has_extensions=True)


def test_what_is_written_is_read_as_it_was(document):
    read = parse(json.dumps(document), "")
    assert read.tags == {"k": "v"}
    assert structs.replace(API, **read.api) == API
    (made,) = read.integrations
    assert structs.replace(made, integration_id="int0001") == INTEGRATION
    by_name = {authorizer.name: authorizer for authorizer in read.authorizers}
    assert structs.replace(by_name["j"], authorizer_id="jwt001") == JWT
    assert structs.replace(by_name["r"], authorizer_id="req001") == ASKS
    told = {(route.route_key, route.authorization_type, route.authorization_scopes) for route in read.routes}
    assert told == {(route.route_key, route.authorization_type, route.authorization_scopes) for route in SNAPSHOT.routes}


def test_openapi_is_told_of_parameters_and_servers(document):
    assert document["servers"] == [{"url": "http://shop"}]
    assert document["paths"]["/a/{id}"]["get"]["parameters"][0]["name"] == "id"
    assert document["paths"]["/$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"]


def test_without_extensions_only_openapi_is_written():
    plain = written(structs.replace(API, version=""), SNAPSHOT, {"k": "v"}, "http://shop", has_extensions=False)
    text = json.dumps(plain)
    assert "x-amazon-apigateway-integration" not in text
    assert "x-amazon-apigateway-cors" not in text
    assert plain["info"]["version"] == "2026-01-01T00:00:00Z"
