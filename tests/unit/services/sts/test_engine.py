"""The rules of sessions."""

import json
from typing import Any

import pytest

from lambent.core import sessions
from lambent.services.sts import engine
from lambent.services.sts.errors import MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError

ROLE = "arn:aws:iam::111122223333:role/team/worker"


def test_a_role_is_named_by_its_arn():
    assert engine.role_of(ROLE) == engine.RoleName("111122223333", "worker", ROLE)


@pytest.mark.parametrize("arn", ["worker", "arn:aws:iam::111122223333:user/ada", "arn:aws:s3:::role/worker/xxxxxxxx"])
def test_what_names_no_role_is_refused(arn: str):
    with pytest.raises(ValidationError, match="is invalid"):
        engine.role_of(arn)


def test_a_session_is_named_for_its_role_without_the_path():
    session = engine.assumed({"RoleName": "worker", "RoleId": "AROAEXAMPLE"}, "111122223333", "job")
    assert (session.arn, session.id) == ("arn:aws:sts::111122223333:assumed-role/worker/job", "AROAEXAMPLE:job")
    assert engine.is_session(session.arn)
    assert engine.role_and_session(session.arn) == ("worker", "job")


def test_a_role_is_assumed_for_an_hour_or_as_asked():
    assert engine.assume_role_s(None, role_s_max=7_200, is_chained=False) == 3_600
    assert engine.assume_role_s(7_200, role_s_max=7_200, is_chained=False) == 7_200
    with pytest.raises(ValidationError, match="exceeds the MaxSessionDuration set for this role"):
        engine.assume_role_s(7_201, role_s_max=7_200, is_chained=False)


def test_a_role_that_assumes_a_role_gets_an_hour_at_most():
    assert engine.assume_role_s(3_600, role_s_max=7_200, is_chained=True) == 3_600
    with pytest.raises(ValidationError, match="exceeds the 1 hour session limit for roles assumed by role chaining"):
        engine.assume_role_s(3_601, role_s_max=7_200, is_chained=True)


def test_a_session_of_the_root_user_lasts_an_hour_at_most():
    assert engine.session_token_s(None, is_root=False) == 43_200
    assert engine.session_token_s(None, is_root=True) == 3_600
    assert engine.session_token_s(900, is_root=True) == 900


def test_a_key_id_carries_its_account():
    assert engine.account_of_key(sessions.access_key_id("AKIA", "111122223333")) == "111122223333"
    assert engine.account_of_key(sessions.access_key_id("ASIA", "000000000000")) == "000000000000"
    assert engine.account_of_key("111122223333") == "111122223333"
    with pytest.raises(ValidationError):
        engine.account_of_key("AKIA0189notbase3")


def test_a_session_policy_must_be_json_and_short():
    assert engine.check_session_policy({}) is None
    assert engine.check_session_policy({"Policy": "{}"}) == 1
    with pytest.raises(MalformedPolicyDocument):
        engine.check_session_policy({"Policy": "{"})
    with pytest.raises(PackedPolicyTooLarge, match="consumes 146% of allotted space"):
        engine.check_session_policy({"Policy": '"' + "x" * 3_000 + '"'})


ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
DENY: dict[str, Any] = {**ALLOW, "Effect": "Deny"}


def is_trusted(*statements: dict[str, Any], **asked: Any) -> bool:
    arn = "arn:aws:sts::999988887777:assumed-role/worker/job"
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return engine.trusts_stranger(document, ROLE, asked, principal_arn=arn)


@pytest.mark.parametrize(
    "principal", ["*", "999988887777", "arn:aws:iam::999988887777:root", "arn:aws:iam::999988887777:role/worker"]
)
def test_a_stranger_is_let_in_by_any_of_its_names(principal: str):
    assert is_trusted({**ALLOW, "Principal": {"AWS": principal}})
    assert is_trusted({**ALLOW, "Principal": {"AWS": [ROLE, principal]}, "Action": ["sts:TagSession", "sts:*"]})


@pytest.mark.parametrize(
    "statement",
    [
        {**ALLOW, "Principal": {"AWS": ROLE}},
        {**ALLOW, "Principal": {"Service": "lambda.amazonaws.com"}},
        {**ALLOW, "Action": "sts:TagSession"},
        {**ALLOW, "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}},
        {**ALLOW, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "sts:AssumeRole"},
    ],
)
def test_a_statement_about_somebody_or_something_else_lets_no_stranger_in(statement: dict[str, Any]):
    assert not is_trusted(statement, ExternalId="guess")


def test_a_denial_outweighs_what_allows():
    assert not is_trusted(ALLOW, DENY)
    assert not is_trusted(ALLOW, {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "sts:AssumeRole"})
    assert is_trusted(ALLOW, {**DENY, "Principal": {"AWS": ROLE}})


def test_a_stranger_may_prove_itself_by_an_external_id():
    demanding = {**ALLOW, "Condition": {"StringEquals": {"sts:ExternalId": ["secret", "other"]}}}
    assert is_trusted(demanding, ExternalId="other")
    assert not is_trusted(demanding)


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ({"StringLike": {"sts:RoleSessionName": "${aws:PrincipalAccount}-*"}}, {"RoleSessionName": "999988887777-a"}),
        ({"StringEquals": {"aws:PrincipalAccount": "999988887777"}}, {}),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/work*"}}, {}),
        ({"StringEquals": {"sts:SourceIdentity": "ada"}}, {"SourceIdentity": "ada"}),
        ({"StringEquals": {"aws:RequestTag/team": "blue"}}, {"Tags": [{"Key": "Team", "Value": "blue"}]}),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}, {"Tags": [{"Key": "Team", "Value": "blue"}]}),
    ],
)
def test_a_condition_may_ask_for_what_is_known_of_the_caller_and_its_wish(condition: dict[str, Any], asked: dict[str, Any]):
    assert is_trusted({**ALLOW, "Condition": condition}, **asked)


def test_a_stranger_that_is_the_root_of_its_account_is_let_in_by_its_account():
    statement = {**ALLOW, "Principal": {"AWS": "999988887777"}}
    document = json.dumps({"Statement": statement})
    assert engine.trusts_stranger(document, ROLE, {}, principal_arn="arn:aws:iam::999988887777:root")
    assert not engine.trusts_stranger(document, ROLE, {}, principal_arn="arn:aws:iam::555566667777:root")


def test_a_trust_policy_that_cannot_be_read_lets_nobody_in():
    assert not is_trusted({**ALLOW, "Condition": {"StringEqual": {"k": "v"}}})
