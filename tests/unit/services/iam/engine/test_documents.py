"""Policy documents: what is kept, and in which words the others are refused."""

import json
from typing import Any

import pytest

from lambent.services.iam.engine import documents
from lambent.services.iam.errors import MalformedPolicyDocument

READ: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::things/*"}
TRUST: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SYNTAX = "Syntax errors in policy."


def policy(*statements: Any, **others: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)} | others)


def complaint(check: Any, document: str, **options: Any) -> str:
    with pytest.raises(MalformedPolicyDocument) as refused:
        check(document, **options)
    return refused.value.message


@pytest.mark.parametrize(
    "statement",
    [
        READ,
        {**READ, "Action": ["s3:*", "logs:Put*"], "Resource": "*", "Sid": "One"},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::*:role/${aws:username}"},
        {**READ, "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {**READ, "Action": "*"},
    ],
)
def test_a_good_policy_passes(statement: dict[str, Any]):
    documents.check_identity_policy(policy(statement), needs_new_version=True)
    documents.check_identity_policy(json.dumps({"Statement": statement}))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({**READ, "Effect": "allow"}, SYNTAX),
        ({**READ, "Efect": "Allow"}, SYNTAX),
        ({**READ, "Action": 5}, SYNTAX),
        ({**READ, "NotAction": "s3:*"}, SYNTAX),
        ({**READ, "Condition": "none"}, SYNTAX),
        ("text", SYNTAX),
        ({**READ, "Action": []}, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": "s3:*"}, "Policy statement must contain resources."),
        ({**READ, "Action": "GetObject"}, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ({**READ, "Action": "s3:Get:Object"}, "Actions/Condition can contain only one colon."),
        ({**READ, "Resource": "things"}, 'Resource things must be in ARN format or "*".'),
        ({**READ, "Principal": "*"}, "Policy document should not specify a principal."),
    ],
)
def test_a_bad_statement_is_refused(statement: Any, words: str):
    assert complaint(documents.check_identity_policy, policy(statement)) == words


@pytest.mark.parametrize("document", ["", "{", "[]", "{}", '{"Statement": []}', '{"Version": "2020-01-01", "Statement": {}}'])
def test_what_is_no_policy_is_refused(document: str):
    assert complaint(documents.check_identity_policy, document) == SYNTAX


def test_a_managed_policy_needs_the_newer_language():
    words = complaint(documents.check_identity_policy, json.dumps({"Statement": READ}), needs_new_version=True)
    assert words == "Policy document must be version 2012-10-17 or greater."


def test_statements_have_different_ids():
    words = complaint(documents.check_identity_policy, policy({**READ, "Sid": "A"}, {**READ, "Sid": "A"}))
    assert words == "Statement IDs (SID) in a single policy must be unique."


@pytest.mark.parametrize(
    "statement",
    [
        TRUST,
        {**TRUST, "Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/x"]}, "Action": ["sts:TagSession"]},
        {**TRUST, "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {**TRUST, "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity"},
    ],
)
def test_a_good_trust_policy_passes(statement: dict[str, Any]):
    documents.check_trust_policy(policy(statement))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({**TRUST, "Resource": "*"}, "Has prohibited field Resource"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "Missing required field Principal"),
        ({**TRUST, "Action": "s3:GetObject"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({**TRUST, "Principal": {"Service": "lambda"}}, 'Invalid principal in policy: "SERVICE":"lambda"'),
        ({**TRUST, "Principal": {"AWS": "ada"}}, 'Invalid principal in policy: "AWS":"ada"'),
    ],
)
def test_a_bad_trust_policy_is_refused(statement: dict[str, Any], words: str):
    assert complaint(documents.check_trust_policy, policy(statement)) == words


def test_a_trust_policy_that_is_no_json_is_refused_in_other_words():
    assert complaint(documents.check_trust_policy, "{") == "This policy contains invalid Json"


def test_white_space_does_not_count():
    assert documents.size_of('{ "a":\n "b" }') == len('{"a":"b"}')


def test_a_policy_that_is_nested_too_deep_is_malformed():
    assert complaint(documents.check_identity_policy, "[" * 100_000) == SYNTAX
    assert complaint(documents.check_trust_policy, "[" * 100_000) == "This policy contains invalid Json"
