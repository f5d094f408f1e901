"""Users, groups and access keys through boto3."""

import re
from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[str, int, str]]

READ = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


@pytest.fixture
def ada(iam: Any) -> str:
    iam.create_user(UserName="ada", Path="/team/")
    return "ada"


@pytest.fixture
def as_ada(iam: Any, ada: str, client: Callable[..., Any]) -> Callable[[str], Any]:
    """Clients that sign with a key of ada's."""
    key = iam.create_access_key(UserName=ada)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return lambda service: client(service, **keys)


def test_a_user_is_told_as_it_was_given(iam: Any, ada: str, account: str):
    told = iam.get_user(UserName=ada)["User"]
    assert told["Arn"] == f"arn:aws:iam::{account}:user/team/ada"
    assert re.fullmatch("AIDA[A-Z2-7]{17}", told["UserId"])
    assert [one["UserName"] for one in iam.list_users(PathPrefix="/team/")["Users"]] == [ada]


def test_a_key_is_told_once_with_its_secret(iam: Any, ada: str):
    key = iam.create_access_key(UserName=ada)["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
    assert len(key["SecretAccessKey"]) == 40
    listed = iam.list_access_keys(UserName=ada)["AccessKeyMetadata"][0]
    assert (listed["AccessKeyId"], listed["Status"]) == (key["AccessKeyId"], "Active")
    assert "SecretAccessKey" not in listed


def test_who_signs_with_a_key_is_its_user(as_ada: Callable[[str], Any], account: str):
    assert as_ada("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/team/ada"
    assert as_ada("iam").get_user()["User"]["UserName"] == "ada"


def test_who_signs_with_an_account_is_its_root(iam: Any, account: str):
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root"


def test_a_renamed_user_is_known_by_the_new_name_at_once(iam: Any, as_ada: Callable[[str], Any], account: str):
    as_ada("sts").get_caller_identity()
    iam.update_user(UserName="ada", NewUserName="grace", NewPath="/")
    assert as_ada("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/grace"


def test_a_key_can_be_told_whose_it_is(iam: Any, ada: str):
    key_id = iam.create_access_key(UserName=ada)["AccessKey"]["AccessKeyId"]
    told = iam.get_access_key_last_used(AccessKeyId=key_id)
    assert (told["UserName"], told["AccessKeyLastUsed"]["ServiceName"]) == ("ada", "N/A")


def test_a_key_can_be_switched_off_and_deleted(iam: Any, ada: str, refusal: Refusal):
    key_id = iam.create_access_key(UserName=ada)["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName=ada, AccessKeyId=key_id, Status="Inactive")
    assert iam.list_access_keys(UserName=ada)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    iam.delete_access_key(UserName=ada, AccessKeyId=key_id)
    told = refusal(iam.delete_access_key, UserName=ada, AccessKeyId=key_id)
    assert told == ("NoSuchEntity", 404, f"The Access Key with id {key_id} cannot be found.")


def test_a_user_has_two_keys_at_most(iam: Any, ada: str, refusal: Refusal):
    iam.create_access_key(UserName=ada)
    iam.create_access_key(UserName=ada)
    told = refusal(iam.create_access_key, UserName=ada)
    assert told == ("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2")


def test_a_user_with_keys_cannot_be_deleted(iam: Any, ada: str, refusal: Refusal):
    iam.create_access_key(UserName=ada)
    assert refusal(iam.delete_user, UserName=ada)[2] == "Cannot delete entity, must delete access keys first."


def test_users_join_and_leave_groups(iam: Any, ada: str):
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName=ada)
    assert [one["UserName"] for one in iam.get_group(GroupName="staff")["Users"]] == [ada]
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName=ada)["Groups"]] == ["staff"]
    iam.remove_user_from_group(GroupName="staff", UserName=ada)
    iam.delete_group(GroupName="staff")
    assert iam.list_groups()["Groups"] == []


def test_a_group_can_hold_policies(iam: Any):
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="read", PolicyDocument=READ)
    iam.attach_group_policy(GroupName="staff", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert iam.list_group_policies(GroupName="staff")["PolicyNames"] == ["read"]
    assert iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"][0]["PolicyName"] == "ReadOnlyAccess"


def test_a_user_can_hold_policies_and_tags(iam: Any, ada: str):
    iam.put_user_policy(UserName=ada, PolicyName="read", PolicyDocument=READ)
    iam.attach_user_policy(UserName=ada, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.tag_user(UserName=ada, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.get_user_policy(UserName=ada, PolicyName="read")["PolicyDocument"]["Version"] == "2012-10-17"
    assert iam.list_attached_user_policies(UserName=ada)["AttachedPolicies"][0]["PolicyName"] == "ReadOnlyAccess"
    assert iam.list_user_tags(UserName=ada)["Tags"] == [{"Key": "a", "Value": "b"}]
