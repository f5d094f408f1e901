"""AddPermission, GetPolicy, RemovePermission, and what they let others do."""

import json

import pytest

INVOKE = {"StatementId": "s", "Action": "lambda:InvokeFunction"}


def test_a_statement_is_added_told_and_removed(create, aws, account):
    arn = create()["FunctionArn"]
    told = aws.add_permission(
        FunctionName="f", Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b", SourceAccount=account, **INVOKE
    )
    statement = json.loads(told["Statement"])
    assert statement == {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceAccount": account}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
    }
    policy = aws.get_policy(FunctionName="f")
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    aws.remove_permission(FunctionName="f", StatementId="s", RevisionId=policy["RevisionId"])
    with pytest.raises(aws.exceptions.ResourceNotFoundException, match="The resource you requested does not exist"):
        aws.get_policy(FunctionName="f")


def test_what_aws_refuses_is_refused_in_its_words(create, aws, refused):
    create()
    aws.add_permission(FunctionName="f", Principal="*", **INVOKE)
    assert refused("add_permission", FunctionName="f", Principal="*", **INVOKE) == (
        "ResourceConflictException",
        "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
    )
    assert refused("add_permission", FunctionName="f:$LATEST", Principal="*", **INVOKE) == (
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
    )
    assert refused("add_permission", FunctionName="f", Principal="nobody", **INVOKE)[0] == "InvalidParameterValueException"
    assert refused("remove_permission", FunctionName="f", StatementId="x") == (
        "ResourceNotFoundException",
        "Statement x is not found in resource policy.",
    )
    assert refused("add_permission", FunctionName="g", Principal="*", **INVOKE)[0] == "ResourceNotFoundException"


def test_another_account_invokes_what_it_was_let_into(create, aws, client):
    arn = create()["FunctionArn"]
    stranger = client("lambda", aws_access_key_id="222222222222")
    for name in (arn, arn + "-that-is-not-there", arn + ":7"):
        with pytest.raises(stranger.exceptions.ClientError, match="AccessDeniedException"):
            stranger.invoke(FunctionName=name, Payload=b"1")
    aws.add_permission(FunctionName="f", Principal="222222222222", **INVOKE)
    assert stranger.invoke(FunctionName=arn, Payload=b"1")["Payload"].read() == b"1"
