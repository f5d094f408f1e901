"""What policies say together of a request."""

import json
from typing import Any

import pytest

from lambent.lang.iam_policy import Decision, Kind, Principal, Request, Source, Verdict, context_of, evaluate, parse

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
THEIR_QUEUE = f"arn:aws:sqs:us-east-1:{OTHER_ACCOUNT}:orders"

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
DENY: dict[str, Any] = {**ALLOW, "Effect": "Deny"}
NOTHING: dict[str, Any] = {**ALLOW, "Action": "s3:GetObject"}


def source(kind: Kind, *statements: dict[str, Any]) -> Source:
    return Source(kind, kind.value, parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)})))


def identity(*statements: dict[str, Any]) -> Source:
    return source(Kind.IDENTITY, *statements)


def boundary(*statements: dict[str, Any]) -> Source:
    return source(Kind.BOUNDARY, *statements)


def session(*statements: dict[str, Any]) -> Source:
    return source(Kind.SESSION, *statements)


def resource(principal: object, **changes: Any) -> Source:
    return source(Kind.RESOURCE, {**ALLOW, "Principal": principal, **changes})


def judged(
    *sources: Source,
    arn: str = USER,
    action: str = "sqs:SendMessage",
    on: str = QUEUE,
    owner: str = ACCOUNT,
    context: dict[str, Any] | None = None,
    **others: Any,
) -> Verdict:
    request = Request(Principal.of(arn), action, on, owner, context_of(context or {}), **others)
    return evaluate(request, sources)


@pytest.mark.parametrize(
    ("statement", "is_allowed"),
    [
        (ALLOW, True),
        ({**ALLOW, "Action": "SQS:sendmessage"}, True),
        ({**ALLOW, "Action": ["s3:*", "sqs:Send*"]}, True),
        ({**ALLOW, "Action": "sqs:Send?essage"}, True),
        ({**ALLOW, "Action": "*"}, True),
        ({**ALLOW, "Action": "sqs:Receive*"}, False),
        ({**ALLOW, "Resource": QUEUE}, True),
        ({**ALLOW, "Resource": QUEUE.upper()}, False),
        ({**ALLOW, "Resource": ["arn:aws:s3:::b", "arn:aws:sqs:*:*:ord*"]}, True),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["sqs:*"], "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:*:secret"}, True),
        ({"Effect": "Allow", "Action": "sqs:*", "NotResource": QUEUE}, False),
        ({**ALLOW, "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}, True),
        ({**ALLOW, "Condition": {"StringEquals": {"AWS:requestedregion": ["x", "us-east-1"]}}}, True),
        (
            {**ALLOW, "Condition": {"StringEquals": {"aws:RequestedRegion": "x"}, "Bool": {"aws:SecureTransport": "true"}}},
            False,
        ),
        ({**ALLOW, "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:SourceVpc": "v"}}}, False),
        ({**ALLOW, "Resource": "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:*"}, True),
    ],
)
def test_a_statement_speaks_of_actions_resources_and_conditions(statement: dict[str, Any], is_allowed: bool):
    context = {"aws:RequestedRegion": "us-east-1", "aws:SecureTransport": "true", "aws:PrincipalAccount": ACCOUNT}
    verdict = judged(identity(NOTHING, statement), context=context)
    assert verdict.decision is (Decision.ALLOWED if is_allowed else Decision.IMPLICIT_DENY)
    assert [match.statement.index for match in verdict.matches] == ([1] if is_allowed else [])


@pytest.mark.parametrize("kind", [Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION])
def test_an_explicit_denial_anywhere_wins_and_is_told_alone(kind: Kind):
    verdict = judged(identity(ALLOW), boundary(ALLOW), session(ALLOW), resource({"AWS": USER}), source(kind, ALLOW, DENY))
    assert verdict.decision is Decision.EXPLICIT_DENY
    assert [(match.source.kind, match.statement.index) for match in verdict.matches] == [(kind, 1)]
    assert verdict.denier is kind


def test_a_denial_of_the_resource_policy_wins_where_it_names_the_principal():
    denial = resource({"AWS": ROOT}, Effect="Deny")
    assert judged(identity(ALLOW), denial).denier is Kind.RESOURCE
    assert judged(identity(ALLOW), resource({"AWS": SESSION}, Effect="Deny")).is_allowed
    assert judged(denial, arn=ROOT).decision is Decision.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("sources", "is_allowed", "denier"),
    [
        ([identity(ALLOW), boundary(ALLOW)], True, None),
        ([identity(ALLOW), boundary(NOTHING)], False, Kind.BOUNDARY),
        ([identity(NOTHING), boundary(ALLOW)], False, Kind.IDENTITY),
        ([boundary(ALLOW)], False, Kind.IDENTITY),
        ([identity(ALLOW), session(ALLOW)], True, None),
        ([identity(ALLOW), session(NOTHING)], False, Kind.SESSION),
        ([identity(ALLOW), boundary(ALLOW), session(NOTHING)], False, Kind.SESSION),
        ([identity(NOTHING), identity(ALLOW)], True, None),
        ([], False, Kind.IDENTITY),
    ],
)
def test_boundary_and_session_narrow_what_the_identity_may_do(sources: list[Source], is_allowed: bool, denier: Kind | None):
    verdict = judged(*sources)
    assert verdict.is_allowed is is_allowed
    if denier is not None:
        assert (verdict.decision, verdict.denier) == (Decision.IMPLICIT_DENY, denier)


@pytest.mark.parametrize(
    ("arn", "principal", "sources", "is_allowed"),
    [
        # Who is named as itself needs nothing else.
        (USER, {"AWS": USER}, [], True),
        (USER, {"AWS": USER}, [boundary(NOTHING)], True),
        (SESSION, {"AWS": SESSION}, [boundary(NOTHING), session(NOTHING)], True),
        (USER, "*", [boundary(NOTHING)], True),
        # A role that is named stays within its boundary and the session's policy.
        (SESSION, {"AWS": ROLE}, [], True),
        (SESSION, {"AWS": ROLE}, [boundary(NOTHING)], False),
        (SESSION, {"AWS": ROLE}, [session(NOTHING)], False),
        (SESSION, {"AWS": ROLE}, [boundary(ALLOW), session(ALLOW)], True),
        # An account that is named decides by its own policies.
        (USER, {"AWS": ROOT}, [], False),
        (USER, {"AWS": ACCOUNT}, [identity(ALLOW)], True),
        (USER, {"AWS": SESSION}, [], False),
    ],
)
def test_within_an_account_the_resource_policy_may_suffice(
    arn: str, principal: object, sources: list[Source], is_allowed: bool
):
    assert judged(*sources, resource(principal), arn=arn).is_allowed is is_allowed


@pytest.mark.parametrize(
    ("principal", "sources", "is_allowed"),
    [
        ({"AWS": USER}, [identity(ALLOW)], True),
        ({"AWS": ACCOUNT}, [identity(ALLOW)], True),
        ("*", [identity(ALLOW)], True),
        ({"AWS": USER}, [], False),
        ({"AWS": USER}, [identity(ALLOW), boundary(NOTHING)], False),
        ({"AWS": OTHER_ACCOUNT}, [identity(ALLOW)], False),
        (None, [identity(ALLOW)], False),
    ],
)
def test_between_accounts_both_sides_must_allow(principal: object, sources: list[Source], is_allowed: bool):
    policies = [*sources, *([resource(principal)] if principal else [])]
    verdict = judged(*policies, on=THEIR_QUEUE, owner=OTHER_ACCOUNT)
    assert verdict.is_allowed is is_allowed


def test_where_the_other_side_does_not_allow_its_policy_is_to_blame():
    assert judged(identity(ALLOW), on=THEIR_QUEUE, owner=OTHER_ACCOUNT).denier is Kind.RESOURCE


def test_the_root_of_an_account_may_do_everything_in_it():
    assert judged(arn=ROOT).is_allowed
    assert not judged(arn=ROOT, owner=OTHER_ACCOUNT).is_allowed


def test_a_service_is_let_in_by_the_resource_alone():
    request = Request(Principal(service="sns.amazonaws.com"), "sqs:SendMessage", QUEUE, ACCOUNT)
    assert evaluate(request, [resource({"Service": "sns.amazonaws.com"})]).is_allowed
    assert not evaluate(request, [resource({"Service": "s3.amazonaws.com"})]).is_allowed
    assert not evaluate(request, [identity(ALLOW)]).is_allowed


@pytest.mark.parametrize(
    ("principal", "sources", "is_allowed"),
    [
        ({"AWS": USER}, [], True),
        ({"AWS": ROOT}, [], False),
        ({"AWS": ROOT}, [identity(ALLOW)], True),
        ({"AWS": SESSION}, [identity(ALLOW)], False),
    ],
)
def test_where_the_resource_must_agree_the_identity_does_not_suffice(
    principal: object, sources: list[Source], is_allowed: bool
):
    assert judged(*sources, resource(principal), needs_resource_policy=True).is_allowed is is_allowed


def test_a_statement_of_a_resource_policy_that_names_nobody_speaks_to_nobody():
    assert not judged(source(Kind.RESOURCE, ALLOW)).is_allowed


def test_missing_keys_are_those_of_statements_about_the_action_and_resource():
    condition = {"StringEquals": {"aws:SourceVpc": "v", "aws:RequestedRegion": "us-east-1"}, "Bool": {"aws:SourceVPC": "x"}}
    elsewhere = {**NOTHING, "Condition": {"Null": {"s3:prefix": "false"}}}
    verdict = judged(identity({**ALLOW, "Condition": condition}, elsewhere), context={"aws:RequestedRegion": "us-east-1"})
    assert verdict.missing_keys == ("aws:SourceVpc",)


def test_what_each_kind_of_policy_says_is_told():
    verdict = judged(identity(ALLOW), boundary(NOTHING), resource({"AWS": USER}, Effect="Deny"))
    assert verdict.by_kind == {
        Kind.IDENTITY: Decision.ALLOWED,
        Kind.BOUNDARY: Decision.IMPLICIT_DENY,
        Kind.RESOURCE: Decision.EXPLICIT_DENY,
    }
