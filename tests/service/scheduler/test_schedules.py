"""Schedules are made, told, listed, changed, deleted; and what AWS refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.service.scheduler.conftest import OFF, ROLE, wanted

from lambent.testing import LocalPlatform

LATER = "at(2190-01-01T00:00:00)"


@pytest.fixture
def arn(account: str) -> str:
    """Of a queue that need not be there."""
    return f"arn:aws:sqs:us-east-1:{account}:q"


@pytest.fixture
def problem(scheduler: Any, refusal: Any, arn: str) -> Any:
    """``problem(ScheduleExpression=…)``: why a schedule with these members is refused."""

    def ask(target: str = arn, **members: Any) -> str:
        code, status, message = refusal(
            scheduler.create_schedule, **{"Name": "s", "ScheduleExpression": LATER, **wanted(target, **members)}
        )
        assert (code, status) == ("ValidationException", 400)
        assert scheduler.list_schedules()["Schedules"] == []
        return message

    return ask


class TestControlPlane:
    def test_what_is_made_is_told_with_aws_defaults(self, scheduler: Any, schedule: Any, arn: str, account: str, platform: Any):
        made = schedule("s", LATER, arn, Input="i")
        assert made == f"arn:aws:scheduler:us-east-1:{account}:schedule/default/s"
        told = scheduler.get_schedule(Name="s")
        del told["ResponseMetadata"]
        now = platform.now().replace(microsecond=0)
        assert [told.pop(name).replace(microsecond=0) for name in ("CreationDate", "LastModificationDate")] == [now, now]
        assert told == {
            "Arn": made,
            "Name": "s",
            "GroupName": "default",
            "State": "ENABLED",
            "ScheduleExpression": LATER,
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": OFF,
            "ActionAfterCompletion": "NONE",
            "Target": {
                "Arn": arn,
                "RoleArn": ROLE,
                "Input": "i",
                "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
            },
        }

    def test_all_that_is_given_is_told(self, scheduler: Any, schedule: Any, arn: str, platform: LocalPlatform):
        start = platform.now().replace(microsecond=0) + timedelta(days=1)
        given = {
            "Description": "d",
            "StartDate": start,
            "EndDate": start + timedelta(days=1),
            "ScheduleExpressionTimezone": "Europe/Berlin",
            "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
            "ActionAfterCompletion": "DELETE",
            "State": "DISABLED",
        }
        schedule("s", "cron(0 9 * * ?)", arn, RetryPolicy={"MaximumRetryAttempts": 0}, **given)
        told = scheduler.get_schedule(Name="s")
        assert {name: told[name] for name in given} == given
        assert told["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 0}

    def test_a_change_puts_all_of_it_anew(self, scheduler: Any, schedule: Any, arn: str, platform: LocalPlatform):
        schedule("s", LATER, arn, Description="d", State="DISABLED")
        made = scheduler.get_schedule(Name="s")
        platform.advance(10)
        scheduler.update_schedule(Name="s", ScheduleExpression="rate(1 day)", **wanted(arn, Input="i"))
        told = scheduler.get_schedule(Name="s")
        assert "Description" not in told
        assert (told["State"], told["ScheduleExpression"], told["Target"]["Input"]) == ("ENABLED", "rate(1 day)", "i")
        assert told["CreationDate"] == made["CreationDate"]
        assert told["LastModificationDate"] - made["LastModificationDate"] == timedelta(seconds=10)

    def test_a_name_is_of_one_schedule_in_its_group(self, scheduler: Any, schedule: Any, refusal: Any, arn: str):
        scheduler.create_schedule_group(Name="g")
        schedule("s", LATER, arn)
        schedule("s", LATER, arn, GroupName="g")
        again = {"Name": "s", "ScheduleExpression": LATER, **wanted(arn)}
        assert refusal(scheduler.create_schedule, **again) == ("ConflictException", 409, "Schedule s already exists.")
        scheduler.delete_schedule(Name="s")
        assert scheduler.get_schedule(Name="s", GroupName="g")["GroupName"] == "g"

    def test_what_is_not_there_is_not_found(self, scheduler: Any, refusal: Any, arn: str):
        missing = ("ResourceNotFoundException", 404, "Schedule s does not exist.")
        change = {"Name": "s", "ScheduleExpression": LATER, **wanted(arn)}
        assert refusal(scheduler.get_schedule, Name="s") == missing
        assert refusal(scheduler.delete_schedule, Name="s") == missing
        assert refusal(scheduler.update_schedule, **change) == missing
        missing = ("ResourceNotFoundException", 404, "Schedule group g does not exist.")
        assert refusal(scheduler.get_schedule, Name="s", GroupName="g") == missing
        assert refusal(scheduler.create_schedule, GroupName="g", **change) == missing
        assert refusal(scheduler.list_schedules, GroupName="g") == missing

    def test_lists_are_narrowed_and_come_in_pages(self, scheduler: Any, schedule: Any, refusal: Any, arn: str):
        scheduler.create_schedule_group(Name="a")
        for name in ("x1", "x2", "y1"):
            schedule(name, LATER, arn)
            schedule(name, LATER, arn, GroupName="a", State="DISABLED")

        def listed(**narrowed: Any) -> list[str]:
            pages = scheduler.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 2}, **narrowed)
            return [f"{one['GroupName']}/{one['Name']}" for page in pages for one in page["Schedules"]]

        assert listed() == ["a/x1", "a/x2", "a/y1", "default/x1", "default/x2", "default/y1"]
        assert listed(GroupName="default") == ["default/x1", "default/x2", "default/y1"]
        assert listed(NamePrefix="x") == ["a/x1", "a/x2", "default/x1", "default/x2"]
        assert listed(State="DISABLED", NamePrefix="y") == ["a/y1"]
        (one,) = scheduler.list_schedules(GroupName="a", NamePrefix="y")["Schedules"]
        assert one["Target"] == {"Arn": arn}
        assert refusal(scheduler.list_schedules, NextToken="nonsense")[0] == "ValidationException"

    def test_a_request_that_comes_again_with_its_token_is_done_once(
        self, scheduler: Any, schedule: Any, refusal: Any, arn: str, platform: LocalPlatform
    ):
        made = schedule("s", LATER, arn, ClientToken="once")
        assert schedule("s", LATER, arn, ClientToken="once") == made
        other = {"Name": "other", "ScheduleExpression": LATER, "ClientToken": "once", **wanted(arn)}
        assert refusal(scheduler.create_schedule, **other)[:2] == ("ConflictException", 409)
        scheduler.delete_schedule(Name="s", ClientToken="gone")
        scheduler.delete_schedule(Name="s", ClientToken="gone")
        platform.advance(86_401)
        assert refusal(scheduler.delete_schedule, Name="s", ClientToken="gone")[0] == "ResourceNotFoundException"

    def test_a_request_that_is_refused_uses_no_token(self, scheduler: Any, schedule: Any, refusal: Any, arn: str):
        given = {"Name": "s", "ScheduleExpression": LATER, "GroupName": "g", "ClientToken": "t", **wanted(arn)}
        assert refusal(scheduler.create_schedule, **given)[0] == "ResourceNotFoundException"
        scheduler.create_schedule_group(Name="g")
        scheduler.create_schedule(**given)
        assert scheduler.get_schedule(Name="s", GroupName="g")["Name"] == "s"

    def test_regions_and_accounts_have_their_own(self, schedule: Any, client: Any, arn: str):
        schedule("s", LATER, arn)
        assert client("scheduler", region="eu-west-1").list_schedules()["Schedules"] == []


class TestRefusals:
    @pytest.mark.parametrize("text", ["cron(0 1 * * * *)", "rate(10 seconds)", "at(2021-12-31)", " rate(10 minutes)", "daily"])
    def test_an_expression_that_is_none(self, problem: Any, text: str):
        assert problem(ScheduleExpression=text) == f"Invalid Schedule Expression {text}."

    def test_a_zone_that_is_none(self, problem: Any):
        assert "Mars/Olympus" in problem(ScheduleExpressionTimezone="Mars/Olympus")

    def test_a_window_without_its_length_and_a_length_without_its_window(self, problem: Any):
        assert problem(FlexibleTimeWindow={"Mode": "FLEXIBLE"}) == (
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE."
        )
        assert problem(FlexibleTimeWindow={"Mode": "OFF", "MaximumWindowInMinutes": 5}) == (
            "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."
        )

    def test_dates_that_are_long_past_or_in_no_order(self, problem: Any, platform: LocalPlatform):
        now = platform.now()
        assert problem(ScheduleExpression="rate(1 day)", StartDate=now - timedelta(minutes=6)) == (
            "The StartDate you specify cannot be earlier than 5 minutes ago."
        )
        assert problem(ScheduleExpression="rate(1 day)", StartDate=now, EndDate=now) == (
            "The StartDate you specify must come before the EndDate."
        )

    def test_what_comes_once_does_not_mind_dates(self, schedule: Any, arn: str):
        schedule("s", LATER, arn, StartDate=datetime(2020, 1, 1), EndDate=datetime(2019, 1, 1))  # noqa: DTZ001 - botocore's

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("nonsense", "Provided Arn is not in correct format."),
            ("arn:aws:sqs:us-east-1:111122223333:a/b", "Provided Arn is not in correct format."),
            ("arn:aws:lambda:us-east-1:111122223333:layer:l", "Provided Arn is not in correct format."),
            ("arn:aws:scheduler:::aws-sdk:sqs", "Provided Arn is not in correct format."),
            ("arn:aws:sqs:eu-west-1:111122223333:q", "The target ARN provided does not match the current region us-east-1."),
            ("arn:aws:backup:us-east-1:111122223333:b", "backup is not a supported service for a target."),
            (
                "arn:aws:scheduler:us-east-1:111122223333:aws-sdk:sqs:sendMessage",
                "scheduler is not a supported service for a target.",
            ),
            ("arn:aws:scheduler:::aws-sdk:nothing:doIt", "nothing is not a supported service for a target."),
            ("arn:aws:scheduler:::aws-sdk:events:putEvents", "events is not a supported service for a target."),
            ("arn:aws:scheduler:::aws-sdk:../sqs:sendMessage", "../sqs is not a supported service for a target."),
            ("arn:aws:scheduler:::aws-sdk:sqs:listQueues", "listQueues API is not supported."),
            ("arn:aws:scheduler:::aws-sdk:sqs:sing", "sing API is not supported."),
        ],
    )
    def test_a_target_that_can_be_none(self, problem: Any, target: str, message: str):
        assert problem(target, Input="{}") == message

    def test_parameters_of_another_kind_of_target(self, problem: Any, account: str):
        assert problem(KinesisParameters={"PartitionKey": "p"}) == "Parameters KinesisParameters not supported for the target."
        assert problem(SqsParameters={"MessageGroupId": "g"}) == "Parameters MessageGroupId not valid for the target."
        fifo = f"arn:aws:sqs:us-east-1:{account}:q.fifo"
        assert problem(fifo) == "Parameters SqsParameters must be specified."
        assert problem(fifo, SqsParameters={}) == "Parameters MessageGroupId must be specified."
        bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
        assert problem(bus) == "Parameters EventBridgeParameters must be specified."

    def test_an_input_that_is_no_json_where_it_must_be(self, problem: Any, account: str):
        message = "JSON syntax error in input for the target"
        assert problem(f"arn:aws:lambda:us-east-1:{account}:function:f", Input="{no") == message
        universal = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
        assert problem(universal, Input="{no") == message
        assert problem(universal) == "You must provide an input to set this target for your schedule."

    @pytest.mark.parametrize(
        "target", ["arn:aws:ecs:us-east-1:111122223333:cluster/c", "arn:aws:scheduler:::aws-sdk:ec2:startInstances"]
    )
    def test_a_target_that_only_aws_has_is_not_implemented(self, scheduler: Any, refusal: Any, target: str):
        given = {"Name": "s", "ScheduleExpression": LATER, **wanted(target, Input="{}")}
        assert refusal(scheduler.create_schedule, **given)[:2] == ("NotImplemented", 501)

    def test_what_the_model_says_of_names(self, problem: Any):
        assert problem(Name="a b") == (
            "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+"
        )


class TestRoles:
    def trusting(self, service: str, **condition: Any) -> str:
        import json

        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **condition}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def test_a_role_that_iam_knows_must_let_scheduler_in(self, schedule: Any, client: Any, problem: Any, arn: str):
        iam = client("iam")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=self.trusting("lambda.amazonaws.com"))["Role"]["Arn"]
        message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        assert problem(RoleArn=role) == message
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=self.trusting("scheduler.amazonaws.com"))
        schedule("s", LATER, arn, RoleArn=role)

    def test_scheduler_asks_for_the_group(self, schedule: Any, client: Any, problem: Any, arn: str, account: str):
        iam = client("iam")
        group = f"arn:aws:scheduler:us-east-1:{account}:schedule-group/default"
        for name, source in (("of-group", group), ("of-schedule", f"arn:aws:scheduler:us-east-1:{account}:schedule/default/s")):
            condition = {"Condition": {"StringEquals": {"aws:SourceArn": source, "aws:SourceAccount": account}}}
            document = self.trusting("scheduler.amazonaws.com", **condition)
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        assert "must allow AWS EventBridge Scheduler" in problem(RoleArn=f"arn:aws:iam::{account}:role/of-schedule")
        schedule("s", LATER, arn, RoleArn=f"arn:aws:iam::{account}:role/of-group")
