"""What is checked of a request before an integration is asked."""

import json

import pytest
from tests.unit.services.apigateway.conftest import ACCOUNT
from tests.unit.services.apigateway.engine.rest.conftest import ARN_PREFIX, integration_of, method_of

from lambent.lang.iam_policy import context_of
from lambent.services.apigateway.engine.rest import visits
from lambent.services.apigateway.engine.rest.refusals import Refusal

KEYS = context_of({"aws:SourceIp": "192.0.2.7"})
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/GET/items/*"}
DENY = {**ALLOW, "Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_method_is_named_as_it_is_called_and_as_it_was_declared(exchange):
    asked = exchange("GET", "/items/1", method=method_of(methodIntegration=integration_of()))
    assert visits.arn_of(asked) == f"{ARN_PREFIX}/prod/GET/items/1"
    assert visits.source_arn(asked, asked.method) == f"{ARN_PREFIX}/prod/GET/items/{{id}}"


@pytest.mark.parametrize("path", ["/items/1/", "/items/1//"])
def test_a_slash_at_the_end_names_no_other_method(exchange, path):
    assert visits.arn_of(exchange("GET", path)) == f"{ARN_PREFIX}/prod/GET/items/1"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", None),
        (policy(ALLOW), None),
        (policy({**ALLOW, "Resource": "execute-api:/prod/POST/*"}), ""),
        (policy(ALLOW, DENY), " with an explicit deny in a resource-based policy"),
        ("no policy", ""),
    ],
)
def test_a_policy_lets_in_or_not(exchange, document, why):
    asked = exchange(policy=document)
    if why is None:
        visits.check_policy(asked, asked.method, KEYS)
        return
    with pytest.raises(Refusal) as refused:
        visits.check_policy(asked, asked.method, KEYS)
    masked = f"{ARN_PREFIX}/prod/GET/items/1".replace(ACCOUNT, "********3333")
    reason = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {masked}{why}"
    assert (refused.value.kind, refused.value.message) == ("ACCESS_DENIED", reason)


def test_required_parameters_must_be_there(exchange):
    method = method_of(
        requestValidatorId="v",
        requestParameters={
            "method.request.querystring.q": True,
            "method.request.header.H": True,
            "method.request.path.id": True,
            "method.request.querystring.optional": False,
        },
    )
    validator = [{"id": "v", "validateRequestParameters": True}]
    asked = exchange("GET", "/items/1?q=", method=method, validator=validator)
    with pytest.raises(Refusal, match=r"Missing required request parameters: \[q, H\]"):
        visits.check_parameters(asked, asked.method)
    asked = exchange("GET", "/items/1?q=1", {"h": "x"}, method=method, validator=validator)
    visits.check_parameters(asked, asked.method)
    asked = exchange("GET", "/items/1", method=method)  # nobody validates
    visits.check_parameters(asked, asked.method)


def test_a_body_is_what_its_model_says(exchange):
    given = {
        "method": method_of(requestValidatorId="v", requestModels={"application/json": "N"}),
        "validator": [{"id": "v", "validateRequestBody": True}],
        "model": [{"name": "N", "schema": '{"type": "number"}'}],
    }
    asked = exchange("POST", "/items/1", {}, b'"x"', **given)
    with pytest.raises(Refusal, match="Invalid request body") as refused:
        visits.check_body(asked, asked.method)
    assert refused.value.validation_errors == "['x' is not of type 'number']"
    for headers, body in (({}, b"1"), ({"content-type": "text/plain"}, b"x")):
        asked = exchange("POST", "/items/1", headers, body, **given)
        visits.check_body(asked, asked.method)
    asked = exchange("POST", "/items/1", {}, b"1", **(given | {"model": []}))
    with pytest.raises(Refusal) as refused:
        visits.check_body(asked, asked.method)
    assert refused.value.kind == "API_CONFIGURATION_ERROR"
