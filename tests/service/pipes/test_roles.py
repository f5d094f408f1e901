"""With ``--auth iam`` a pipe may do what its role may do."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.testing import LocalPlatform

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipes"
TRUST = {"Effect": "Allow", "Principal": {"Service": "pipes.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="iam", clock="virtual") as running:
        yield running


@pytest.fixture
def call(guarded: LocalPlatform) -> Callable[..., Any]:
    """``call("sqs", "CreateQueue", QueueName="q")`` as the root of the account, in process."""
    context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", guarded.url)
    return lambda service, operation, **given: guarded.run(guarded.platform.call(context, service, operation, given))


def statement(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def arn(queue: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}"


def test_a_role_needs_to_be_there_and_a_policy_for_what_the_target_does(guarded: LocalPlatform, call: Callable[..., Any]):
    urls = {name: call("sqs", "CreateQueue", QueueName=name)["QueueUrl"] for name in ("source", "target")}
    pipe = {"Name": "p", "RoleArn": ROLE, "Source": arn("source"), "Target": arn("target")}
    with pytest.raises(ServiceError, match="must allow EventBridge Pipes"):
        call("pipes", "CreatePipe", **pipe)
    call("iam", "CreateRole", RoleName="pipes", AssumeRolePolicyDocument=statement(TRUST))
    reading = {"Effect": "Allow", "Action": "sqs:*", "Resource": arn("source")}
    call("iam", "PutRolePolicy", RoleName="pipes", PolicyName="p", PolicyDocument=statement(reading))
    call("pipes", "CreatePipe", **pipe)
    guarded.settle()
    call("sqs", "SendMessage", QueueUrl=urls["source"], MessageBody="a")
    guarded.advance(1)
    assert "Messages" not in call("sqs", "ReceiveMessage", QueueUrl=urls["target"], WaitTimeSeconds=0)
    writing = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn("target")}
    call("iam", "PutRolePolicy", RoleName="pipes", PolicyName="p", PolicyDocument=statement(reading, writing))
    guarded.advance(60)
    (message,) = call("sqs", "ReceiveMessage", QueueUrl=urls["target"], WaitTimeSeconds=0)["Messages"]
    assert json.loads(message["Body"])["body"] == "a"
