"""The AWS CLI, unmodified: a role with a policy, and a user with a key."""

import json
from collections.abc import Callable
from typing import Any

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_role_is_made_given_a_policy_and_removed(aws: Callable[..., Any], account: str) -> None:
    named = ("--role-name", "worker")
    made = aws("iam", "create-role", *named, "--assume-role-policy-document", json.dumps(TRUST))
    assert made["Role"]["Arn"] == f"arn:aws:iam::{account}:role/worker"
    assert made["Role"]["AssumeRolePolicyDocument"] == TRUST
    aws("iam", "attach-role-policy", *named, "--policy-arn", BASIC)
    attached = aws("iam", "list-attached-role-policies", *named)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [BASIC]
    aws("iam", "detach-role-policy", *named, "--policy-arn", BASIC)
    aws("iam", "delete-role", *named)
    assert aws("iam", "list-roles", "--query", "Roles[].RoleName", "--output", "text").strip() in ("", "None")


def test_a_users_key_is_made_listed_and_switched_off(aws: Callable[..., Any]) -> None:
    aws("iam", "create-user", "--user-name", "ada")
    key = aws("iam", "create-access-key", "--user-name", "ada")["AccessKey"]
    aws("iam", "update-access-key", "--user-name", "ada", "--access-key-id", key["AccessKeyId"], "--status", "Inactive")
    listed = aws("iam", "list-access-keys", "--user-name", "ada")["AccessKeyMetadata"]
    assert [(each["AccessKeyId"], each["Status"]) for each in listed] == [(key["AccessKeyId"], "Inactive")]
