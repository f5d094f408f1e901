"""What ``$context`` names of a request."""

import pytest

from lambent.services.apigateway.engine.http.exchange import SELECTED_BODY_BYTES_MAX, Authorized, document_of

CLAIMS = Authorized(claims={"sub": "ann", "cognito:groups": "[a b]"})
FUNCTION = Authorized(context={"key": "value", "n": 1, "flag": True, "list": ["a"]}, principal_id="ann")
IAM = Authorized(iam={"accountId": "1", "callerId": "AIDA", "userId": "AIDA", "userArn": "arn", "accessKey": "AKIA"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accountId", "123456789012"),
        ("apiId", "api-id"),
        ("domainName", "api-id.execute-api.localhost:4566"),
        ("domainPrefix", "api-id"),
        ("httpMethod", "GET"),
        ("identity.sourceIp", "192.0.2.7"),
        ("identity.userAgent", "me"),
        ("path", "/prod/items/1"),
        ("protocol", "HTTP/1.1"),
        ("requestId", "JKJaXmPLvHcESHA="),
        ("extendedRequestId", "JKJaXmPLvHcESHA="),
        ("requestTime", "04/Mar/2020:19:03:58 +0000"),
        ("requestTimeEpoch", "1583348638"),
        ("routeKey", "GET /items/{id}"),
        ("stage", "prod"),
    ],
)
def test_variables_of_the_request_are_known_from_the_beginning(exchange, name, value):
    assert exchange(headers={"User-Agent": "me"}).variable(name) == value


@pytest.mark.parametrize(
    "name", ["status", "error.message", "authorizer.sub", "identity.user", "nonsense", "", "integration.status"]
)
def test_what_is_not_known_has_no_value(exchange, name):
    assert exchange().variable(name) is None


@pytest.mark.parametrize(
    ("authorized", "name", "value"),
    [
        (CLAIMS, "authorizer.claims.sub", "ann"),
        (CLAIMS, "authorizer.claims.cognito:groups", "[a b]"),
        (CLAIMS, "authorizer.claims", None),
        (FUNCTION, "authorizer.key", "value"),
        (FUNCTION, "authorizer.n", "1"),
        (FUNCTION, "authorizer.flag", "true"),
        (FUNCTION, "authorizer.list", '["a"]'),
        (FUNCTION, "authorizer.principalId", "ann"),
        (IAM, "identity.accountId", "1"),
        (IAM, "identity.caller", "AIDA"),
        (IAM, "identity.userArn", "arn"),
    ],
)
def test_what_the_authorizer_found_is_told(exchange, authorized, name, value):
    assert exchange(authorized=authorized).variable(name) == value


def test_what_became_of_the_request_is_told_afterwards(exchange):
    done = exchange(
        body=b"abc",
        status=500,
        error_message="Internal Server Error",
        integration_error="why",
        integration_latency_ms=1.6,
        response_latency_ms=2.4,
        response_length=10,
        function_request_id="id",
        integration_status=200,
    )

    assert done.variable("error.messageString") == '"Internal Server Error"'
    assert done.variable("integrationErrorMessage") == done.variable("integration.error") == "why"
    assert (done.variable("integration.latency"), done.variable("responseLatency")) == ("2", "2")
    assert (done.variable("dataProcessed"), done.variable("awsEndpointRequestId")) == ("13", "id")


def test_of_a_long_body_expressions_see_only_the_beginning(exchange):
    assert exchange(body=b'{"a":"%b"}' % (b"x" * SELECTED_BODY_BYTES_MAX)).body_document() is None
    assert exchange(body=b'{"a":1}').body_document() == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b"[" * 50_000 + b"]" * 50_000])
def test_a_body_that_cannot_be_read_as_json_is_no_document(body):
    assert document_of(body) is None
