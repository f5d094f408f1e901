"""The control plane of pipes: states, what is told and what is refused, tags, lists."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.service.pipes.conftest import ROLE

from lambent.testing import LocalPlatform


def test_a_pipe_is_created_stopped_started_changed_and_deleted(pipes: Any, queue: Any, platform: LocalPlatform):
    source, target = queue("source"), queue("target")
    created = pipes.create_pipe(Name="p", RoleArn=ROLE, Source=source.arn, Target=target.arn, Tags={"team": "a"})
    assert (created["DesiredState"], created["CurrentState"]) == ("RUNNING", "CREATING")
    platform.settle()
    told = pipes.describe_pipe(Name="p")
    assert (told["CurrentState"], told["Source"], told["Target"], told["RoleArn"]) == ("RUNNING", source.arn, target.arn, ROLE)
    assert told["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 10}}
    assert told["Tags"] == {"team": "a"}
    states = []
    for change in (
        lambda: pipes.stop_pipe(Name="p"),
        lambda: pipes.start_pipe(Name="p"),
        lambda: pipes.update_pipe(Name="p", RoleArn=ROLE, Description="new", DesiredState="STOPPED"),
    ):
        states.append(change()["CurrentState"])
        platform.settle()
        states.append(pipes.describe_pipe(Name="p")["CurrentState"])
    assert states == ["STOPPING", "STOPPED", "STARTING", "RUNNING", "UPDATING", "STOPPED"]
    assert pipes.describe_pipe(Name="p")["Description"] == "new"
    deleted = pipes.delete_pipe(Name="p")
    assert (deleted["DesiredState"], deleted["CurrentState"]) == ("DELETED", "DELETING")
    platform.settle()
    with pytest.raises(pipes.exceptions.NotFoundException, match="Pipe p does not exist"):
        pipes.describe_pipe(Name="p")


def test_a_name_is_taken_once_and_a_pipe_that_runs_is_not_started(pipes: Any, pipe: Any, queue: Any):
    source, target = queue("source"), queue("target")
    pipe(source.arn, target.arn)
    with pytest.raises(pipes.exceptions.ConflictException, match="already exists"):
        pipe(source.arn, target.arn)
    with pytest.raises(pipes.exceptions.ConflictException, match="RUNNING"):
        pipes.start_pipe(Name="p")


def test_lists_are_narrowed_and_paged(pipes: Any, pipe: Any, queue: Any):
    source, target, other = queue("source"), queue("target"), queue("other")
    for name, to in (("a1", target), ("a2", other), ("b1", target)):
        pipe(source.arn, to.arn, name, DesiredState="STOPPED" if name == "b1" else "RUNNING")

    def names(**wanted: Any) -> list[str]:
        return [each["Name"] for each in pipes.list_pipes(**wanted)["Pipes"]]

    assert names() == ["a1", "a2", "b1"]
    assert names(NamePrefix="a") == ["a1", "a2"]
    assert names(TargetPrefix=target.arn) == ["a1", "b1"]
    assert names(CurrentState="STOPPED") == names(DesiredState="STOPPED") == ["b1"]
    first = pipes.list_pipes(Limit=2)
    assert [each["Name"] for each in first["Pipes"]] == ["a1", "a2"]
    assert names(Limit=2, NextToken=first["NextToken"]) == ["b1"]


def test_tags_are_put_and_taken_away(pipes: Any, pipe: Any, queue: Any):
    arn = pipe(queue("source").arn, queue("target").arn, Tags={"a": "1"})
    pipes.tag_resource(resourceArn=arn, tags={"b": "2"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    with pytest.raises(pipes.exceptions.NotFoundException):
        pipes.list_tags_for_resource(resourceArn=arn + "x")


def test_an_update_keeps_what_it_does_not_name_and_takes_an_enrichment_away(
    pipes: Any, pipe: Any, queue: Any, function: Any, platform: LocalPlatform
):
    filters = {"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]}}
    pipe(
        queue("source").arn,
        queue("target").arn,
        Enrichment=function("f", "def handler(event, context):\n    return event\n"),
        SourceParameters=filters | {"SqsQueueParameters": {"BatchSize": 5}},
        TargetParameters={"InputTemplate": "<$.body>"},
    )
    changed = {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}}
    pipes.update_pipe(Name="p", RoleArn=ROLE, Enrichment="", SourceParameters=changed)
    platform.settle()
    told = pipes.describe_pipe(Name="p")
    assert told["SourceParameters"] == filters | {"SqsQueueParameters": {"BatchSize": 5, "MaximumBatchingWindowInSeconds": 1}}
    assert told["TargetParameters"] == {"InputTemplate": "<$.body>"}
    assert not told["Enrichment"]


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"Source": "arn:aws:sqs:us-east-1:{account}:nowhere"}, "ValidationException", "cannot be used"),
        ({"Source": "arn:aws:kafka:us-east-1:{account}:cluster/c/u"}, "NotImplemented", "no pipes from Amazon MSK"),
        ({"Target": "arn:aws:events:us-east-1:{account}:api-destination/d/u"}, "NotImplemented", "API destinations"),
        ({"Enrichment": "arn:aws:execute-api:us-east-1:{account}:api/s/GET/"}, "NotImplemented", "API Gateway"),
        ({"Enrichment": "arn:aws:sqs:us-east-1:{account}:target"}, "ValidationException", "not a supported enrichment"),
        ({"Target": "arn:aws:ecs:us-east-1:{account}:cluster/c"}, "NotImplemented", "Amazon ECS"),
        ({"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}}, "ValidationException", "greater than 0"),
        (
            {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 20, "MaximumBatchingWindowInSeconds": 1}}},
            "ValidationException",
            "maximum batch size of the target, 10",
        ),
        (
            {"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "no"}]}}},
            "ValidationException",
            "Invalid filter pattern",
        ),
        ({"TargetParameters": {"KinesisStreamParameters": {"PartitionKey": "k"}}}, "ValidationException", "not supported"),
    ],
)
def test_what_cannot_be_a_pipe_is_refused(pipes: Any, queue: Any, account: str, members: dict[str, Any], code: str, words: str):
    source, target = queue("source"), queue("target")
    told = {name: value.format(account=account) if isinstance(value, str) else value for name, value in members.items()}
    given = {"Name": "p", "RoleArn": ROLE, "Source": source.arn, "Target": target.arn}
    with pytest.raises(ClientError) as refused:
        pipes.create_pipe(**(given | told))
    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]


def test_a_standard_workflow_is_not_waited_for(pipes: Any, queue: Any, machine: Any):
    standard = machine("m", {"Type": "Succeed"}, "STANDARD")
    with pytest.raises(pipes.exceptions.ValidationException, match="FIRE_AND_FORGET"):
        pipes.create_pipe(Name="p", RoleArn=ROLE, Source=queue("source").arn, Target=standard)


def test_a_role_that_iam_knows_must_let_pipes_in_and_may_read_the_source(pipes: Any, queue: Any, client: Any, pipe: Any):
    iam, source = client("iam"), queue("source")

    def trust(service: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))["Role"]["Arn"]
    with pytest.raises(pipes.exceptions.ValidationException, match="must allow EventBridge Pipes"):
        pipe(source.arn, queue("target").arn, RoleArn=role)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust("pipes.amazonaws.com"))
    with pytest.raises(pipes.exceptions.ValidationException, match="may not do sqs:ReceiveMessage"):
        pipe(source.arn, queue("target").arn, RoleArn=role)
    allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)
    pipe(source.arn, queue("target").arn, RoleArn=role)
