"""Managed policies and the account through boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[str, int, str]]

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def arn(iam: Any) -> str:
    made = iam.create_policy(PolicyName="Read", PolicyDocument=json.dumps(READ), Description="reads")
    return str(made["Policy"]["Arn"])


def test_a_policy_is_told_as_it_was_given(iam: Any, arn: str, account: str):
    told = iam.get_policy(PolicyArn=arn)["Policy"]
    assert told["Arn"] == f"arn:aws:iam::{account}:policy/Read"
    assert (told["DefaultVersionId"], told["AttachmentCount"], told["Description"]) == ("v1", 0, "reads")
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == READ


def test_a_new_version_may_become_the_default(iam: Any, arn: str, refusal: Refusal):
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(WRITE), SetAsDefault=True)
    assert (made["PolicyVersion"]["VersionId"], made["PolicyVersion"]["IsDefaultVersion"]) == ("v2", True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v2", True), ("v1", False)]
    told = refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")
    assert told == ("DeleteConflict", 409, "Cannot delete the default version of a policy.")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"


def test_who_holds_a_policy_is_told(iam: Any, arn: str, role: str):
    iam.create_user(UserName="ada")
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.attach_user_policy(UserName="ada", PolicyArn=arn)
    told = iam.list_entities_for_policy(PolicyArn=arn)
    assert [one["RoleName"] for one in told["PolicyRoles"]] == [role]
    assert [one["UserName"] for one in told["PolicyUsers"]] == ["ada"]
    assert iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="Role")["PolicyUsers"] == []
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 2


def test_a_policy_in_use_cannot_be_deleted(iam: Any, arn: str, role: str, refusal: Refusal):
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn)[:2] == ("DeleteConflict", 409)
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404, f"Policy {arn} was not found.")


def test_a_malformed_policy_is_refused(iam: Any, refusal: Refusal):
    told = refusal(iam.create_policy, PolicyName="Bad", PolicyDocument='{"Statement": []}')
    assert told == ("MalformedPolicyDocument", 400, "Policy document must be version 2012-10-17 or greater.")


def test_what_aws_manages_is_there_without_being_made(iam: Any):
    version = iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["*"]
    listed = {
        one["PolicyName"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for one in page["Policies"]
    }
    assert {"AdministratorAccess", "AWSLambdaBasicExecutionRole"} <= listed
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_tags_of_a_policy_are_kept(iam: Any, arn: str):
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_the_account_sums_up_what_it_holds(iam: Any, role: str, arn: str):
    told = iam.get_account_summary()["SummaryMap"]
    assert (told["Roles"], told["Policies"], told["Users"]) == (1, 1, 0)


def test_the_account_may_have_an_alias(iam: Any, account: str):
    iam.create_account_alias(AccountAlias=f"alias-{account}")
    assert iam.list_account_aliases()["AccountAliases"] == [f"alias-{account}"]
    iam.delete_account_alias(AccountAlias=f"alias-{account}")
    assert iam.list_account_aliases()["AccountAliases"] == []
