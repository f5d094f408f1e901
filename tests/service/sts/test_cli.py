"""The AWS CLI, unmodified: who am I, and sessions of a role."""

import json
from collections.abc import Callable
from typing import Any


def test_the_caller_is_the_root_of_its_account(aws: Callable[..., Any], account: str) -> None:
    told = aws("sts", "get-caller-identity")
    assert told == {"UserId": account, "Account": account, "Arn": f"arn:aws:iam::{account}:root"}


def test_a_role_is_assumed(aws: Callable[..., Any], account: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("iam", "create-role", "--role-name", "worker", "--assume-role-policy-document", trust)
    role = f"arn:aws:iam::{account}:role/worker"
    told = aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "night")
    assert told["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/worker/night"
    assert told["Credentials"]["AccessKeyId"].startswith("ASIA")
