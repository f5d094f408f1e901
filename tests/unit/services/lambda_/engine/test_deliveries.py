"""From an ended event and an ARN to the call that delivers it."""

import json
import re

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_.engine import deliveries, records
from lambent.services.lambda_.engine.deliveries import Delivery, Target
from lambent.services.lambda_.engine.records import End
from lambent.services.lambda_.tables.async_events import AsyncEvent, Response

PAYLOAD = b'{"raise_error": 1}'
QUEUE = "arn:aws:sqs:eu-west-1:222222222222:q"
TOPIC = "arn:aws:sns:us-east-1:111111111111:t"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:g:live"
BUS = "arn:aws:events:us-east-1:111111111111:event-bus/b"
BUCKET = "arn:aws:s3:::bucket"
EVENT = AsyncEvent(
    Scope("111111111111", "us-east-1"), "id", "f", None, PAYLOAD, "Root=1;Parent=2;Sampled=0", "arn", "http://host:1", 0.0, 0.0
)
END = End("RetriesExhausted", 3, 1_573_755_365.568, Response(b"{}", "1", "Unhandled"), message="no")
RECORD = records.record(EVENT, END).decode()


def target(arn: str) -> Target:
    found = deliveries.parse_destination(arn, is_on_failure=True)
    assert found is not None
    return found


def delivered(arn: str, end: End = END) -> Delivery:
    return deliveries.to_destination(EVENT, end, target(arn))


def test_a_queue_gets_the_record_as_a_message_with_the_trace():
    call = delivered(QUEUE)
    assert (call.operation, call.action, call.resource_arn) == ("SendMessage", "sqs:SendMessage", QUEUE)
    assert call.parameters == {
        "QueueUrl": "http://host:1/222222222222/q",
        "MessageBody": RECORD,
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1;Parent=2;Sampled=0"}},
    }


def test_a_topic_gets_the_record_as_a_message():
    call = delivered(TOPIC)
    assert (call.operation, call.action) == ("Publish", "sns:Publish")
    assert call.parameters == {"TopicArn": TOPIC, "Message": RECORD}


def test_a_function_is_invoked_asynchronously_with_the_record():
    call = delivered(FUNCTION)
    assert (call.operation, call.action, call.resource_arn) == ("Invoke", "lambda:InvokeFunction", FUNCTION)
    assert call.parameters == {"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": RECORD.encode()}


@pytest.mark.parametrize(("condition", "outcome"), [("Success", "Success"), ("EventAgeExceeded", "Failure")])
def test_a_bus_gets_the_record_as_an_events_detail(condition, outcome):
    end = End(condition, 1, 0.0)
    call = delivered(BUS, end)
    (entry,) = call.parameters["Entries"]
    assert (call.operation, call.action) == ("PutEvents", "events:PutEvents")
    assert entry == {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Detail": records.record(EVENT, end).decode(),
        "Resources": [BUS, "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST"],
        "EventBusName": BUS,
    }


def test_a_bucket_gets_an_object_with_the_time_in_its_key():
    call = delivered(BUCKET)
    assert (call.operation, call.action) == ("PutObject", "s3:PutObject")
    assert re.fullmatch(r"aws/lambda/async/f/2019/11/14/2019-11-14T18\.16\.05-[0-9a-f-]{36}", call.parameters["Key"])
    assert call.resource_arn == f"{BUCKET}/{call.parameters['Key']}"
    assert call.parameters["Body"] == RECORD.encode()


def test_a_record_too_long_for_a_topic_goes_there_without_payloads_and_whole_to_a_queue():
    end = End("RetriesExhausted", 3, 0.0, Response(b'"' + b"x" * 262_144 + b'"', "1", None))
    assert "responsePayload" not in json.loads(delivered(TOPIC, end).parameters["Message"])
    assert "responsePayload" in json.loads(delivered(QUEUE, end).parameters["MessageBody"])


@pytest.mark.parametrize(("arn", "member"), [(QUEUE, "MessageBody"), (TOPIC, "Message")])
def test_a_dead_letter_is_the_event_byte_for_byte(arn, member):
    call = deliveries.to_dead_letter_target(EVENT, END, target(arn))
    assert call.parameters[member].encode() == PAYLOAD
    assert call.parameters["MessageAttributes"] == records.dead_letter_attributes(EVENT, END)
    assert "MessageSystemAttributes" not in call.parameters


@pytest.mark.parametrize(
    "arn",
    [
        "kafka://topic",
        "arn:aws:iam::111111111111:role/r",
        "arn:aws:sqs:us-east-1:111111111111:q.fifo",
        "arn:aws:sns:us-east-1:111111111111:t.fifo",
        "arn:aws:sns:us-east-1:111111111111:t:6c6bc0f4-8ad3-4a5a-ba3c-3a4f9e7a1c3d",
        "arn:aws:lambda:us-east-1:111111111111:layer:l",
        "arn:aws:events:us-east-1:111111111111:rule/r",
        "arn:aws:events:us-east-1:111111111111:event-bus/",
    ],
)
def test_what_can_be_no_destination_is_none(arn):
    assert deliveries.parse_destination(arn, is_on_failure=True) is None


def test_a_bucket_is_for_failures_only():
    assert deliveries.parse_destination(BUCKET, is_on_failure=False) is None


@pytest.mark.parametrize("arn", [FUNCTION, BUS, BUCKET, QUEUE + ".fifo", TOPIC + ".fifo", ""])
def test_dead_letters_go_to_standard_queues_and_topics_only(arn):
    assert deliveries.parse_dead_letter_target(arn) is None
    assert deliveries.parse_dead_letter_target(QUEUE) is not None
    assert deliveries.parse_dead_letter_target(TOPIC) is not None
