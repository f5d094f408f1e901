"""What targets are called with."""

import pytest
from tests.unit.services.scheduler.engine.conftest import ACCOUNT, CONTEXT, NAME, NOW, QUEUE, target

from lambent.services.scheduler.engine import calls
from lambent.services.scheduler.engine.calls import Invocation

ARN = f"us-east-1:{ACCOUNT}"


def document(arn, *, attempt=1, **members):
    return calls.document(Invocation(NAME.arn, target(arn, **members), NOW, "d32c5cddcf5bb8c3"), CONTEXT, attempt=attempt)


@pytest.mark.parametrize(
    ("service", "members", "expected"),
    [
        (f"sns:{ARN}:t", {}, {"TopicArn": f"arn:aws:sns:{ARN}:t", "Message": "i"}),
        (
            f"lambda:{ARN}:function:f",
            {},
            {"FunctionName": f"arn:aws:lambda:{ARN}:function:f", "InvocationType": "Event", "Payload": "i"},
        ),
        (
            f"kinesis:{ARN}:stream/s",
            {"KinesisParameters": {"PartitionKey": "p"}},
            {"StreamARN": f"arn:aws:kinesis:{ARN}:stream/s", "Data": "i", "PartitionKey": "p"},
        ),
        (
            f"states:{ARN}:stateMachine:m",
            {},
            {"StateMachineArn": f"arn:aws:states:{ARN}:stateMachine:m", "Name": CONTEXT.request_id, "Input": "i"},
        ),
        (
            f"sqs:{ARN}:q.fifo",
            {"SqsParameters": {"MessageGroupId": "g"}},
            {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/q.fifo", "MessageBody": "i", "MessageGroupId": "g"},
        ),
        (
            f"events:{ARN}:event-bus/b",
            {"EventBridgeParameters": {"Source": "s", "DetailType": "d"}},
            {
                "Entries": [
                    {
                        "EventBusName": f"arn:aws:events:{ARN}:event-bus/b",
                        "Detail": "i",
                        "Resources": [NAME.arn],
                        "Source": "s",
                        "DetailType": "d",
                    }
                ]
            },
        ),
    ],
)
def test_each_kind_of_target_has_its_own_form(service, members, expected):
    assert document(f"arn:aws:{service}", Input="i", **members) == expected


def test_an_operation_gets_the_input_itself():
    arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    text = '{"MessageBody": "<aws.scheduler.attempt-number> of <aws.scheduler.execution-id>"}'
    assert document(arn, Input=text, attempt=3) == {"MessageBody": "3 of d32c5cddcf5bb8c3"}


def test_attributes_are_filled_in():
    text = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.scheduled-time> <aws.scheduler.x>"
    expected = f"{NAME.arn} 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z <aws.scheduler.x>"
    assert document(QUEUE, Input=text)["MessageBody"] == expected


def test_without_an_input_aws_event_is_sent():
    assert document(QUEUE)["MessageBody"].endswith(f'"region":"us-east-1","resources":["{NAME.arn}"],"detail":"{{}}"}}')
