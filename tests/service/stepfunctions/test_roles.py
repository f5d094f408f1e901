"""With ``--auth iam`` a state machine may do what its role may do."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import machine

from lambent.core.context import Context
from lambent.testing import LocalPlatform

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="iam") as running:
        yield running


@pytest.fixture
def call(guarded: LocalPlatform) -> Callable[..., Any]:
    """``call("sqs", "CreateQueue", QueueName="q")`` as the root of the account, in process."""
    context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", guarded.url)
    return lambda service, operation, **given: guarded.run(guarded.platform.call(context, service, operation, given))


def statement(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def ended(guarded: LocalPlatform, call: Callable[..., Any], name: str) -> dict[str, Any]:
    parameters = {"QueueUrl": f"{guarded.url}/{ACCOUNT}/q", "MessageBody": "x"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}
    arn = call("stepfunctions", "CreateStateMachine", name=name, definition=json.dumps(machine(S=task)), roleArn=ROLE)
    execution = call("stepfunctions", "StartExecution", stateMachineArn=arn["stateMachineArn"])["executionArn"]
    for _ in range(1_000):
        told: dict[str, Any] = call("stepfunctions", "DescribeExecution", executionArn=execution)
        if told["status"] != "RUNNING":
            return told
    raise AssertionError("it does not end")


def test_a_role_needs_a_policy_for_what_a_task_does(guarded: LocalPlatform, call: Callable[..., Any]) -> None:
    call("sqs", "CreateQueue", QueueName="q")
    call("iam", "CreateRole", RoleName="states", AssumeRolePolicyDocument=statement(TRUST))
    denied = ended(guarded, call, "denied")
    assert denied["error"] == "SQS.AmazonSQSException"
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/states/" in denied["cause"]
    assert "is not authorized to perform: sqs:sendmessage on resource: " in denied["cause"]
    allowed = statement({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    call("iam", "PutRolePolicy", RoleName="states", PolicyName="p", PolicyDocument=allowed)
    assert ended(guarded, call, "allowed")["status"] == "SUCCEEDED"
