"""Lambda authorizers: what their answers mean, and how long they are kept."""

import json

import pytest

from lambent.lang.iam_policy import Decision
from lambent.services.apigateway.engine.rest import authorizing
from lambent.services.apigateway.engine.rest.authorizing import AuthorizerPlan, BadAnswer


def answer(resource="arn:a/*", effect="Allow", **fields):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps({"principalId": "me", "policyDocument": document, **fields}).encode()


@pytest.mark.parametrize(
    ("resource", "effect", "decision"),
    [
        ("arn:a/*", "Allow", Decision.ALLOWED),
        ("arn:a/*", "Deny", Decision.EXPLICIT_DENY),
        ("arn:b/*", "Allow", Decision.IMPLICIT_DENY),
    ],
)
def test_a_policy_decides(resource, effect, decision):
    assert authorizing.decision(authorizing.read_answer(answer(resource, effect)).policy, "arn:a/GET/x", {}) is decision


def test_what_it_tells_is_text():
    read = authorizing.read_answer(answer(context={"a": 1, "b": True, "c": "x", "d": None}, usageIdentifierKey="k"))
    assert read.context == {"principalId": "me", "a": "1", "b": "true", "c": "x"}
    assert read.usage_key == "k"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b'{"principalId": "x"}',
        b'{"policyDocument": {}}',
        answer(context={"a": {}}),
        answer(policyDocument={"Statement": 1}),
        answer(context={"a": "x" * 8_192}),
    ],
)
def test_what_is_no_answer_is_refused(payload):
    with pytest.raises(BadAnswer):
        authorizing.read_answer(payload)


def test_answers_are_kept_for_their_time():
    plan = AuthorizerPlan(
        {"id": "a", "type": "TOKEN", "authorizerResultTtlInSeconds": 300, "identityValidationExpression": "[a-z]+"}
    )
    read = authorizing.read_answer(answer())
    plan.keep(("token",), read, 1_000.0)
    assert plan.kept(("token",), 1_299.0) is read
    assert plan.kept(("token",), 1_300.0) is None
    assert (plan.is_valid("abc"), plan.is_valid("ABC")) == (True, False)
    forgetful = AuthorizerPlan({"id": "a", "type": "TOKEN", "authorizerResultTtlInSeconds": 0})
    forgetful.keep(("token",), read, 1_000.0)
    assert forgetful.kept(("token",), 1_000.0) is None
