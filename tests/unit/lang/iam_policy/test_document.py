"""Reading policy documents."""

import json
from typing import Any

import pytest

from lambent.lang.iam_policy import InvalidPolicy, parse

STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}


def document(*statements: object, **others: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **others})


def test_a_document_is_read_once():
    text = document(STATEMENT)
    assert parse(text) is parse(text)


def test_a_long_document_is_not_kept():
    text = document(STATEMENT, Id="x" * 20_000)
    assert parse(text) is not parse(text)
    assert parse(text).statements[0].is_allow


def test_a_statement_may_stand_without_a_list():
    assert len(parse(json.dumps({"Statement": STATEMENT})).statements) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"Version":"2020-01-01","Statement":[]}',
        "{}",
        document("x"),
        document({**STATEMENT, "Effect": "Maybe"}),
        document({**STATEMENT, "Effect": ["Allow"]}),
        document({"Effect": "Allow", "Resource": "*"}),
        document({**STATEMENT, "Action": 1}),
        document({**STATEMENT, "Action": [["s3:*"]]}),
        document({**STATEMENT, "NotAction": "s3:*"}),
        document({**STATEMENT, "Resource": {}}),
        document({**STATEMENT, "NotResource": "*"}),
        document({**STATEMENT, "Principal": 1}),
        document({**STATEMENT, "Principal": {"AWS": 1}}),
        document({**STATEMENT, "Principal": "*", "NotPrincipal": "*"}),
        document({**STATEMENT, "Condition": []}),
        document({**STATEMENT, "Condition": {"StringEquals": "x"}}),
        document({**STATEMENT, "Condition": {"StringEquals": {"k": {}}}}),
        document({**STATEMENT, "Condition": {"StringEquals": {"k": [None]}}}),
    ],
)
def test_what_is_no_policy_is_refused(text: str):
    with pytest.raises(InvalidPolicy):
        parse(text)


def test_an_unknown_operator_is_named():
    with pytest.raises(InvalidPolicy, match="Invalid Condition type : StringEqual"):
        parse(document({**STATEMENT, "Condition": {"StringEqual": {"k": "v"}}}))


def test_the_context_keys_of_a_document_are_told_once_each_as_first_spelt():
    policy = parse(
        document(
            {**STATEMENT, "Resource": ["arn:aws:s3:::b/${aws:UserName}/${s3:prefix, 'x'}", "arn:aws:s3:::c/${*}"]},
            {
                **STATEMENT,
                "Condition": {
                    "StringLike": {"aws:username": ["${aws:PrincipalTag/Team}"]},
                    "NumericLessThan": {"aws:MultiFactorAuthAge": 10},
                },
            },
        )
    )
    assert policy.context_keys() == ["aws:UserName", "s3:prefix", "aws:PrincipalTag/Team", "aws:MultiFactorAuthAge"]


def test_an_older_policy_has_no_variables():
    text = json.dumps({"Statement": [{**STATEMENT, "Resource": "arn:aws:s3:::b/${aws:username}"}]})
    assert parse(text).context_keys() == []
