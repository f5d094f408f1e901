"""Simulations through boto3: what the policies of users, groups and roles would allow."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[str, int, str]]

QUEUE = "arn:aws:sqs:us-east-1:{}:orders"


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)}, separators=(",", ":"))


def allow(*actions: str, resource: str = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **others}


def deny(*actions: str, **others: Any) -> dict[str, Any]:
    return {**allow(*actions, **others), "Effect": "Deny"}


SEND = document(allow("sqs:SendMessage"))


@pytest.fixture
def arn(iam: Any, role: str) -> str:
    return str(iam.get_role(RoleName=role)["Role"]["Arn"])


@pytest.fixture
def decide(iam: Any) -> Callable[..., str]:
    """``decide(arn, "sqs:SendMessage", queue)``: the decision on one action."""

    def decided(arn: str, action: str, resource: str = "*", **others: Any) -> str:
        told = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], **others)
        [result] = told["EvaluationResults"]
        return str(result["EvalDecision"])

    return decided


def test_a_role_may_do_what_its_policies_allow(iam: Any, arn: str, decide: Callable[..., str], account: str):
    queue = QUEUE.format(account)
    assert decide(arn, "sqs:SendMessage", queue) == "implicitDeny"
    iam.put_role_policy(RoleName="worker", PolicyName="send", PolicyDocument=document(allow("sqs:Send*", resource=queue)))
    assert decide(arn, "sqs:SendMessage", queue) == "allowed"
    assert decide(arn, "sqs:SendMessage", queue + "2") == "implicitDeny"
    assert decide(arn, "sqs:ReceiveMessage", queue) == "implicitDeny"
    iam.put_role_policy(RoleName="worker", PolicyName="never", PolicyDocument=document(deny("sqs:*")))
    assert decide(arn, "sqs:SendMessage", queue) == "explicitDeny"
    iam.delete_role_policy(RoleName="worker", PolicyName="never")
    iam.delete_role_policy(RoleName="worker", PolicyName="send")
    assert decide(arn, "sqs:SendMessage", queue) == "implicitDeny"


def test_a_policy_that_aws_manages_counts_while_it_is_attached(iam: Any, arn: str, decide: Callable[..., str]):
    managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    iam.attach_role_policy(RoleName="worker", PolicyArn=managed)
    assert decide(arn, "sqs:ReceiveMessage") == "allowed"
    iam.detach_role_policy(RoleName="worker", PolicyArn=managed)
    assert decide(arn, "sqs:ReceiveMessage") == "implicitDeny"


def test_the_default_version_of_a_managed_policy_counts(iam: Any, arn: str, decide: Callable[..., str]):
    policy = iam.create_policy(PolicyName="p", PolicyDocument=SEND)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=policy)
    assert decide(arn, "sqs:SendMessage") == "allowed"
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document(allow("s3:GetObject")), SetAsDefault=True)
    assert decide(arn, "sqs:SendMessage") == "implicitDeny"
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    assert decide(arn, "sqs:SendMessage") == "allowed"


def test_a_user_may_do_what_its_groups_may(iam: Any, decide: Callable[..., str]):
    user = iam.create_user(UserName="ada", Path="/team/")["User"]["Arn"]
    group = iam.create_group(GroupName="senders")["Group"]["Arn"]
    iam.put_group_policy(GroupName="senders", PolicyName="send", PolicyDocument=SEND)
    assert decide(group, "sqs:SendMessage") == "allowed"
    assert decide(user, "sqs:SendMessage") == "implicitDeny"
    iam.add_user_to_group(GroupName="senders", UserName="ada")
    assert decide(user, "sqs:SendMessage") == "allowed"
    iam.remove_user_from_group(GroupName="senders", UserName="ada")
    assert decide(user, "sqs:SendMessage") == "implicitDeny"


def test_each_decision_tells_the_statement_behind_it(iam: Any, arn: str, account: str):
    first, second = json.dumps(allow("s3:GetObject")), json.dumps(allow("sqs:SendMessage"))
    iam.put_role_policy(RoleName="worker", PolicyName="send", PolicyDocument=f'{{"Statement":[{first},\n {second}]}}')
    told = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sqs:SendMessage"])
    assert told["IsTruncated"] is False
    [result] = told["EvaluationResults"]
    statement = {
        "SourcePolicyId": "role_worker_send",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 2, "Column": 3},
        "EndPosition": {"Line": 2, "Column": 2 + len(second)},
    }
    assert result == {
        "EvalActionName": "sqs:SendMessage",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [statement],
        "MissingContextValues": [],
    }
    managed = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_role_policy(RoleName="worker", PolicyArn=managed)
    result = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sqs:SendMessage"])["EvaluationResults"][0]
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["role_worker_send", "AdministratorAccess"]


def test_each_resource_has_a_result_of_its_own_and_the_worst_is_told_of_all(iam: Any, account: str):
    first, second = QUEUE.format(account), QUEUE.format(account) + "2"
    told = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("sqs:*", resource=first), deny("sqs:PurgeQueue", resource=second))],
        ActionNames=["sqs:SendMessage", "sqs:PurgeQueue"],
        ResourceArns=[first, second],
    )["EvaluationResults"]
    assert [(one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in told] == [
        ("sqs:SendMessage", "*", "implicitDeny"),
        ("sqs:PurgeQueue", "*", "explicitDeny"),
    ]
    decisions = [
        [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in result["ResourceSpecificResults"]] for result in told
    ]
    assert decisions == [
        [(first, "allowed"), (second, "implicitDeny")],
        [(first, "allowed"), (second, "explicitDeny")],
    ]
    assert [one["SourcePolicyId"] for one in told[1]["MatchedStatements"]] == ["PolicyInputList.1"]


def test_a_permissions_boundary_bounds_and_says_so(iam: Any, arn: str, decide: Callable[..., str]):
    iam.put_role_policy(RoleName="worker", PolicyName="send", PolicyDocument=SEND)
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
    asked = {"PolicySourceArn": arn, "ActionNames": ["sqs:SendMessage"]}
    [result] = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    [result] = iam.simulate_principal_policy(**asked, PermissionsBoundaryPolicyInputList=[SEND])["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    iam.delete_role_permissions_boundary(RoleName="worker")
    assert decide(arn, "sqs:SendMessage") == "allowed"


def test_conditions_are_judged_by_what_is_given_and_miss_what_is_not(iam: Any):
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}
    asked = {"PolicyInputList": [document(allow("sqs:*", Condition=condition))], "ActionNames": ["sqs:SendMessage"]}
    [result] = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:SourceVpc", "aws:MultiFactorAuthAge"]
    entries = [
        {"ContextKeyName": "AWS:SourceVpc", "ContextKeyValues": ["vpc-1"], "ContextKeyType": "string"},
        {"ContextKeyName": "aws:MultiFactorAuthAge", "ContextKeyValues": ["59"], "ContextKeyType": "numeric"},
    ]
    [result] = iam.simulate_custom_policy(**asked, ContextEntries=entries)["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


def test_who_the_principal_is_need_not_be_given(iam: Any, decide: Callable[..., str]):
    user = iam.create_user(UserName="ada", Tags=[{"Key": "Team", "Value": "blue"}])["User"]["Arn"]
    resource = "arn:aws:s3:::home/${aws:PrincipalTag/team}/${aws:username}/*"
    iam.put_user_policy(UserName="ada", PolicyName="home", PolicyDocument=document(allow("s3:GetObject", resource=resource)))
    assert decide(user, "s3:GetObject", "arn:aws:s3:::home/blue/ada/x") == "allowed"
    assert decide(user, "s3:GetObject", "arn:aws:s3:::home/blue/bob/x") == "implicitDeny"
    iam.tag_user(UserName="ada", Tags=[{"Key": "Team", "Value": "red"}])
    assert decide(user, "s3:GetObject", "arn:aws:s3:::home/red/ada/x") == "allowed"


def test_policies_may_be_added_and_left_out(iam: Any, arn: str, decide: Callable[..., str]):
    managed = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    iam.put_role_policy(RoleName="worker", PolicyName="send", PolicyDocument=SEND)
    assert decide(arn, "s3:GetObject", PolicyInputList=[document(allow("s3:*"))]) == "allowed"
    assert decide(arn, "sqs:SendMessage", PolicyInputList=[document(deny("sqs:*"))]) == "explicitDeny"
    assert decide(arn, "sqs:SendMessage", PolicyExclusionList=[{"PolicyType": "inline"}]) == "implicitDeny"
    inline = {"PolicyName": "send", "AttachmentType": "role", "AttachmentName": "worker"}
    assert decide(arn, "sqs:SendMessage", PolicyExclusionList=[{"InlinePolicyIdentifier": inline}]) == "implicitDeny"
    assert decide(arn, "sqs:SendMessage", PolicyExclusionList=[{"PolicyArn": managed}]) == "allowed"


@pytest.mark.parametrize(
    ("principal", "owner", "decision"),
    [("same", "same", "allowed"), ("root", "same", "implicitDeny"), ("same", "other", "implicitDeny")],
)
def test_a_resource_policy_takes_part(iam: Any, account: str, principal: str, owner: str, decision: str):
    caller = f"arn:aws:iam::{account}:user/ada"
    names = {"same": caller, "root": f"arn:aws:iam::{account}:root"}
    statement = {**allow("s3:GetObject", resource="arn:aws:s3:::b/*"), "Principal": {"AWS": names[principal]}}
    [result] = iam.simulate_custom_policy(
        PolicyInputList=[SEND],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::b/x"],
        ResourcePolicy=document(statement),
        ResourceOwner={"same": account, "other": "arn:aws:iam::999999999999:root"}[owner],
        CallerArn=caller,
    )["EvaluationResults"]
    assert result["EvalDecision"] == decision
    details = {} if owner == "same" else {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    assert result["EvalDecisionDetails"] == details


def test_results_come_in_pages(iam: Any):
    actions = [f"sqs:Action{number}" for number in range(5)]
    asked = {"PolicyInputList": [SEND], "ActionNames": actions}
    first = iam.simulate_custom_policy(**asked, MaxItems=2)
    assert (first["IsTruncated"], len(first["EvaluationResults"])) == (True, 2)
    pages = iam.get_paginator("simulate_custom_policy").paginate(**asked, PaginationConfig={"PageSize": 2})
    assert [one["EvalActionName"] for page in pages for one in page["EvaluationResults"]] == actions


def test_the_context_keys_of_policies_are_told(iam: Any, arn: str):
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    iam.put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=document(allow("s3:*", Condition=condition)))
    other = document(allow("s3:*", resource="arn:aws:s3:::b/${aws:username}/${AWS:SecureTransport}"))
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[other])["ContextKeyNames"] == [
        "aws:username",
        "AWS:SecureTransport",
    ]
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == ["aws:SecureTransport"]
    told = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[other])
    assert told["ContextKeyNames"] == ["aws:SecureTransport", "aws:username"]


def test_whom_nobody_made_is_not_found(iam: Any, account: str, refusal: Refusal):
    for operation in (iam.simulate_principal_policy, iam.get_context_keys_for_principal_policy):
        actions = {"ActionNames": ["sqs:SendMessage"]} if operation == iam.simulate_principal_policy else {}
        told = refusal(operation, PolicySourceArn=f"arn:aws:iam::{account}:role/nobody", **actions)
        assert told == ("NoSuchEntity", 404, "The role with name nobody cannot be found.")


def test_a_role_is_found_by_its_whole_arn_only(iam: Any, arn: str, account: str, refusal: Refusal):
    told = refusal(
        iam.simulate_principal_policy,
        PolicySourceArn=f"arn:aws:iam::{account}:role/team/worker",
        ActionNames=["sqs:SendMessage"],
    )
    assert told[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ActionNames": ["sqs:Send*"]}, "Invalid action name: sqs:Send*"),
        ({"ResourceArns": ["orders"]}, "Invalid resource: orders"),
        ({"PolicyInputList": ["{"]}, "Syntax errors in policy."),
        ({"PolicyInputList": [SEND.replace("sqs", "sqs:x")]}, "Actions/Condition can contain only one colon."),
        ({"PermissionsBoundaryPolicyInputList": [SEND, SEND]}, "You can specify at most 1 permissions boundary policy."),
        ({"ResourcePolicy": SEND}, "CallerArn is required where a ResourcePolicy is given."),
        ({"CallerArn": "arn:aws:sts::111122223333:assumed-role/a/b"}, "Invalid caller ARN: "),
        ({"CallerArn": "arn:aws:iam::111122223333:user/a", "ResourcePolicy": "[]"}, "Invalid resource policy: "),
        ({"ResourceOwner": "me"}, "Invalid resource owner: me"),
        (
            {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [SEND]}]},
            "Lambent does not simulate the policies of organizations.",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(iam: Any, refusal: Refusal, changes: dict[str, Any], message: str):
    asked = {"PolicyInputList": [SEND], "ActionNames": ["sqs:SendMessage"]} | changes
    code, status, told = refusal(iam.simulate_custom_policy, **asked)
    assert (code, status) == ("InvalidInput", 400)
    assert told.startswith(message)


def test_an_arn_of_no_entity_is_refused(iam: Any, refusal: Refusal):
    session = "arn:aws:sts::111122223333:assumed-role/worker/job"
    told = refusal(iam.simulate_principal_policy, PolicySourceArn=session, ActionNames=["sqs:SendMessage"])
    assert told == ("InvalidInput", 400, f"Invalid Entity Arn: {session} does not clearly define entity type and name.")


def test_a_policy_with_an_unknown_operator_is_not_kept(iam: Any, role: str, refusal: Refusal):
    text = document(allow("sqs:*", Condition={"StringEqual": {"aws:username": "ada"}}))
    told = refusal(iam.put_role_policy, RoleName=role, PolicyName="p", PolicyDocument=text)
    assert told == ("MalformedPolicyDocument", 400, "Invalid Condition type : StringEqual")
