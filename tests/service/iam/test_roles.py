"""Roles through boto3."""

import json
import re
from collections.abc import Callable
from typing import Any

Refusal = Callable[..., tuple[str, int, str]]

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def test_a_role_is_told_as_it_was_given(iam: Any, trust: str, account: str):
    created = iam.create_role(
        RoleName="worker",
        Path="/team/",
        AssumeRolePolicyDocument=trust,
        Description="works",
        MaxSessionDuration=7_200,
        Tags=[{"Key": "a", "Value": "b"}],
        PermissionsBoundary=BASIC,
    )["Role"]
    told = iam.get_role(RoleName="worker")["Role"]
    assert told["Arn"] == created["Arn"] == f"arn:aws:iam::{account}:role/team/worker"
    assert re.fullmatch("AROA[A-Z2-7]{17}", told["RoleId"])
    assert told["AssumeRolePolicyDocument"] == json.loads(trust)
    assert (told["Description"], told["MaxSessionDuration"], told["Path"]) == ("works", 7_200, "/team/")
    assert told["Tags"] == [{"Key": "a", "Value": "b"}]
    assert told["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BASIC}


def test_a_role_that_is_not_there_is_told(iam: Any, refusal: Refusal):
    expected = ("NoSuchEntity", 404, "The role with name nobody cannot be found.")
    assert refusal(iam.get_role, RoleName="nobody") == expected
    assert refusal(iam.delete_role, RoleName="nobody") == expected


def test_a_role_is_made_once(iam: Any, role: str, trust: str, refusal: Refusal):
    told = refusal(iam.create_role, RoleName=role, AssumeRolePolicyDocument=trust)
    assert told == ("EntityAlreadyExists", 409, "Role with name worker already exists.")


def test_a_malformed_trust_policy_is_refused(iam: Any, refusal: Refusal):
    told = refusal(iam.create_role, RoleName="worker", AssumeRolePolicyDocument="{")
    assert told == ("MalformedPolicyDocument", 400, "This policy contains invalid Json")


def test_the_trust_policy_can_be_replaced(iam: Any, role: str, trust: str):
    other = trust.replace("lambda", "states")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == json.loads(other)


def test_a_role_can_be_updated(iam: Any, role: str):
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=3_600)
    assert iam.get_role(RoleName=role)["Role"]["Description"] == "new"


def test_policies_are_attached_and_detached(iam: Any, role: str):
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}]
    iam.detach_role_policy(RoleName=role, PolicyArn=BASIC)
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_inline_policies_are_kept(iam: Any, role: str, refusal: Refusal):
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(READ))
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["read"]
    assert iam.get_role_policy(RoleName=role, PolicyName="read")["PolicyDocument"] == READ
    iam.delete_role_policy(RoleName=role, PolicyName="read")
    told = refusal(iam.get_role_policy, RoleName=role, PolicyName="read")
    assert told == ("NoSuchEntity", 404, "The role policy with name read cannot be found.")


def test_a_role_with_policies_cannot_be_deleted(iam: Any, role: str, refusal: Refusal):
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    told = refusal(iam.delete_role, RoleName=role)
    assert told == ("DeleteConflict", 409, "Cannot delete entity, must detach all policies first.")


def test_tags_are_added_and_removed(iam: Any, role: str):
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    iam.untag_role(RoleName=role, TagKeys=["a"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "c", "Value": "d"}]


def test_pages_of_roles_go_on_where_they_stopped(iam: Any, trust: str):
    for name in ("a", "B", "c"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["RoleName"] for one in page["Roles"]] for page in pages] == [["a", "B"], ["c"]]


def test_a_waiter_sees_a_new_role(iam: Any, role: str):
    iam.get_waiter("role_exists").wait(RoleName=role)


def test_a_boundary_can_be_put_and_deleted(iam: Any, role: str):
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=BASIC)
    assert iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == BASIC
    iam.delete_role_permissions_boundary(RoleName=role)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=role)["Role"]


def test_roles_of_accounts_are_apart(role: str, client: Callable[..., Any]):
    assert client("iam", aws_access_key_id="999988887777").list_roles()["Roles"] == []


def test_instance_profiles_are_not_built(iam: Any, role: str, refusal: Refusal):
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
    assert refusal(iam.create_instance_profile, InstanceProfileName="x")[0] == "NotImplemented"
