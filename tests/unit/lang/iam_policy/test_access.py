"""Whether the policy of a resource lets a caller in."""

import json
from typing import Any

import pytest
from msgspec import structs

from lambent.core.context import Context
from lambent.lang.iam_policy import keys_of, lets_everybody_in, lets_in

ACCOUNT = "111122223333"
QUEUE = "arn:aws:sqs:us-east-1:444455556666:orders"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job"
TOPIC = "arn:aws:sns:us-east-1:777788889999:news"
CONTEXT = Context(ACCOUNT, "us-east-1", "request", ROOT, "http://localhost:4566", source_ip="127.0.0.9", user_agent="x/1")


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "SQS:SendMessage"} | changes


def may(*statements: Any, principal: str = ROOT, source_arn: str = "") -> bool:
    context = structs.replace(CONTEXT, principal_arn=principal, source_arn=source_arn)
    return lets_in(json.dumps({"Statement": list(statements)}), context, "sqs:SendMessage", QUEUE, 0.0)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([statement()], True),
        ([statement(Principal="*", Action=["sqs:receive*", "sqs:Send*"])], True),
        ([statement(Principal={"Service": "sns.amazonaws.com"})], False),
        ([statement(Principal={"AWS": "444455556666"})], False),
        ([statement(Principal={"AWS": ADA})], False),
        ([statement(Action="SQS:ReceiveMessage")], False),
        ([statement(Resource=QUEUE)], True),
        ([statement(Resource=QUEUE + "2")], False),
        ([statement(), statement(Effect="Deny", Action="*")], False),
        ([statement(), statement(Effect="Deny", Action="SQS:*")], False),
        ([statement(Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})], True),
        ([statement(Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})], True),
        ([statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], False),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": "*"}})], False),
        (["nonsense"], False),
    ],
)
def test_a_policy_lets_another_account_in(statements: list[Any], expected: bool):
    assert may(*statements) is expected


def test_no_policy_and_one_that_cannot_be_read_let_nobody_in():
    assert not lets_in("", CONTEXT, "sqs:SendMessage", QUEUE, 0.0)
    assert not lets_in("{", CONTEXT, "sqs:SendMessage", QUEUE, 0.0)


def test_a_user_and_a_role_may_be_named():
    assert may(statement(Principal={"AWS": ADA}), principal=ADA)
    of_role = statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/team/worker"})
    assert may(of_role, principal=SESSION)
    assert not may(of_role, principal=ADA)
    assert may(statement(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/work*"}}), principal=SESSION)


def test_a_service_is_let_in_for_the_resource_that_it_acts_for():
    service = "sns.amazonaws.com"
    of_topic = statement(
        Principal={"Service": service},
        Condition={"ArnEquals": {"aws:SourceArn": TOPIC}, "StringEquals": {"AWS:SourceAccount": "777788889999"}},
    )
    assert may(of_topic, principal=service, source_arn=TOPIC)
    assert not may(of_topic, principal=service, source_arn=TOPIC + "2")
    assert not may(of_topic, principal=service)
    assert not may(of_topic, principal="s3.amazonaws.com", source_arn=TOPIC)


def test_what_is_known_of_a_caller():
    assert keys_of(CONTEXT, 1_577_836_800.5) == {
        "aws:RequestedRegion": "us-east-1",
        "aws:SourceIp": "127.0.0.9",
        "aws:UserAgent": "x/1",
        "aws:SecureTransport": "false",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:CurrentTime": "2020-01-01T00:00:00Z",
        "aws:EpochTime": "1577836800",
    }


def test_a_service_comes_from_nowhere_and_over_no_wire():
    known = keys_of(structs.replace(CONTEXT, principal_arn="s3.amazonaws.com", source_arn="arn:aws:s3:::b"), 0.0)
    assert known["aws:SecureTransport"] == known["aws:PrincipalIsAWSService"] == "true"
    assert (known["aws:PrincipalServiceName"], known["aws:SourceArn"]) == ("s3.amazonaws.com", "arn:aws:s3:::b")
    assert not known.keys() & {"aws:SourceIp", "aws:UserAgent", "aws:SourceAccount"}


def test_nobody_in_particular_is_let_in_where_everybody_is_on_the_conditions_of_the_request():
    nobody = Context("", "us-east-1", "r", "", "http://localhost")
    condition = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:InvokeFunction",
        "Resource": "*",
        "Condition": condition,
    }
    policy = json.dumps({"Statement": [statement]})
    assert not lets_in(policy, nobody, "lambda:InvokeFunction", "arn", 0.0)
    assert lets_in(policy, nobody, "lambda:InvokeFunction", "arn", 0.0, further={"lambda:InvokedViaFunctionUrl": "true"})


OF_URLS = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
PUBLIC = statement(Principal="*", Action="lambda:InvokeFunctionUrl", Condition=OF_URLS)
VIA_URLS = statement(
    Principal="*", Action="lambda:InvokeFunction", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
)
OF_OFFICE = PUBLIC | {"Condition": OF_URLS | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}


FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"
NEEDS = (
    ("lambda:InvokeFunctionUrl", (("lambda:FunctionUrlAuthType", "NONE"),)),
    ("lambda:InvokeFunction", (("lambda:FunctionUrlAuthType", "NONE"), ("lambda:InvokedViaFunctionUrl", "true"))),
)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([PUBLIC, VIA_URLS], True),
        ([PUBLIC | {"Condition": {"StringEquals": {"Lambda:functionurlauthtype": "NONE"}}}, VIA_URLS], True),
        ([PUBLIC], False),  # one of two actions
        ([PUBLIC | {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}, VIA_URLS], False),
        ([PUBLIC | {"Principal": {"AWS": ACCOUNT}}, VIA_URLS], False),
        ([OF_OFFICE, VIA_URLS], False),  # it depends on the visitor
        ([PUBLIC, VIA_URLS, OF_OFFICE | {"Effect": "Deny"}], False),
        ([PUBLIC | {"Resource": "arn:aws:lambda:*:*:function:${aws:username}"}, VIA_URLS], False),
        ([PUBLIC, VIA_URLS, PUBLIC | {"Effect": "Deny", "Condition": {}}], False),
        ([], False),
    ],
)
def test_everybody_is_let_in_by_what_asks_nothing_of_the_visitor(statements: list[Any], expected: bool) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert lets_everybody_in(policy, FUNCTION, NEEDS) is expected


@pytest.mark.parametrize("policy", ["", "no policy"])
def test_no_policy_lets_everybody_in(policy: str) -> None:
    assert not lets_everybody_in(policy, FUNCTION, NEEDS)
