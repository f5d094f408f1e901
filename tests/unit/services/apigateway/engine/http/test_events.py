"""Functions are told of requests in AWS' shapes: the documented events, with their values put in."""

import json

import pytest

from lambent.services.apigateway.engine.http import events
from lambent.services.apigateway.engine.http.exchange import Authorized
from lambent.services.apigateway.engine.http.mapping import Outgoing

JWT = Authorized(claims={"claim1": "value1", "claim2": "value2"}, scopes=("scope1", "scope2"))
QUERY = "parameter1=value1&parameter1=value2&parameter2=value"


@pytest.fixture
def asked(exchange):
    return exchange(
        "POST",
        f"/my/path?{QUERY}",
        {"Cookie": "cookie1; cookie2", "Header1": "value1", "Header2": "value1,value2", "Content-Type": "text/plain"},
        b"hello",
        authorized=JWT,
        route_key="$default",
        path_parameters={"parameter1": "value1"},
    )


def vector(vectors, name):
    return json.loads((vectors / "events" / f"{name}.json").read_text())


def shape(value):
    """The members of an event, without their values."""
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else type(value).__name__


def told(exchange, payload_format="2.0"):
    return json.loads(events.event(exchange, Outgoing(exchange.request), payload_format))


def test_an_event_of_format_2_has_the_documented_shape(asked, vectors):
    expected = vector(vectors, "apiGatewayProxyV2Event")
    del expected["requestContext"]["authentication"]  # of mutual TLS
    event = told(asked)

    for free in ("headers", "stageVariables"):
        expected[free], shown = {}, event.pop(free)
        event[free] = {}
        assert shown
    assert shape(event) == shape(expected)
    assert event["queryStringParameters"] == expected["queryStringParameters"]
    assert event["cookies"] == expected["cookies"]
    assert event["requestContext"]["authorizer"] == expected["requestContext"]["authorizer"]


def test_the_authorizer_of_a_function_and_that_of_iam_have_the_documented_shape(asked, vectors):
    expected = vector(vectors, "apiGatewayProxyV2IamEvent")["requestContext"]["authorizer"]
    asked.authorized = Authorized(iam=expected["iam"])
    assert told(asked)["requestContext"]["authorizer"] == expected

    expected = vector(vectors, "apiGatewayProxyV2LambdaAuthorizerEvent")["requestContext"]["authorizer"]
    asked.authorized = Authorized(context=expected["lambda"])
    assert told(asked)["requestContext"]["authorizer"] == {"lambda": expected["lambda"]}


def test_headers_tell_who_came_by_which_way(asked):
    headers = told(asked)["headers"]

    assert {name: headers[name] for name in headers if name.startswith("x-")} == {
        "x-amzn-trace-id": "Root=1-5e6722a7-cc56b0d946db7ae02d4da47e",
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-port": "4566",
        "x-forwarded-proto": "http",
    }
    assert headers["content-length"] == "5"
    assert "cookie" not in headers


def test_an_event_of_format_1_has_the_documented_shape(asked, vectors):
    expected = vector(vectors, "apiGatewayProxyEvent")
    del expected["requestContext"]["identity"]["clientCert"]
    expected["requestContext"]["identity"]["cognitoAmr"] = None
    event = told(asked, "1.0")

    assert set(event) == set(expected)
    assert set(event["requestContext"]) == set(expected["requestContext"])
    assert set(event["requestContext"]["identity"]) == set(expected["requestContext"]["identity"])
    assert event["requestContext"]["authorizer"] == {"claims": JWT.claims, "scopes": ["scope1", "scope2"]}


@pytest.mark.parametrize(
    ("authorized", "authorizer"),
    [
        (Authorized(), None),
        (Authorized(context={"k": "v"}, principal_id="ann"), {"principalId": "ann", "k": "v"}),
    ],
)
def test_format_1_mixes_a_functions_context_into_the_authorizer(asked, authorized, authorizer):
    asked.authorized = authorized

    assert told(asked, "1.0")["requestContext"].get("authorizer") == authorizer


def test_format_1_tells_a_signatures_owner_as_the_identity(asked):
    asked.authorized = Authorized(
        iam={"accessKey": "AKIA", "accountId": "1", "callerId": "AIDA", "userId": "AIDA", "userArn": "arn"}
    )

    identity = told(asked, "1.0")["requestContext"]["identity"]

    assert (identity["accessKey"], identity["caller"], identity["user"], identity["userArn"]) == ("AKIA", "AIDA", "AIDA", "arn")


@pytest.mark.parametrize(
    ("payload_format", "name"), [("2.0", "apiGatewayAuthorizerV2Event"), ("1.0", "apiGatewayAuthorizerRequestEvent")]
)
def test_an_authorizers_event_has_the_documented_members(asked, vectors, payload_format, name):
    expected = vector(vectors, name)
    asked.authorized = Authorized()

    event = json.loads(events.authorizer_event(asked, payload_format, "arn:route", ("user1", "123")))

    # The documented event of format 1.0 leaves the second spelling of the query out.
    assert set(event) - {"multiValueQueryStringParameters"} == set(expected)
    assert event["identitySource"] == expected["identitySource"]
    assert event.get("routeArn", event.get("methodArn")) == "arn:route"


def test_a_mapped_path_is_the_raw_path(asked):
    event = json.loads(events.event(asked, Outgoing(asked.request, "/other"), "2.0"))

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/other", "/my/path")
