"""With ``--auth iam`` a state machine may do what its role may do."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import machine
from tests.service.web import serving

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


def sending(guarded: LocalPlatform) -> dict[str, Any]:
    parameters = {"QueueUrl": f"{guarded.url}/{ACCOUNT}/q", "MessageBody": "x"}
    return {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters, "End": True}


def ended(call: Callable[..., Any], task: dict[str, Any], name: str, role_arn: str = ROLE) -> dict[str, Any]:
    definition = json.dumps(machine(S=task))
    arn = call("stepfunctions", "CreateStateMachine", name=name, definition=definition, roleArn=role_arn)
    execution = call("stepfunctions", "StartExecution", stateMachineArn=arn["stateMachineArn"])["executionArn"]
    for _ in range(1_000):
        told: dict[str, Any] = call("stepfunctions", "DescribeExecution", executionArn=execution)
        if told["status"] != "RUNNING":
            return told
    raise AssertionError("it does not end")


def test_a_role_needs_a_policy_for_what_a_task_does(guarded: LocalPlatform, call: Callable[..., Any]) -> None:
    call("sqs", "CreateQueue", QueueName="q")
    call("iam", "CreateRole", RoleName="states", AssumeRolePolicyDocument=statement(TRUST))
    denied = ended(call, sending(guarded), "denied")
    assert denied["error"] == "SQS.AmazonSQSException"
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/states/" in denied["cause"]
    assert "is not authorized to perform: sqs:sendmessage on resource: " in denied["cause"]
    allowed = statement({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    call("iam", "PutRolePolicy", RoleName="states", PolicyName="p", PolicyDocument=allowed)
    assert ended(call, sending(guarded), "allowed")["status"] == "SUCCEEDED"


def test_a_denial_is_an_error_of_the_service_that_a_task_calls(guarded: LocalPlatform, call: Callable[..., Any]) -> None:
    """As AWS names them: with the integration's own name for what the operation's model does not know."""
    call("iam", "CreateRole", RoleName="powerless", AssumeRolePolicyDocument=statement(TRUST))
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/powerless"
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    for number, (resource, parameters, error, action) in enumerate(
        (
            (
                "arn:aws:states:::lambda:invoke",
                {"FunctionName": function},
                "Lambda.AWSLambdaException",
                "lambda:InvokeFunction",
            ),
            (function, {}, "Lambda.AWSLambdaException", "lambda:InvokeFunction"),
            ("arn:aws:states:::aws-sdk:sqs:listQueues", {}, "Sqs.SqsException", "sqs:listqueues"),
            (
                "arn:aws:states:::states:startExecution",
                {"StateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:other"},
                "StepFunctions.AWSStepFunctionsException",
                "states:StartExecution",
            ),
        )
    ):
        task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
        denied = ended(call, task, f"denied{number}", role_arn)
        assert denied["error"] == error, denied
        assert f"is not authorized to perform: {action}" in denied["cause"]


def test_a_web_api_needs_two_permissions(guarded: LocalPlatform, call: Callable[..., Any]) -> None:
    call("iam", "CreateRole", RoleName="web", AssumeRolePolicyDocument=statement(TRUST))
    basic = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    made = call("events", "CreateConnection", Name="c", AuthorizationType="BASIC", AuthParameters=basic)["ConnectionArn"]
    with serving() as web:
        parameters = {"ApiEndpoint": web.url, "Method": "GET", "Authentication": {"ConnectionArn": made}}
        task = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": True}

        def outcome(name: str, *statements: dict[str, Any]) -> str:
            call("iam", "PutRolePolicy", RoleName="web", PolicyName="p", PolicyDocument=statement(*statements))
            told = ended(call, task, name, f"arn:aws:iam::{ACCOUNT}:role/web")
            return str(told.get("error", told["status"]))

        keys = {"StringEquals": {"states:HTTPMethod": "GET"}, "StringLike": {"states:HTTPEndpoint": f"{web.url}*"}}
        invoke = {"Effect": "Allow", "Action": "states:InvokeHTTPEndpoint", "Resource": "*", "Condition": keys}
        read = {"Effect": "Allow", "Action": "events:RetrieveConnectionCredentials", "Resource": made}
        assert outcome("web0", read) == "States.Permissions"
        assert outcome("web1", invoke) == "Events.ConnectionResource.AccessDenied"
        assert outcome("web2", invoke, read) == "SUCCEEDED"
        assert [seen.headers["authorization"] for seen in web.seen] == ["Basic dTpw"]
