"""A topic's policy: statements by label, and whom of other accounts it lets do what."""

import json

import pytest

from lambent.core.context import Context, Scope
from lambent.lang.iam_policy import lets_in, statements
from lambent.services.sns import errors
from lambent.services.sns.engine import permissions
from lambent.services.sns.engine.identifiers import TopicName

TOPIC = TopicName(Scope("111122223333", "us-east-1"), "t")
OTHER = "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/r"


CONTEXT = Context(OTHER, "us-east-1", "request", ROLE, "http://localhost:4566")


def may(policy, action="Publish"):
    return lets_in(json.dumps(policy), CONTEXT, f"sns:{action}", TOPIC.arn, now=0.0)


def with_statement(**statement):
    return {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC.arn} | statement]}


def test_by_default_other_accounts_may_nothing():
    assert not may(permissions.default(TOPIC))


def test_a_label_lets_accounts_do_what_it_names_until_it_is_removed():
    policy = permissions.added(permissions.default(TOPIC), TOPIC, "label", [OTHER], ["Publish"])
    assert policy["Statement"][1] == {
        "Sid": "label",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": "SNS:Publish",
        "Resource": TOPIC.arn,
    }
    assert may(policy)
    assert not may(policy, "Subscribe")
    assert statements.without(policy, "label") == permissions.default(TOPIC)


@pytest.mark.parametrize(
    ("label", "accounts", "actions", "reason"),
    [
        ("", [OTHER], ["Publish"], "Label"),
        ("__default_statement_ID", [OTHER], ["Publish"], "Statement already exists"),
        ("l", ["me"], ["Publish"], "AWSAccountId"),
        ("l", [], ["Publish"], "AWSAccountId"),
        ("l", [OTHER], ["CreateQueue"], "Policy statement action out of service scope!"),
    ],
)
def test_what_cannot_be_granted_is_refused(label, accounts, actions, reason):
    with pytest.raises(errors.InvalidParameter) as refused:
        permissions.added(permissions.default(TOPIC), TOPIC, label, accounts, actions)
    assert refused.value.message == f"Invalid parameter: {reason}"


def test_principals_actions_and_conditions_are_judged():
    assert may(with_statement())
    assert may(with_statement(Action=["SNS:*"], Principal={"AWS": [ROLE]}))
    assert may(with_statement(Condition={"StringEquals": {"aws:PrincipalAccount": OTHER}}))
    assert not may(with_statement(Principal={"Service": "s3.amazonaws.com"}))
    assert not may(with_statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    denied = {"Statement": [*with_statement()["Statement"], *with_statement(Effect="Deny")["Statement"]]}
    assert not may(denied)


def test_a_policy_is_checked_for_its_form():
    text = json.dumps(with_statement())
    assert permissions.checked(text, "") == text
    for bad, reason in (
        ("{", "Policy: failed to parse JSON"),
        ("{}", "Policy Error: null"),
        (json.dumps(with_statement(Effect="Maybe")), "Policy Error: null"),
        (json.dumps(with_statement(Principal={"AWS": "nobody"})), "Policy Error: null"),
        (json.dumps(with_statement(Action="sqs:SendMessage")), "Policy statement action out of service scope!"),
        (" " * permissions.POLICY_BYTES_MAX + "{}", "Policy is too long"),
    ):
        with pytest.raises(errors.InvalidParameter, match=reason):
            permissions.checked(bad, "")
