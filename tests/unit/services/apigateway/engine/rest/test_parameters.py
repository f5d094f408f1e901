"""Parameter mappings, to integrations and back."""

import json

import pytest

from lambent.services.apigateway.engine.rest import parameters
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.wire.http import Response


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("method.request.header.x-a", "h"),
        ("method.request.multivalueheader.X-A", "g,h"),
        ("method.request.querystring.q", "2"),
        ("method.request.path.id", "1"),
        ("method.request.body", '{"a": {"b": 5}}'),
        ("method.request.body.a.b", "5"),
        ("method.request.body.a", '{"b":5}'),
        ("stageVariables.v", "value"),
        ("context.stage", "prod"),
        ("'static'", "static"),
        ("method.request.header.none", None),
        ("context.identity", None),
        ("something", None),
    ],
)
def test_a_request_is_mapped(exchange, source, value):
    asked = exchange("POST", "/items/1?q=1&q=2", {"X-A": "h"})
    asked.headers["X-A"] = ["g", "h"]
    mapped = parameters.map_request({"integration.request.header.H": source}, asked, Body('{"a": {"b": 5}}'))
    assert mapped.headers == ({} if value is None else {"H": value})


def test_queries_and_paths_are_mapped_and_overridden(exchange):
    asked = exchange("GET", "/items/1?q=1&q=2")
    mapped = parameters.map_request(
        {
            "integration.request.querystring.all": "method.request.multivaluequerystring.q",
            "integration.request.querystring.last": "method.request.querystring.q",
            "integration.request.path.p": "method.request.path.id",
        },
        asked,
        Body(""),
    )
    asked.override_request["querystring"]["last"] = 3
    asked.override_request["path"]["p"] = "x"
    parameters.override(mapped, asked)
    assert (mapped.query_text(), mapped.path) == ("all=1&all=2&last=3", {"p": "x"})


def test_a_response_is_mapped(exchange):
    asked, answer = exchange(), Response(200, [("X-A", "1"), ("x-a", "2")])
    prefix = "method.response.header."
    mappings = {
        f"{prefix}One": "integration.response.header.X-A",
        f"{prefix}All": "integration.response.multivalueheader.X-A",
        f"{prefix}Body": "integration.response.body.a",
        f"{prefix}Static": "'*'",
        f"{prefix}None": "integration.response.header.None",
    }
    headers = parameters.map_response(mappings, asked, answer, Body('{"a": true}'))
    assert headers == [("One", "2"), ("All", "1,2"), ("Body", "true"), ("Static", "*")]
    asked.override_response["header"]["one"] = 5
    assert parameters.override_headers(headers[:1], asked) == [("one", "5")]


@pytest.mark.parametrize("value", ["a%0d%0aSet-Cookie:%20s=1", "a%0ab", "a%0db", "a%00b"])
def test_no_value_begins_another_header(exchange, value):
    asked = exchange("GET", f"/items/1?q={value}")
    source = "method.request.querystring.q"
    body = Body(json.dumps({"a": asked.parameter("querystring", "q")}))
    answer = Response(200, [], b"")
    asked.override_response["header"]["x"] = asked.parameter("querystring", "q")

    assert parameters.map_gateway_response({"gatewayresponse.header.A": source}, asked) == []
    assert parameters.map_response({"method.response.header.A": "integration.response.body.a"}, asked, answer, body) == []
    assert parameters.override_headers([], asked) == []


def test_gateway_responses_have_headers_of_the_request(exchange):
    mappings = {"gatewayresponse.header.A": "method.request.header.X-A", "gatewayresponse.header.B": "'b'", "other": "'c'"}
    assert parameters.map_gateway_response(mappings, exchange("GET", "/items/1", {"X-A": "h"})) == [("A", "h"), ("B", "b")]
