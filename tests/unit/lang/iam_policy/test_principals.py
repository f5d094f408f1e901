"""Whom a policy names."""

import pytest

from lambent.lang.iam_policy.principals import Naming, Principal, Principals

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job"
OTHER = "arn:aws:iam::444455556666:role/team/worker"


def principals(*aws: str, is_negated: bool = False, **others: list[str]) -> Principals:
    return Principals.read({"AWS": list(aws), **others}, is_negated=is_negated)


@pytest.mark.parametrize(
    ("named", "arn", "naming"),
    [
        ("*", USER, Naming.DIRECT),
        (USER, USER, Naming.DIRECT),
        (USER, ROOT, Naming.NOT),
        (ACCOUNT, USER, Naming.ACCOUNT),
        (ROOT, USER, Naming.ACCOUNT),
        (ROOT, SESSION, Naming.ACCOUNT),
        (ROLE, SESSION, Naming.ROLE),
        (ROLE, ROLE, Naming.ROLE),
        (SESSION, SESSION, Naming.DIRECT),
        (SESSION, SESSION + "2", Naming.NOT),
        (OTHER, SESSION, Naming.NOT),
        (f"arn:aws:iam::{ACCOUNT}:role/*", SESSION, Naming.NOT),  # names of principals have no wildcards
        ("AIDAEXAMPLE", USER, Naming.DIRECT),
        ("AROAEXAMPLE", SESSION, Naming.NOT),
    ],
)
def test_a_principal_is_named_by_itself_its_role_or_its_account(named: str, arn: str, naming: Naming):
    assert principals(named).grants(Principal.of(arn, "AIDAEXAMPLE")) is naming


@pytest.mark.parametrize("arn", [USER, SESSION])
def test_nobody_becomes_a_service_by_being_called_like_one(arn: str):
    named_so = Principal.of(f"{arn}.amazonaws.com")
    assert (named_so.service, named_so.account) == ("", ACCOUNT)
    assert Principal.of("sns.amazonaws.com").service == "sns.amazonaws.com"


def test_a_role_may_be_named_by_its_id():
    assert principals("AROAEXAMPLE").grants(Principal.of(SESSION, "AROAEXAMPLE:job")) is Naming.ROLE


def test_everyone_may_be_named_by_a_star_alone():
    everyone = Principals.read("*", is_negated=False)
    assert everyone.grants(Principal.of(USER)) is Naming.DIRECT
    assert everyone.grants(Principal(service="s3.amazonaws.com")) is Naming.DIRECT


def test_services_and_providers_are_named_by_their_own_kind():
    named = principals(Service=["lambda.amazonaws.com"], Federated=["accounts.example.com"])
    assert named.grants(Principal(service="lambda.amazonaws.com")) is Naming.DIRECT
    assert named.grants(Principal(federated="accounts.example.com")) is Naming.DIRECT
    assert named.grants(Principal(service="sns.amazonaws.com")) is Naming.NOT
    assert named.grants(Principal.of(USER)) is Naming.NOT
    assert principals("lambda.amazonaws.com").grants(Principal(service="lambda.amazonaws.com")) is Naming.NOT


@pytest.mark.parametrize(
    ("spared", "arn", "is_denied"),
    [
        ([USER, ROOT], USER, False),
        ([USER, ACCOUNT], USER, False),
        ([USER], USER, True),  # AWS asks for the account beside the user
        ([ROOT], USER, True),
        ([ROOT], ROOT, False),
        ([SESSION, ROLE, ROOT], SESSION, False),
        ([SESSION, ROOT], SESSION, True),
        ([ROLE, ROOT], SESSION, True),
        ([OTHER], USER, True),
    ],
)
def test_a_denial_of_all_others_spares_who_is_named_in_full(spared: list[str], arn: str, is_denied: bool):
    assert principals(*spared, is_negated=True).denies(Principal.of(arn)) is is_denied


def test_a_denial_of_all_others_spares_a_service_that_is_named():
    named = principals(is_negated=True, Service=["lambda.amazonaws.com"])
    assert not named.denies(Principal(service="lambda.amazonaws.com"))
    assert named.denies(Principal(service="sns.amazonaws.com"))
    assert named.denies(Principal.of(USER))


def test_a_grant_to_all_others_leaves_out_who_is_named_in_any_way():
    assert principals(USER, is_negated=True).grants(Principal.of(SESSION)) is Naming.DIRECT
    assert principals(ROOT, is_negated=True).grants(Principal.of(SESSION)) is Naming.NOT
    assert principals(ROLE, is_negated=True).grants(Principal.of(SESSION)) is Naming.NOT


def test_a_service_is_a_principal_by_its_name():
    service = Principal.of("sns.amazonaws.com")
    assert (service.service, service.arn, service.account) == ("sns.amazonaws.com", "", "")
