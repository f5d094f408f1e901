"""What targets are called with."""

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, CONTEXT, QUEUE

from lambent.services.events.engine import calls

NOW = 1_767_225_600.25
GIVEN = {"RuleArn": "arn:rule", "Event": '{"e":1}', "EventId": "e1", "Input": None, "GroupId": "", "TraceHeader": ""}


def made(service, arn, **members):
    return calls.call(CONTEXT, service, {**GIVEN, "TargetArn": arn, **members}, NOW)


def test_a_queue_gets_the_event_as_a_message():
    url = f"http://localhost:4566/{ACCOUNT}/q"
    assert made("sqs", QUEUE) == {"QueueUrl": url, "MessageBody": '{"e":1}'}
    assert made("sqs", QUEUE, Input="i", GroupId="g", TraceHeader="Root=1") == {
        "QueueUrl": url,
        "MessageBody": "i",
        "MessageGroupId": "g",
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
    }


def test_a_topic_gets_it_as_a_message():
    arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
    assert made("sns", arn) == {"TopicArn": arn, "Message": '{"e":1}'}


def test_a_function_is_invoked_asynchronously():
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:live"
    assert made("lambda", arn) == {"FunctionName": arn, "InvocationType": "Event", "Payload": b'{"e":1}'}


@pytest.mark.parametrize("suffix", ["", ":*"])
def test_a_log_group_gets_it_in_the_stream_of_the_rule(suffix):
    parameters = made("logs", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/g{suffix}")
    assert parameters["logGroupName"] == "/aws/events/g"
    assert parameters["logStreamName"] == calls.log_stream("arn:rule") != calls.log_stream("arn:other")
    assert parameters["logEvents"] == [{"timestamp": 1_767_225_600_250, "message": '{"e":1}'}]


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('{"timestamp": 5, "message": "m"}', {"timestamp": 5, "message": "m"}),
        ('{"message": "m"}', {"timestamp": 1_767_225_600_250, "message": '{"message": "m"}'}),
        ("not json", {"timestamp": 1_767_225_600_250, "message": "not json"}),
        ("[]", {"timestamp": 1_767_225_600_250, "message": "[]"}),
    ],
)
def test_a_template_may_say_time_and_message_of_a_log_event(text, event):
    parameters = made("logs", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g", Input=text)
    assert parameters["logEvents"] == [event]


def test_a_state_machine_is_started_once_for_each_delivery():
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"
    assert made("stepfunctions", arn) == {"stateMachineArn": arn, "name": "e1_r", "input": '{"e":1}'}


def test_a_stream_gets_it_under_its_key():
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    assert made("kinesis", arn, PartitionKey="k") == {"StreamARN": arn, "PartitionKey": "k", "Data": b'{"e":1}'}
