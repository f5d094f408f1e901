"""A bus' policy."""

import json

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS

from lambent.core.context import Context
from lambent.lang.iam_policy import lets_in
from lambent.services.events import errors
from lambent.services.events.engine import permissions

OTHER = "444455556666"
GRANT = {"Action": "events:PutEvents", "Principal": OTHER, "StatementId": "other"}


def lets(policy, account=OTHER, action="PutEvents"):
    context = Context(account, "us-east-1", "request", f"arn:aws:iam::{account}:user/u", "http://localhost:4566")
    return lets_in(policy, context, f"events:{action}", BUS.arn, now=0.0)


def test_a_statement_lets_an_account_put_events_and_nothing_else():
    policy = permissions.added("", BUS, GRANT)
    assert json.loads(policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "other",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                "Action": "events:PutEvents",
                "Resource": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            }
        ],
    }
    assert lets(policy)
    assert not lets(policy, account="777788889999")
    assert not lets(policy, action="PutRule")
    assert not lets("")


def test_everybody_may_be_let_under_a_condition():
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    policy = permissions.added("", BUS, {**GRANT, "Principal": "*", "Condition": condition})
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Principal"], statement["Condition"]) == ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
    assert not lets(policy)
    assert lets(permissions.added("", BUS, {**GRANT, "Principal": "*"}))


def test_a_statement_takes_the_place_of_one_with_its_id():
    policy = permissions.added(permissions.added("", BUS, GRANT), BUS, {**GRANT, "Principal": "777788889999"})
    assert len(json.loads(policy)["Statement"]) == 1
    assert not lets(policy)


def test_statements_are_removed_by_id():
    policy = permissions.added(permissions.added("", BUS, GRANT), BUS, {**GRANT, "StatementId": "more"})
    policy = permissions.removed(policy, "other")
    assert [one["Sid"] for one in json.loads(policy)["Statement"]] == ["more"]
    assert permissions.removed(policy, "more") == ""


@pytest.mark.parametrize(
    ("policy", "message"),
    [("", "EventBus does not have a policy."), ("x", "Statement with the provided id does not exist.")],
)
def test_what_is_not_there_is_not_removed(policy, message):
    with pytest.raises(errors.ResourceNotFound, match=message):
        permissions.removed(permissions.added("", BUS, GRANT) if policy else "", "none")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Action": "events:PutRule"}, "Provided value in parameter 'action' is not supported."),
        ({"Action": None, "Principal": None}, r"Parameter\(s\) Action, Principal must be specified."),
    ],
)
def test_a_statement_that_is_none_is_refused(changed, message):
    with pytest.raises(errors.ValidationException, match=message):
        permissions.added("", BUS, {**GRANT, **changed})


def test_a_whole_policy_is_checked():
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"events:*","Resource":"*"}]}'
    assert permissions.checked(text) == text
    assert lets(text)
    for bad in ("", "{", "[]", '{"Statement":[{"Effect":"Maybe"}]}'):
        with pytest.raises(errors.ValidationException, match=r"Parameter Policy is not valid"):
            permissions.checked(bad)
    with pytest.raises(errors.PolicyLengthExceeded):
        permissions.checked(text + " " * permissions.POLICY_BYTES_MAX)
