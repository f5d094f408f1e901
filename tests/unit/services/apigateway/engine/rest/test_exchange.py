"""What is known of a request on its way."""

import base64

import pytest
from tests.unit.services.apigateway.conftest import ACCOUNT

PNG = b"\x89PNG"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requestId", "6b07bf02-2378-5601-334c-75b589c734a5"),
        ("extendedRequestId", "JKJaXmPLvHcESHA="),
        ("identity.sourceIp", "192.0.2.7"),
        ("requestTime", "01/Jan/2026:00:00:00 +0000"),
        ("resourcePath", "/items/{id}"),
        ("path", "/prod/items/1"),
        ("accountId", ACCOUNT),
        ("status", "200"),
        ("responseLatency", "2"),
        ("isCanaryRequest", "false"),
        ("identity", None),
        ("nothing.at.all", None),
        ("integration.status", None),
    ],
)
def test_a_variable_is_told_to_logs(exchange, name, value):
    asked = exchange()
    asked.status, asked.response_latency_ms = 200, 1.6
    assert asked.variable(name) == value


def test_parameters_are_told_by_place(exchange):
    asked = exchange("GET", "/items/1?a=1&a=2", {"X-A": "h"})
    places = [
        ("path", "id"),
        ("querystring", "a"),
        ("multivaluequerystring", "a"),
        ("header", "x-a"),
        ("multivalueheader", "x-a"),
    ]
    assert [asked.parameter(*place) for place in places] == ["1", "2", "1,2", "h", "h"]
    assert [asked.parameter(place, "none") for place, _ in places] == [None] * 5
    assert asked.parameter("body", "x") is None


def test_bytes_are_base64_to_templates(exchange):
    assert (
        exchange(headers={"content-type": "image/png"}, body=PNG, binary=("image/png",)).body_text
        == base64.b64encode(PNG).decode()
    )
    assert exchange(body=b"text").body_text == "text"
    assert exchange(headers={"Content-Type": "Text/Plain; charset=x"}).content_type == "text/plain"
    assert exchange().content_type == "application/json"


def test_a_function_is_told_no_version(exchange):
    facts = exchange().event_facts()
    assert (facts.version, facts.deployment_id, facts.resource_id) == (None, "dep001", "res001")
