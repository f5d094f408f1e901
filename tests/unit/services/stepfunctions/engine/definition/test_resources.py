"""What resources of tasks mean."""

import pytest

from lambent.services.stepfunctions.engine.definition.resources import (
    ACTIVITY,
    FUNCTION,
    FUNCTIONS,
    ORDINARY,
    SERVICE,
    WAITING,
    Resource,
    parse,
)


@pytest.mark.parametrize(
    ("text", "kind", "service", "action", "pattern"),
    [
        ("arn:aws:lambda:us-east-1:1:function:f:PROD", FUNCTION, "", "", ""),
        ("arn:aws:states:us-east-1:1:activity:a", ACTIVITY, "", "", ""),
        ("arn:aws:states:::lambda:invoke", SERVICE, "lambda", "invoke", ""),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", SERVICE, "sqs", "sendMessage", "waitForTaskToken"),
        ("arn:aws:states:::states:startExecution.sync:2", SERVICE, "states", "startExecution", "sync:2"),
        ("arn:aws:states:::states:startExecution.sync", SERVICE, "states", "startExecution", "sync"),
        ("arn:aws:states:::aws-sdk:dynamodb:getItem", SERVICE, "aws-sdk:dynamodb", "getItem", ""),
    ],
)
def test_a_resource_is_read(text: str, kind: str, service: str, action: str, pattern: str):
    assert parse(text) == Resource(text, kind, service, action, pattern)


@pytest.mark.parametrize(
    ("named", "lane"),
    [
        ("lambda:invoke", FUNCTIONS),
        ("sqs:sendMessage.waitForTaskToken", ORDINARY),
        ("aws-sdk:sqs:sendMessage", ORDINARY),
        ("http:invoke", WAITING),
        ("aws-sdk:sfn:startSyncExecution", WAITING),
        ("aws-sdk:lambda:invoke.waitForTaskToken", WAITING),
    ],
)
def test_what_may_take_long_has_a_lane_of_its_own(named: str, lane: str):
    resource = parse(f"arn:aws:states:::{named}")
    assert resource is not None
    assert resource.lane == lane


@pytest.mark.parametrize(
    "text", ["", "f", "arn:aws:sqs:us-east-1:1:q", "arn:aws:states:::lambda", "arn:aws:states:us-east-1:1:x"]
)
def test_what_is_none_is_none(text: str):
    assert parse(text) is None


def test_the_history_names_service_and_action_with_its_pattern():
    resource = parse("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
    assert resource is not None
    assert resource.event_names == {"resource": "sendMessage.waitForTaskToken", "resourceType": "sqs"}
