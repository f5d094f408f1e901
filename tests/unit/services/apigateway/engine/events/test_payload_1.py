"""Events of format 1.0 have the shape of AWS' own."""

import json

import pytest

from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.events.payload_1 import Facts
from lambent.wire.http import Request

ADDED = {"x-forwarded-for": "192.168.0.1"}


def request(**changes):
    lines = [(b"Header1", b"value1"), (b"Origin", b"https://aws.amazon.com"), (b"Header2", b"value1"), (b"header2", b"value2")]
    values = {
        "method": "GET",
        "path": "/my/path",
        "query": "parameter1=value1&parameter1=value%202&parameter2=value",
        "headers": {"header1": "value1", "origin": "https://aws.amazon.com", "header2": "value1,value2"},
        "header_lines": lines,
    }
    return Request(**(values | changes))


def facts(**changes):
    values = {
        "account": "123456789012",
        "api_id": "id",
        "stage": "$default",
        "resource": "/my/path",
        "resource_id": "GET /my/path",
        "path": "/my/path",
        "context_path": "/my/path",
        "domain_name": "id.execute-api.us-east-1.amazonaws.com",
        "domain_prefix": "id",
        "request_id": "id=",
        "extended_request_id": "request-id",
        "at": 1_583_349_317.135,
        "identity": payload_1.identity("192.168.0.1/32", "user-agent"),
        "authorizer": {"claims": None, "scopes": None},
    }
    return Facts(**(values | changes))


def document(request_=None, facts_=None, *, added=None, body=("Hello from Lambda!", False)):
    asked = request_ or request()
    return payload_1.document(asked, facts_ or facts(), headers=payload_1.multi_value_headers(asked, added or {}), body=body)


def test_an_event_has_the_shape_of_the_documented_one(vectors):
    expected = json.loads((vectors / "events" / "apiGatewayProxyEvent.json").read_text())
    del expected["requestContext"]["identity"]["clientCert"]  # of mutual TLS
    expected["requestContext"]["resourceId"] = "GET /my/path"
    # The documented example tells the first value of a parameter and drops one; AWS tells the last.
    expected["queryStringParameters"]["parameter1"] = "value 2"
    expected["multiValueQueryStringParameters"]["parameter1"] = ["value1", "value 2"]

    assert document() == expected


def test_what_is_not_there_is_null():
    event = document(request(query="", headers={}, header_lines=[]), body=(None, False))

    absent = ("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters")
    assert {name: event[name] for name in (*absent, "stageVariables", "body")} == dict.fromkeys(
        (*absent, "stageVariables", "body")
    )


def test_headers_that_the_front_door_adds_replace_the_visitors_and_have_aws_spelling():
    lines = [(b"x-forwarded-for", b"forged"), (b"user-agent", b"me"), (b"connection", b"close")]

    event = document(request(header_lines=lines), added=ADDED)

    assert event["multiValueHeaders"] == {"User-Agent": ["me"], "X-Forwarded-For": ["192.168.0.1"]}


def test_a_front_door_may_keep_headers_to_itself():
    lines = [(b"Server", b"s"), (b"X-A", b"1")]
    assert payload_1.multi_value_headers(request(header_lines=lines), {}, left_out=frozenset(["server"])) == {"X-A": ["1"]}


@pytest.mark.parametrize("deployment_id", [None, "dep"])
def test_events_of_rest_apis_have_no_version_and_tell_their_deployment(deployment_id):
    event = document(facts_=facts(version=None, deployment_id=deployment_id, authorizer=None))

    assert "version" not in event
    assert event["requestContext"].get("deploymentId") == deployment_id
    assert "authorizer" not in event["requestContext"]
    assert set(event["requestContext"]["identity"]) == set(payload_1.IDENTITY_KEYS)
