"""An integration's request: its body, its parameters, its address."""

import pytest
from tests.unit.services.apigateway.engine.rest.conftest import integration_of, method_of

from lambent.services.apigateway.engine.rest import requests
from lambent.services.apigateway.engine.rest.refusals import Refusal


def out_of(exchange, integration, **asked):
    given = {"headers": {"content-type": "text/plain"}, "body": b"b", **asked}
    made = exchange("POST", "/items/1?q=1", given["headers"], given["body"], method=method_of(methodIntegration=integration))
    return requests.outgoing(made, made.method.integration), made


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, b"b"),
        ({"requestTemplates": {"text/plain": "<$input.body>"}}, b"<b>"),
        ({"requestTemplates": {"text/plain": ""}}, b"b"),
        ({"requestTemplates": {"application/json": "{}"}}, b"b"),
        ({"passthroughBehavior": "WHEN_NO_TEMPLATES"}, b"b"),
        ({"requestTemplates": {"application/json": "{}"}, "passthroughBehavior": "WHEN_NO_TEMPLATES"}, None),
        ({"passthroughBehavior": "NEVER"}, None),
    ],
)
def test_a_body_passes_or_goes_through_a_template(exchange, fields, body):
    integration = integration_of("HTTP", uri="http://x", **fields)
    if body is not None:
        assert out_of(exchange, integration)[0].body == body
        return
    with pytest.raises(Refusal) as refused:
        out_of(exchange, integration)
    assert (refused.value.kind, refused.value.message) == ("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")


def test_a_proxys_body_goes_through_no_template(exchange):
    integration = integration_of("HTTP_PROXY", uri="http://x", requestTemplates={"text/plain": "t"})
    assert out_of(exchange, integration)[0].body == b"b"


def test_an_address_is_filled_in(exchange):
    integration = integration_of(
        "HTTP_PROXY",
        uri="http://${stageVariables.v}.x/{id}/{all+}?a=1",
        requestParameters={
            "integration.request.path.id": "'a b'",
            "integration.request.path.all": "'c/d'",
            "integration.request.querystring.p": "'2'",
        },
    )
    out, made = out_of(exchange, integration)
    assert out.uri == "http://value.x/a%20b/c/d?a=1"
    assert requests.url_of(out, made, is_proxy=True) == f"{out.uri}&q=1&p=2"
    assert requests.url_of(out, made, is_proxy=False) == f"{out.uri}&p=2"


def test_a_service_is_asked_as_its_wire_has_it(exchange):
    integration = integration_of(
        "AWS",
        uri="arn:aws:apigateway:us-east-1:sqs:path/1/q",
        requestParameters={
            "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
            "integration.request.querystring.Version": "'1'",
        },
    )
    request = requests.service_request(out_of(exchange, integration)[0], "POST", "/1/q?Action=X", "sqs.us-east-1.amazonaws.com")
    assert (request.path, request.query) == ("/1/q", "Action=X&Version=1")
    assert request.headers == {"content-type": "application/x-www-form-urlencoded", "host": "sqs.us-east-1.amazonaws.com"}
