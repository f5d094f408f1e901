"""Answers of authorizers' functions are read as AWS reads them."""

import json

import pytest

from lambent.services.apigateway.engine.http import authorizers
from lambent.services.apigateway.engine.http.authorizers import BadAnswer, Identification
from lambent.services.apigateway.engine.records import Authorizer

ARN = "arn:aws:execute-api:us-east-1:123456789012:api-id/prod/GET/items/1"


def policy(*statements):
    made = [{"Action": action, "Effect": effect, "Resource": resource} for effect, action, resource in statements]
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": made}, "context": {"k": 1}}


def read(returned, *, is_simple=False):
    return authorizers.read_answer(json.dumps(returned).encode(), is_simple=is_simple)


@pytest.mark.parametrize(
    ("sources", "identity"),
    [
        ((), ()),
        (("$request.header.Authorization",), ("t",)),
        (("$request.header.authorization", "$request.querystring.q", "$context.routeKey", "$stageVariables.v"),
         ("t", "1", "GET /items/{id}", "value")),
        (("$request.header.authorization", "$request.header.other"), None),
        (("$stageVariables.empty",), None),
    ],
)  # fmt: skip
def test_a_visitor_is_known_by_all_identity_sources(exchange, sources, identity):
    asked = exchange(path="/prod/items/1?q=1", headers={"Authorization": "t"})

    assert Identification(Authorizer("a", "a", "REQUEST", identity_sources=sources)).of(asked) == identity


@pytest.mark.parametrize("is_authorized", [True, False])
def test_a_simple_answer_decides_for_every_route(is_authorized):
    answer = read({"isAuthorized": is_authorized, "context": {"k": [1]}}, is_simple=True)

    assert authorizers.allows(answer, ARN, {}) is is_authorized
    assert answer.authorized.context == {"k": [1]}


@pytest.mark.parametrize(
    ("statements", "is_allowed"),
    [
        ([("Allow", "execute-api:Invoke", ARN)], True),
        ([("Allow", "*", "*")], True),
        ([("Allow", ["execute-api:Invoke"], [ARN.replace("/items/1", "/*")])], True),
        ([("Allow", "execute-api:Invoke", ARN + "/x")], False),
        ([("Allow", "*", "*"), ("Deny", "execute-api:Invoke", ARN)], False),
        ([], False),
    ],
)
def test_a_policy_decides_route_by_route(statements, is_allowed):
    answer = read(policy(*statements))

    assert authorizers.allows(answer, ARN, {}) is is_allowed
    assert (answer.authorized.principal_id, answer.authorized.context) == ("ann", {"k": 1})


@pytest.mark.parametrize(
    ("returned", "is_simple"),
    [
        (None, True),
        ("x", True),
        ({}, True),
        ({"isAuthorized": 1}, True),
        ({"isAuthorized": True, "context": "x"}, True),
        ({"isAuthorized": True}, False),
        ({"policyDocument": {"Statement": []}}, False),
        ({"principalId": "ann"}, False),
        ({"principalId": "ann", "policyDocument": {"Statement": [{"Effect": "Maybe"}]}}, False),
    ],
)
def test_anything_else_is_no_answer(returned, is_simple):
    with pytest.raises(BadAnswer):
        read(returned, is_simple=is_simple)


def test_what_is_no_json_is_no_answer():
    with pytest.raises(BadAnswer):
        authorizers.read_answer(b"nonsense", is_simple=True)


def test_an_answer_has_8_kilobytes_at_most():
    payload = json.dumps({"isAuthorized": True}).encode()
    longest = payload + b" " * (authorizers.ANSWER_BYTES_MAX - len(payload))
    assert authorizers.read_answer(longest, is_simple=True).is_authorized
    with pytest.raises(BadAnswer):
        authorizers.read_answer(longest + b" ", is_simple=True)
