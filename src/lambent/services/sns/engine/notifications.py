"""What endpoints receive, byte by byte as AWS writes it: notifications, events for functions, confirmations.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.sns.engine.identifiers import SubscriptionName, TopicName
from lambent.services.sns.engine.messages import Attribute

SIGNATURE_BYTES = 256
CERTIFICATE = "SimpleNotificationService-4c616d62656e7420646f6573206e6f74.pem"
FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000

_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Notification(Struct, frozen=True):
    """A message with one of its bodies, as all endpoints that get this body are told it."""

    message_id: str
    topic_arn: str
    subject: str | None
    body: str
    timestamp: str
    signature_version: str
    sequence_number: str  # of FIFO topics, whose notifications have no signature
    attributes: Mapping[str, Attribute]
    endpoint_url: str

    @property
    def signing_certificate_url(self) -> str:
        return f"{self.endpoint_url}/{CERTIFICATE}"

    @property
    def signature(self) -> str:
        subject = [] if self.subject is None else [("Subject", self.subject)]
        return _signature(
            (
                ("Message", self.body),
                ("MessageId", self.message_id),
                *subject,
                ("Timestamp", self.timestamp),
                ("TopicArn", self.topic_arn),
                ("Type", "Notification"),
            )
        )


def timestamp(now: Instant) -> str:
    """ISO 8601 in milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sequence_number(number: int) -> str:
    """20 digits, as AWS' have."""
    return str(FIRST_SEQUENCE_NUMBER + number)


def envelope(notification: Notification) -> tuple[str, str]:
    """The JSON text around the one thing in it that differs between subscriptions, the UnsubscribeURL."""
    before: list[tuple[str, str]] = [("Type", "Notification"), ("MessageId", notification.message_id)]
    if notification.sequence_number:
        before.append(("SequenceNumber", notification.sequence_number))
    before.append(("TopicArn", notification.topic_arn))
    if notification.subject is not None:
        before.append(("Subject", notification.subject))
    before += [("Message", notification.body), ("Timestamp", notification.timestamp)]
    if not notification.sequence_number:
        before += [
            ("SignatureVersion", notification.signature_version),
            ("Signature", notification.signature),
            ("SigningCertURL", notification.signing_certificate_url),
        ]
    head = "".join(f"  {_json(name)} : {_json(value)},\n" for name, value in before)
    return f'{{\n{head}  "UnsubscribeURL" : ', f"{_attributes(notification.attributes)}\n}}"


def enveloped(wrapped: tuple[str, str], unsubscribe: str) -> str:
    """The text for one subscription, between the halves that ``envelope`` made."""
    return f"{wrapped[0]}{_json(unsubscribe)}{wrapped[1]}"


def event(notification: Notification, subscription_arn: str, unsubscribe: str) -> bytes:
    """What a function is invoked with."""
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": {
            "Type": "Notification",
            "MessageId": notification.message_id,
            "TopicArn": notification.topic_arn,
            "Subject": notification.subject,
            "Message": notification.body,
            "Timestamp": notification.timestamp,
            "SignatureVersion": notification.signature_version,
            "Signature": notification.signature,
            "SigningCertUrl": notification.signing_certificate_url,
            "UnsubscribeUrl": unsubscribe,
            "MessageAttributes": {name: _told(attribute) for name, attribute in notification.attributes.items()},
        },
    }
    return _encode({"Records": [record]})


def event_as_envelope(payload: bytes) -> str:
    """The notification in a function's event as a queue would have got it: what a dead-letter queue is sent."""
    sns: dict[str, Any] = _decode(payload)["Records"][0]["Sns"]
    names = ("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature")
    lines = [(name, sns[name]) for name in names if sns[name] is not None]
    lines += [("SigningCertURL", sns["SigningCertUrl"]), ("UnsubscribeURL", sns["UnsubscribeUrl"])]
    return _object(lines, _attributes_told(sns["MessageAttributes"]))


def confirmation(
    kind: str, *, message_id: str, token: str, topic: TopicName, told: str, subscribe: str, now: Instant, endpoint_url: str
) -> str:
    """A SubscriptionConfirmation or an UnsubscribeConfirmation (``kind``), as it is posted."""
    at = timestamp(now)
    signed = (
        ("Message", told),
        ("MessageId", message_id),
        ("SubscribeURL", subscribe),
        ("Timestamp", at),
        ("Token", token),
        ("TopicArn", topic.arn),
        ("Type", kind),
    )
    lines = [
        ("Type", kind),
        ("MessageId", message_id),
        ("Token", token),
        ("TopicArn", topic.arn),
        ("Message", told),
        ("SubscribeURL", subscribe),
        ("Timestamp", at),
        ("SignatureVersion", "1"),
        ("Signature", _signature(signed)),
        ("SigningCertURL", f"{endpoint_url}/{CERTIFICATE}"),
    ]
    return _object(lines, "")


def invitation(topic: TopicName) -> str:
    """What a SubscriptionConfirmation says."""
    return (
        f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )


def farewell(name: SubscriptionName) -> str:
    """What an UnsubscribeConfirmation says."""
    return (
        f"You have chosen to deactivate subscription {name.arn}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )


def subscribe_url(endpoint_url: str, topic: TopicName, token: str) -> str:
    return f"{endpoint_url}/?Action=ConfirmSubscription&TopicArn={quote(topic.arn, safe=':')}&Token={token}"


def unsubscribe_url(endpoint_url: str, subscription_arn: str) -> str:
    return f"{endpoint_url}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def _signature(signed: Iterable[tuple[str, str]]) -> str:
    """In the place and of the form of AWS' RSA signature, over the text that AWS signs; nobody can verify it."""
    text = "".join(f"{name}\n{value}\n" for name, value in signed)
    return base64.b64encode(hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(SIGNATURE_BYTES)).decode()


def _object(lines: Iterable[tuple[str, str]], attributes: str) -> str:
    return "{\n" + ",\n".join(f"  {_json(name)} : {_json(value)}" for name, value in lines) + f"{attributes}\n}}"


def _attributes(attributes: Mapping[str, Attribute]) -> str:
    return _attributes_told({name: _told(attribute) for name, attribute in attributes.items()})


def _attributes_told(told: Mapping[str, object]) -> str:
    if not told:
        return ""
    lines = ",\n".join(f"    {_json(name)} : {_json(attribute)}" for name, attribute in told.items())
    return f',\n  "MessageAttributes" : {{\n{lines}\n  }}'


def _told(attribute: Attribute) -> dict[str, str]:
    text = attribute.get("StringValue")
    value = base64.b64encode(attribute["BinaryValue"]).decode() if text is None else text
    return {"Type": attribute["DataType"], "Value": value}


def _json(value: object) -> str:
    return _encode(value).decode()
