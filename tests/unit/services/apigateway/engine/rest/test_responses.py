"""Responses on their way back, and what the gateway answers by itself."""

import pytest
from tests.unit.services.apigateway.engine.rest.conftest import integration_of, method_of

from lambent.services.apigateway.engine.rest import refusals, responses
from lambent.services.apigateway.engine.rest.refusals import Refusal
from lambent.wire.http import Response

RESPONSES = {
    "200": {"statusCode": "200", "responseTemplates": {"application/json": '{"was": $input.json("$.a")}'}},
    "400": {"statusCode": "400", "selectionPattern": "4\\d\\d|Bad.*"},
}


def plans_of(exchange, given=RESPONSES, **fields):
    method = method_of(methodIntegration=integration_of(integrationResponses=given))
    asked = exchange("GET", "/items/1", method=method, **fields)
    return asked, asked.method, asked.method.integration.responses


@pytest.mark.parametrize(("text", "status"), [("404", 400), ("Bad: x\ny", 400), ("500", 200), ("", 200)])
def test_a_response_is_chosen_by_its_pattern(exchange, text, status):
    assert responses.chosen(plans_of(exchange)[2], text).status == status


def test_without_a_default_there_may_be_no_response(exchange):
    with pytest.raises(Refusal) as refused:
        responses.chosen(plans_of(exchange, {"400": RESPONSES["400"]})[2], "500")
    assert (refused.value.status, refused.value.message) == (500, "Internal server error")


def test_an_answer_goes_through_its_template(exchange):
    asked, method, plans = plans_of(exchange)
    answer = responses.mapped(asked, method, responses.chosen(plans, "200"), Response(200, [], b'{"a": [1]}'))
    assert (answer.status, answer.headers, answer.body) == (200, [("Content-Type", "application/json")], b'{"was": [1]}')
    passed = responses.mapped(asked, method, responses.chosen(plans, "404"), Response(404, [("content-type", "text/x")], b"t"))
    assert (passed.status, passed.headers, passed.body) == (400, [("Content-Type", "text/x")], b"t")


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Date"])
def test_how_an_answer_is_sent_is_no_methods_to_say(exchange, name):
    template = f'#set($context.responseOverride.header.Connection = "close"){{}}{name}'
    mapping = {f"method.response.header.{name}": f"integration.response.header.{name}"}
    given = {"statusCode": "200", "responseTemplates": {"a/b": template}, "responseParameters": mapping}
    asked, method, plans = plans_of(exchange, {"200": given})

    answer = responses.mapped(asked, method, plans[0], Response(200, [(name, "1")], b"x"))

    connection = ("x-amzn-Remapped-Connection", "close")
    told = [] if name == "transfer-encoding" else [(f"x-amzn-Remapped-{name}", "1")]
    assert answer.headers == [("Content-Type", "a/b"), *told, connection]


def test_a_template_may_change_the_status_and_the_bytes(exchange):
    template = "#set($context.responseOverride.status = 418)aGk="
    given = {"statusCode": "200", "responseTemplates": {"a/b": template}, "contentHandling": "CONVERT_TO_BINARY"}
    asked, method, plans = plans_of(exchange, {"200": given})
    answer = responses.mapped(asked, method, plans[0], Response(200, [], b""))
    assert (answer.status, answer.headers, answer.body) == (418, [("Content-Type", "a/b")], b"hi")


def test_a_status_that_is_no_answer_is_refused(exchange):
    given = {"statusCode": "200", "responseTemplates": {"a/b": "#set($context.responseOverride.status = 102)"}}
    asked, method, plans = plans_of(exchange, {"200": given})
    with pytest.raises(refusals.Refusal):
        responses.mapped(asked, method, plans[0], Response(200, [], b""))


@pytest.mark.parametrize(
    ("refusal", "status", "error_type", "body"),
    [
        (refusals.missing_token(), 403, "MissingAuthenticationTokenException", '{"message":"Missing Authentication Token"}'),
        (refusals.unauthorized(), 401, "UnauthorizedException", '{"message":"Unauthorized"}'),
        (refusals.forbidden(), 403, "ForbiddenException", '{"message":"Forbidden"}'),
        (refusals.throttled(), 429, "TooManyRequestsException", '{"message":"Too Many Requests"}'),
        (refusals.Refusal("QUOTA_EXCEEDED", "Limit Exceeded"), 429, "LimitExceededException", '{"message":"Limit Exceeded"}'),
        (refusals.too_large(10), 413, "RequestEntityTooLargeException", '{"message":"HTTP content length exceeded 10 bytes."}'),
        (
            refusals.missing_parameters(["a", "b"]),
            400,
            "BadRequestException",
            '{"message":"Missing required request parameters: [a, b]"}',
        ),
        (refusals.bad_answer(""), 502, "InternalServerErrorException", '{"message": "Internal server error"}'),
        (refusals.failed(""), 500, "InternalServerErrorException", '{"message": "Internal server error"}'),
        (refusals.timed_out(), 504, "InternalServerErrorException", '{"message": "Endpoint request timed out"}'),
        (refusals.authorizer_failed(""), 500, "AuthorizerConfigurationException", '{"message":null}'),
    ],
)
def test_refusals_are_as_aws_writes_them(exchange, refusal, status, error_type, body):
    answer = responses.refused(exchange(), refusal)
    assert (answer.status, answer.header("x-amzn-errortype"), answer.body.decode()) == (status, error_type, body)


def test_a_gateway_response_is_the_apis_own(exchange):
    own = {
        "responseType": "BAD_REQUEST_BODY",
        "statusCode": "422",
        "responseParameters": {"gatewayresponse.header.A": "'a'"},
        "responseTemplates": {
            "application/json": '{"m":$context.error.messageString,"v":"${context.error.validationErrorString}",'
            '"s":"$stageVariables.v"}'
        },
    }
    answer = responses.refused(exchange(gateway_response=[own]), refusals.invalid_body(["x"]))
    assert (answer.status, answer.header("A")) == (422, "a")
    assert answer.body == b'{"m":"Invalid request body","v":"[x]","s":"value"}'


def test_a_back_end_says_nothing_in_the_gateways_name():
    headers = responses.remapped([("Server", "x"), ("WWW-Authenticate", "y"), ("X", "z")])
    assert headers == [("x-amzn-Remapped-Server", "x"), ("x-amzn-Remapped-WWW-Authenticate", "y"), ("X", "z")]
