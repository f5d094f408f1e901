"""Rules and targets through boto3 and the AWS CLI."""

import json
from collections.abc import Callable
from typing import Any

import pytest

PATTERN = '{"source":["shop"],"detail":{"price":[{"numeric":[">",3]}]}}'


@pytest.mark.parametrize("bus", ["default", "orders"])
def test_a_rule_is_put_described_disabled_and_deleted(events: Any, account: str, bus: str):
    if bus != "default":
        events.create_event_bus(Name=bus)
    path = "r" if bus == "default" else f"{bus}/r"
    arn = f"arn:aws:events:us-east-1:{account}:rule/{path}"
    assert events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN, Description="d")["RuleArn"] == arn
    told = {"Name": "r", "Arn": arn, "EventPattern": PATTERN, "State": "ENABLED", "Description": "d", "EventBusName": bus}
    described = events.describe_rule(Name="r", EventBusName=bus)
    del described["ResponseMetadata"]
    assert described == {**told, "CreatedBy": account}
    assert events.list_rules(EventBusName=bus)["Rules"] == [told]
    events.disable_rule(Name="r", EventBusName=bus)
    assert events.describe_rule(Name="r", EventBusName=bus)["State"] == "DISABLED"
    events.enable_rule(Name="r", EventBusName=bus)
    assert events.describe_rule(Name="r", EventBusName=bus)["State"] == "ENABLED"
    events.delete_rule(Name="r", EventBusName=bus)
    assert events.list_rules(EventBusName=bus)["Rules"] == []


def test_what_aws_refuses_is_refused_in_its_words(events: Any, refusal: Any, rule: Any, queue: Any):
    invalid, missing = "ValidationException", "ResourceNotFoundException"
    events.create_event_bus(Name="orders")
    rule("r", queue().arn)
    assert refusal(events.put_rule, Name="s") == (
        invalid,
        400,
        "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    )
    assert refusal(events.put_rule, Name="s", ScheduleExpression="rate(1 minutes)") == (
        invalid,
        400,
        "Parameter ScheduleExpression is not valid.",
    )
    assert refusal(events.put_rule, Name="s", ScheduleExpression="rate(1 minute)", EventBusName="orders") == (
        invalid,
        400,
        "ScheduleExpression is supported only on the default event bus.",
    )
    assert refusal(events.put_rule, Name="s", EventPattern="[]") == (
        "InvalidEventPatternException",
        400,
        "Event pattern is not valid. Reason: Filter is not an object",
    )
    assert refusal(events.describe_rule, Name="s") == (missing, 400, "Rule s does not exist on EventBus default.")
    assert refusal(events.delete_rule, Name="r") == (invalid, 400, "Rule can't be deleted since it has targets.")
    assert refusal(events.put_rule, Name="no name", EventPattern=PATTERN)[0] == invalid


def test_a_rule_keeps_its_targets_when_it_is_put_again(events: Any, rule: Any, queue: Any):
    arn = queue().arn
    rule("r", arn)
    rule("r", ScheduleExpression="rate(1 day)")
    assert events.list_targets_by_rule(Rule="r")["Targets"] == [{"Id": "0", "Arn": arn}]


def test_rules_are_listed_page_by_page_by_prefix_and_by_target(events: Any, rule: Any, queue: Any):
    arn = queue().arn
    for number in range(5):
        rule(f"r-{number}", arn)
    rule("other")
    first = events.list_rules(NamePrefix="r-", Limit=3)
    rest = events.list_rules(NamePrefix="r-", Limit=3, NextToken=first["NextToken"])
    assert [found["Name"] for page in (first, rest) for found in page["Rules"]] == [f"r-{number}" for number in range(5)]
    pages = events.list_rule_names_by_target(TargetArn=arn, Limit=4)
    assert pages["RuleNames"] == [f"r-{number}" for number in range(4)]
    assert events.list_rule_names_by_target(TargetArn=arn, NextToken=pages["NextToken"])["RuleNames"] == ["r-4"]


def test_targets_are_put_listed_and_removed(events: Any, rule: Any, queue: Any, refusal: Any, account: str):
    arn = queue().arn
    whole = {
        "Id": "0",
        "Arn": arn,
        "InputTransformer": {"InputPathsMap": {"p": "$.detail.price"}, "InputTemplate": '"<p>"'},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": arn},
    }
    rule("r", whole, *[{"Id": str(number), "Arn": arn} for number in range(1, 5)])
    assert events.list_targets_by_rule(Rule="r", Limit=1)["Targets"] == [whole]
    assert refusal(events.put_targets, Rule="r", Targets=[{"Id": "5", "Arn": arn}]) == (
        "LimitExceededException",
        400,
        "The requested resource exceeds the maximum number allowed.",
    )
    removed = events.remove_targets(Rule="r", Ids=["0", "none"])
    assert removed["FailedEntryCount"] == 1
    assert removed["FailedEntries"][0]["TargetId"] == "none"
    assert [target["Id"] for target in events.list_targets_by_rule(Rule="r")["Targets"]] == ["1", "2", "3", "4"]
    bad = f"arn:aws:dynamodb:us-east-1:{account}:table/t"
    assert refusal(events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": bad}]) == (
        "ValidationException",
        400,
        f"Parameter {bad} is not valid. Reason: Provided Arn is not in correct format.",
    )
    assert refusal(events.put_targets, Rule="r", Targets=[{"Id": "!", "Arn": arn}])[0] == "ValidationException"


def test_tags_of_a_rule_come_and_go(events: Any, rule: Any, refusal: Any):
    arn = rule("r", Tags=[{"Key": "a", "Value": "1"}])
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refusal(events.list_tags_for_resource, ResourceARN=f"{arn}x") == (
        "ResourceNotFoundException",
        400,
        "Rule rx does not exist on EventBus default.",
    )


def test_a_pattern_is_tested(events: Any, refusal: Any):
    event = {
        "id": "1",
        "account": "1",
        "source": "shop",
        "time": "t",
        "region": "r",
        "detail-type": "d",
        "detail": {"price": 5},
    }

    def matches(**changed: Any) -> bool:
        return events.test_event_pattern(EventPattern=PATTERN, Event=json.dumps({**event, **changed}))["Result"]

    assert matches()
    assert not matches(detail={"price": 3})
    for bad in ("{", "[]", '{"source": "shop"}'):
        assert refusal(events.test_event_pattern, EventPattern=PATTERN, Event=bad) == (
            "ValidationException",
            400,
            "Parameter Event is not valid.",
        )
    assert refusal(events.test_event_pattern, EventPattern="{", Event="{}")[0] == "InvalidEventPatternException"


def test_the_command_line_makes_a_rule_and_puts_an_event(aws: Callable[..., Any], queue: Any):
    target = queue()
    aws("events", "put-rule", "--name", "r", "--event-pattern", '{"source":["cli"]}')
    aws("events", "put-targets", "--rule", "r", "--targets", f"Id=1,Arn={target.arn}")
    entry = [{"Source": "cli", "DetailType": "t", "Detail": '{"x": 1}'}]
    put = aws("events", "put-events", "--entries", json.dumps(entry))
    (message,) = target.take()
    assert json.loads(message["Body"])["id"] == put["Entries"][0]["EventId"]
