"""What targets get: inputs with attributes, functions, topics, buses, ordered queues, and any operation of any service."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.lambda_.conftest import FAST, ROLE, zipped
from tests.service.scheduler.conftest import at, bodies, texts

from lambent.testing import LocalPlatform

RUNTIME = f"python3.{sys.version_info.minor}"
TELL = """
import boto3, json
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=QUEUE_URL, MessageBody=json.dumps([event, context.aws_request_id]))
"""


@pytest.fixture
def now(platform: LocalPlatform) -> str:
    """The expression of what comes at once."""
    return at(platform.now())


@pytest.fixture
def function(client: Callable[..., Any]) -> Callable[[str], str]:
    """``function(queue_url)`` makes a function that tells a queue of its events; its ARN."""

    def make(queue_url: str) -> str:
        functions = client("lambda")
        code = {"ZipFile": zipped(app=f"QUEUE_URL = {queue_url!r}\n{TELL}")}
        arn = functions.create_function(
            FunctionName="f", Runtime=RUNTIME, Handler="app.handler", Role=ROLE, Timeout=30, Code=code
        )["FunctionArn"]
        functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        return arn

    return make


class TestInputs:
    def test_attributes_stand_where_they_are_named(self, schedule: Any, queue: Any, now: str, platform: LocalPlatform):
        target = queue()
        names = ("schedule-arn", "scheduled-time", "attempt-number", "execution-id")
        text = "|".join(f"<aws.scheduler.{name}>" for name in names)
        arn = schedule("s", now, target.arn, Input=f"{text}|<aws.scheduler.other>")
        (told,) = texts(target)
        *known, execution_id, other = told.split("|")
        assert known == [arn, f"{platform.now():%Y-%m-%dT%H:%M:%SZ}", "1"]
        assert len(execution_id) == 16
        assert other == "<aws.scheduler.other>"

    def test_a_target_without_one_gets_aws_event(
        self, schedule: Any, queue: Any, now: str, platform: LocalPlatform, account: str
    ):
        target = queue()
        arn = schedule("s", now, target.arn)
        (event,) = bodies(target)
        assert len(event.pop("id")) == 36
        assert event == {
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": f"{platform.now():%Y-%m-%dT%H:%M:%SZ}",
            "region": "us-east-1",
            "resources": [arn],
            "detail": "{}",
        }


class TestTemplatedTargets:
    def test_a_function_is_invoked_with_the_input(
        self, schedule: Any, queue: Any, function: Any, now: str, platform: LocalPlatform
    ):
        behind = queue("behind")
        schedule("s", now, function(behind.url), Input='{"order": "é"}')
        ((event, request_id),) = bodies(behind)
        assert event == {"order": "é"}
        assert len(request_id) == 36

    def test_a_topic_publishes_it(self, schedule: Any, queue: Any, client: Any, now: str):
        sns, behind = client("sns"), queue("behind")
        arn = sns.create_topic(Name="t")["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=behind.arn, Attributes={"RawMessageDelivery": "true"})
        schedule("s", now, arn, Input="any text")
        assert texts(behind) == ["any text"]

    def test_a_bus_gets_it_as_the_detail_of_an_event(self, schedule: Any, queue: Any, client: Any, now: str):
        events, behind = client("events"), queue("behind")
        bus = events.create_event_bus(Name="b")["EventBusArn"]
        events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["shop"]}')
        events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "1", "Arn": behind.arn}])
        parameters = {"Source": "shop", "DetailType": "opened"}
        arn = schedule("s", now, bus, Input='{"door": 1}', EventBridgeParameters=parameters)
        (event,) = bodies(behind)
        assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "opened", {"door": 1})
        assert event["resources"] == [arn]

    def test_what_a_bus_does_not_take_becomes_a_dead_letter(self, schedule: Any, queue: Any, client: Any, now: str):
        dead = queue("dead")
        bus = client("events").create_event_bus(Name="b")["EventBusArn"]
        parameters = {"Source": "shop", "DetailType": "opened"}
        schedule(
            "s",
            now,
            bus,
            Input="[1]",
            EventBridgeParameters=parameters,
            RetryPolicy={"MaximumRetryAttempts": 0},
            DeadLetterConfig={"Arn": dead.arn},
        )
        (letter,) = dead.take()
        assert "MalformedDetail" in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

    def test_an_ordered_queue_gets_it_in_a_group(self, schedule: Any, sqs: Any, queue: Any, now: str):
        target = queue("q.fifo")
        sqs.set_queue_attributes(QueueUrl=target.url, Attributes={"ContentBasedDeduplication": "true"})
        schedule("s", now, target.arn, Input="in order", SqsParameters={"MessageGroupId": "g"})
        (message,) = target.take()
        assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("in order", "g")


class TestUniversalTargets:
    def test_any_operation_is_called_with_the_input(self, schedule: Any, queue: Any, now: str):
        target = queue()
        given = {"QueueUrl": target.url, "MessageBody": "<aws.scheduler.attempt-number>"}
        schedule("s", now, "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input=json.dumps(given))
        assert texts(target) == ["1"]

    def test_what_aws_sdks_call_otherwise_is_called_so(self, schedule: Any, client: Any, now: str, platform: LocalPlatform):
        given = json.dumps({"LogGroupName": "/made/by/a/schedule"})
        schedule("s", now, "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup", Input=given)
        platform.settle()
        assert [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]] == ["/made/by/a/schedule"]

    def test_payloads_are_texts(self, schedule: Any, queue: Any, function: Any, now: str):
        behind = queue("behind")
        given = {"FunctionName": function(behind.url), "InvocationType": "Event", "Payload": '{"n": 1}'}
        schedule("s", now, "arn:aws:scheduler:::aws-sdk:lambda:invoke", Input=json.dumps(given))
        ((event, _),) = bodies(behind)
        assert event == {"n": 1}

    def test_an_object_is_put_into_a_bucket(self, schedule: Any, client: Any, now: str, platform: LocalPlatform, account: str):
        s3, name = client("s3"), f"of-a-schedule-{account}"
        s3.create_bucket(Bucket=name)
        given = json.dumps({"Bucket": name, "Key": "k", "Body": "text"})
        schedule("s", now, "arn:aws:scheduler:::aws-sdk:s3:putObject", Input=given)
        platform.settle()
        assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"text"

    def test_a_schedule_makes_a_schedule(self, schedule: Any, scheduler: Any, queue: Any, now: str, platform: LocalPlatform):
        target = queue()
        role = "arn:aws:iam::111122223333:role/r"
        inner = {
            "Name": "inner",
            "ScheduleExpression": "at(2020-01-01T00:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": target.arn, "RoleArn": role, "Input": "from within"},
        }
        schedule("outer", now, "arn:aws:scheduler:::aws-sdk:scheduler:createSchedule", Input=json.dumps(inner))
        assert texts(target) == ["from within"]
