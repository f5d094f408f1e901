"""What endpoints receive has AWS' shapes: the recorded events, with their values put in."""

import base64
import json
from pathlib import Path

from lambent.core.context import Scope
from lambent.services.sns.engine import notifications
from lambent.services.sns.engine.identifiers import TopicName
from lambent.services.sns.engine.notifications import Notification

SUBSCRIPTION = "arn:aws:sns:eu-west-1:111122223333:t:id"
ATTRIBUTES = {
    "Test": {"DataType": "String", "StringValue": "TestString"},
    "TestBinary": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
}


def notification(**changes):
    values = {
        "message_id": "id",
        "topic_arn": "arn:aws:sns:eu-west-1:111122223333:t",
        "subject": "TestInvoke",
        "body": 'Hello "SNS"\né',
        "timestamp": notifications.timestamp(1_546_433_107.0),
        "signature_version": "1",
        "sequence_number": "",
        "attributes": ATTRIBUTES,
        "endpoint_url": "http://localhost:4566",
    }
    return Notification(**(values | changes))


def layout(text: str) -> list[tuple[str, str]]:
    """The lines of a text with what they begin with and end in: names, order, blanks, but no values."""
    return [(line.split(" : ")[0], line[-1]) for line in text.splitlines()]


def envelope(made: Notification) -> str:
    return notifications.enveloped(notifications.envelope(made), "http://unsubscribe")


def test_a_queue_gets_the_text_that_aws_writes(vectors: Path):
    recorded = json.loads((vectors / "events" / "snsSqsEvent.json").read_text())["Records"][0]["body"]
    assert layout(envelope(notification(subject=None, attributes={}))) == layout(recorded)


def test_a_fifo_topics_notification_has_a_number_and_no_signature(vectors: Path):
    recorded = json.loads((vectors / "events" / "snsSqsFifoEvent.json").read_text())["Records"][0]["body"]
    number = notifications.sequence_number(4_000)
    made = envelope(notification(subject=None, attributes={}, sequence_number=number))
    assert layout(made) == layout(recorded)
    assert json.loads(made)["SequenceNumber"] == json.loads(recorded)["SequenceNumber"]


def test_an_envelope_is_json_that_holds_the_message():
    told = json.loads(envelope(notification()))
    assert (told["Message"], told["Subject"], told["UnsubscribeURL"]) == ('Hello "SNS"\né', "TestInvoke", "http://unsubscribe")
    assert told["MessageAttributes"] == {
        "Test": {"Type": "String", "Value": "TestString"},
        "TestBinary": {"Type": "Binary", "Value": "AgME"},
    }
    assert list(told) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ]


def test_a_function_gets_the_members_that_aws_sends(vectors: Path):
    (recorded,) = json.loads((vectors / "events" / "snsEvent.json").read_text())["Records"]
    (made,) = json.loads(notifications.event(notification(), SUBSCRIPTION, "http://unsubscribe"))["Records"]
    assert set(made) == set(recorded)
    assert set(made["Sns"]) == set(recorded["Sns"])
    assert made["Sns"]["MessageAttributes"]["Test"] == recorded["Sns"]["MessageAttributes"]["Test"]
    assert made["Sns"]["Timestamp"] == recorded["Sns"]["Timestamp"]
    assert (made["EventSource"], made["EventVersion"]) == (recorded["EventSource"], recorded["EventVersion"])


def test_a_function_is_told_that_there_is_no_subject():
    payload = notifications.event(notification(subject=None), SUBSCRIPTION, "u")
    assert json.loads(payload)["Records"][0]["Sns"]["Subject"] is None


def test_a_dead_letter_queue_gets_a_functions_event_as_a_queue_would_have():
    for made in (notification(), notification(subject=None, attributes={})):
        payload = notifications.event(made, SUBSCRIPTION, "http://unsubscribe")
        assert notifications.event_as_envelope(payload) == envelope(made)


def test_a_signature_looks_like_one_and_depends_on_what_is_signed():
    signature = notification().signature
    assert len(base64.b64decode(signature)) == 256
    assert notification().signature == signature
    assert notification(body="other").signature != signature


def test_a_confirmation_has_what_it_takes_to_confirm():
    topic = TopicName(Scope("111122223333", "us-east-1"), "t")
    link = notifications.subscribe_url("http://localhost:4566", topic, "token")
    text = notifications.confirmation(
        "SubscriptionConfirmation",
        message_id="id",
        token="token",
        topic=topic,
        told=notifications.invitation(topic),
        subscribe=link,
        now=0.0,
        endpoint_url="http://localhost:4566",
    )
    told = json.loads(text)
    assert list(told) == [
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    ]
    assert told["Message"] == (
        "You have chosen to subscribe to the topic arn:aws:sns:us-east-1:111122223333:t.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    assert link == (
        "http://localhost:4566/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:111122223333:t&Token=token"
    )
    assert told["Timestamp"] == "1970-01-01T00:00:00.000Z"
