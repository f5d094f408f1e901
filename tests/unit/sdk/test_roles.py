"""The role of functions that name none."""

import json
import time
from datetime import UTC, datetime

import pytest
from tests.unit.sdk.functions_to_deploy import double

from lambent.sdk import roles, wanted
from lambent.sdk.clients import Target
from lambent.sdk.failures import DeployError
from lambent.sdk.roles import Role
from lambent.sdk.settings import Settings

TARGET = Target("us-east-1")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"
SHARED = "arn:aws:iam::123456789012:role/lambent-function"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def wants(**settings):
    return wanted.wanted(double, Settings.of(**settings), TARGET, arn_of=lambda arn, _: arn)


@pytest.fixture
def iam(aws, refusal):
    """An account without roles of ours."""
    aws.answers["get_role"] = [refusal("NoSuchEntity")]
    aws.answers["create_role"] = [{"Role": {"Arn": SHARED}}]
    aws.answers["list_attached_role_policies"] = [{"AttachedPolicies": []}]
    return aws


def policy_of(iam):
    return json.loads(iam.parameters("put_role_policy")["PolicyDocument"])["Statement"]


def test_a_role_that_is_given_is_used_and_nobody_is_asked(aws):
    role = "arn:aws:iam::123456789012:role/mine"
    assert roles.ensured(wants(role=role), TARGET) == Role(role)
    assert aws.calls == []


def test_a_role_that_is_named_has_to_be_there(aws, refusal):
    aws.answers["get_role"] = [{"Role": {"Arn": "arn:aws:iam::123456789012:role/team/mine"}}, refusal("NoSuchEntity")]
    assert roles.ensured(wants(role="mine"), TARGET).arn == "arn:aws:iam::123456789012:role/team/mine"
    with pytest.raises(DeployError, match="there is no role mine"):
        roles.ensured(wants(role="mine"), TARGET)
    assert set(aws.names()) == {"get_role"}


def test_the_first_function_makes_the_role_that_all_share(iam):
    role = roles.ensured(wants(), TARGET)
    assert (role.arn, role.is_new) == (SHARED, True)
    assert iam.parameters("create_role")["RoleName"] == "lambent-function"
    trust = json.loads(iam.parameters("create_role")["AssumeRolePolicyDocument"])["Statement"][0]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert iam.parameters("attach_role_policy") == {"RoleName": "lambent-function", "PolicyArn": BASIC}
    assert [statement["Resource"] for statement in policy_of(iam)] == [
        "arn:aws:lambda:*:123456789012:function:*",
        "arn:aws:s3:::lambent-123456789012-*/values/*",
        "arn:aws:s3:::lambent-123456789012-*",
    ]


def test_the_shared_role_is_looked_for_once_in_a_process(iam):
    role = roles.ensured(wants(), TARGET)
    asked = len(iam.calls)
    assert roles.ensured(wants(), TARGET) is role
    assert len(iam.calls) == asked
    roles.forget(TARGET)
    roles.ensured(wants(), TARGET)
    assert len(iam.calls) > asked


@pytest.mark.parametrize(("age_s", "is_new"), [(2, True), (3_600, False), (-5, True)])
def test_a_role_is_new_for_a_while_whoever_made_it(aws, age_s, is_new):
    made = datetime.fromtimestamp(time.time() - age_s, UTC)
    aws.answers["get_role"] = [{"Role": {"Arn": SHARED, "CreateDate": made}}]
    assert roles.ensured(wants(), TARGET).is_new == is_new


def test_a_role_that_another_deploy_made_meanwhile_is_used(iam, refusal):
    iam.answers["get_role"] = [refusal("NoSuchEntity"), {"Role": {"Arn": SHARED}}]
    iam.answers["create_role"] = [refusal("EntityAlreadyExists")]
    assert roles.ensured(wants(), TARGET).arn == SHARED


@pytest.mark.parametrize(
    ("settings", "action", "resource"),
    [
        ({"on_failure": QUEUE}, "sqs:SendMessage", QUEUE),
        ({"on_success": "arn:aws:sns:us-east-1:123456789012:done"}, "sns:Publish", "arn:aws:sns:us-east-1:123456789012:done"),
        ({"dead_letters": QUEUE}, "sqs:SendMessage", QUEUE),
        (
            {"on_failure": "arn:aws:events:us-east-1:123456789012:event-bus/b"},
            "events:PutEvents",
            "arn:aws:events:us-east-1:123456789012:event-bus/b",
        ),
        ({"on_failure": "arn:aws:s3:::failed"}, "s3:PutObject", "arn:aws:s3:::failed/*"),
        ({"policies": [{"Action": "dynamodb:GetItem", "Resource": "arn:t"}]}, "dynamodb:GetItem", "arn:t"),
        ({"policies": [{"Action": "dynamodb:ListTables"}]}, "dynamodb:ListTables", "*"),
    ],
)
def test_a_function_that_needs_more_has_a_role_of_its_own_that_allows_it(iam, settings, action, resource):
    roles.ensured(wants(**settings), TARGET)
    assert iam.parameters("create_role")["RoleName"] == roles.own_name(wants().name) != "lambent-function"
    assert {"Effect": "Allow", "Action": action, "Resource": resource} in policy_of(iam)


def test_managed_policies_are_attached_and_those_no_longer_wanted_detached(iam):
    old = "arn:aws:iam::aws:policy/Old"
    iam.answers["get_role"] = [{"Role": {"Arn": SHARED}}]
    iam.answers["list_attached_role_policies"] = [{"AttachedPolicies": [{"PolicyArn": BASIC}, {"PolicyArn": old}]}]
    roles.ensured(wants(policies=["AmazonS3ReadOnlyAccess"]), TARGET)
    assert iam.parameters("attach_role_policy")["PolicyArn"] == "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert iam.parameters("detach_role_policy")["PolicyArn"] == old
    assert iam.names().count("attach_role_policy") == 1


def test_a_destination_among_the_functions_needs_no_role_of_its_own():
    settings = wants(on_failure="arn:aws:lambda:us-east-1:123456789012:function:other")
    assert roles.name_of(settings) == "lambent-function"


def test_the_names_of_two_long_functions_roles_differ():
    names = [roles.own_name("a" * 63 + last) for last in "xy"]
    assert len(set(names)) == 2
    assert max(map(len, names)) == 64
    assert roles.own_name("double") == "lambent-function-double"


def test_a_functions_own_role_is_deleted_with_its_policies(aws, refusal):
    aws.answers["get_role"] = [{"Role": {"Arn": SHARED}}, refusal("NoSuchEntity")]
    aws.answers["list_attached_role_policies"] = [{"AttachedPolicies": [{"PolicyArn": BASIC}]}]
    aws.answers["list_role_policies"] = [{"PolicyNames": ["lambent"]}]
    assert roles.delete_own("double", TARGET)
    assert aws.names()[-3:] == ["list_role_policies", "delete_role_policy", "delete_role"]
    assert not roles.delete_own("double", TARGET)
