"""Publishing through boto3: who gets what, in which form, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def subscribe(sns: Any, topic: str) -> Callable[..., str]:
    """``subscribe(queue, FilterPolicy=…)``."""

    def make(queue: Any, to: str = topic, **attributes: str) -> str:
        return sns.subscribe(TopicArn=to, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)["SubscriptionArn"]

    return make


def text(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def test_a_queue_gets_the_message_in_an_envelope(sns: Any, topic: str, queue: Any, subscribe: Any, platform: Any):
    found = queue()
    arn = subscribe(found)
    attributes = {"store": text("a"), "price": text("1.5", "Number"), "bytes": {"DataType": "Binary", "BinaryValue": b"\2\3\4"}}
    message_id = sns.publish(TopicArn=topic, Message="öa1", Subject="s", MessageAttributes=attributes)["MessageId"]
    (told,) = found.notifications()
    assert told == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": "s",
        "Message": "öa1",
        "Timestamp": told["Timestamp"],
        "SignatureVersion": "1",
        "Signature": told["Signature"],
        "SigningCertURL": told["SigningCertURL"],
        "UnsubscribeURL": f"{platform.url}/?Action=Unsubscribe&SubscriptionArn={arn}",
        "MessageAttributes": {
            "store": {"Type": "String", "Value": "a"},
            "price": {"Type": "Number", "Value": "1.5"},
            "bytes": {"Type": "Binary", "Value": "AgME"},
        },
    }


def test_raw_delivery_is_the_message_itself(sns: Any, topic: str, queue: Any, subscribe: Any):
    found = queue()
    subscribe(found, RawMessageDelivery="true")
    attributes = {"store": text("a"), "bytes": {"DataType": "Binary", "BinaryValue": b"\2\3\4"}}
    sns.publish(TopicArn=topic, Message="m", Subject="s", MessageAttributes=attributes)
    (message,) = found.take()
    assert (message["Body"], message["MessageAttributes"]) == ("m", attributes)


def test_a_new_subscription_and_a_new_filter_hold_from_the_next_message_on(sns: Any, topic: str, queue: Any, subscribe: Any):
    found = queue()
    sns.publish(TopicArn=topic, Message="before")
    arn = subscribe(found)
    sns.publish(TopicArn=topic, Message="after")
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"a": ["b"]}')
    sns.publish(TopicArn=topic, Message="filtered")
    sns.unsubscribe(SubscriptionArn=arn)
    sns.publish(TopicArn=topic, Message="gone")
    assert found.told() == ["after"]


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"color": ["red"]}, ["red"]),
        ({"color": [{"anything-but": "red"}]}, ["blue", "many"]),
        ({"price": [{"numeric": [">", 10, "<=", 100]}]}, ["blue"]),
        ({"price": [{"exists": False}]}, ["many"]),
        ({"color": [{"prefix": "g"}], "price": [{"exists": False}]}, ["many"]),
        ({"$or": [{"color": ["red"]}, {"price": [50]}]}, ["red", "blue"]),
        ({"ip": [{"cidr": "10.0.0.0/8"}]}, ["many"]),
        ({"color": [{"wildcard": "b*e"}]}, ["blue"]),
        ({"color": [{"equals-ignore-case": "RED"}]}, ["red"]),
    ],
)
def test_a_filter_on_attributes_lets_through_what_it_says(
    sns: Any, topic: str, queue: Any, subscribe: Any, policy: Any, wanted: list[str]
):
    found = queue()
    subscribe(found, FilterPolicy=json.dumps(policy))
    for message, attributes in (
        ("red", {"color": text("red"), "price": text("5", "Number")}),
        ("blue", {"color": text("blue"), "price": text("50", "Number")}),
        ("many", {"color": text('["green", "blue"]', "String.Array"), "ip": text("10.1.2.3")}),
    ):
        sns.publish(TopicArn=topic, Message=message, MessageAttributes=attributes)
    assert sorted(found.told()) == sorted(wanted if policy.get("color") != [{"wildcard": "b*e"}] else ["blue", "many"])


def test_a_filter_on_the_body_looks_into_it(sns: Any, topic: str, queue: Any, subscribe: Any):
    found = queue()
    policy = json.dumps({"records": {"s3": {"key": [{"prefix": "auto-"}]}}})
    subscribe(found, FilterPolicy=policy, FilterPolicyScope="MessageBody")
    wanted = json.dumps({"records": [{"s3": {"key": "auto-1"}}, {"s3": {"key": "home-1"}}]})
    for message in (wanted, '{"records": {"s3": {"key": "home-1"}}}', "no JSON", '"auto-"'):
        sns.publish(TopicArn=topic, Message=message)
    assert found.told() == [wanted]


def test_a_structured_message_has_a_body_for_each_protocol(sns: Any, topic: str, queue: Any, subscribe: Any):
    found = queue()
    subscribe(found)
    sns.publish(TopicArn=topic, MessageStructure="json", Message='{"default": "d", "sqs": "s"}')
    sns.publish(TopicArn=topic, MessageStructure="json", Message='{"default": "d", "http": "h"}')
    assert sorted(found.told()) == ["d", "s"]


def test_a_batch_is_published_entry_by_entry(sns: Any, topic: str, queue: Any, subscribe: Any):
    found = queue()
    subscribe(found)
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(10)]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == [entry["Id"] for entry in entries]
    assert answer["Failed"] == []
    told = found.notifications()
    assert {notification["MessageId"] for notification in told} == {entry["MessageId"] for entry in answer["Successful"]}


def test_a_hundred_queues_hear_of_one_message(sns: Any, topic: str, queue: Any, subscribe: Any):
    queues = [queue(f"q{number}") for number in range(100)]
    for found in queues:
        subscribe(found, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="m")
    assert [[message["Body"] for message in found.take()] for found in queues] == [["m"]] * 100


def test_what_is_refused_is_refused_in_aws_words(sns: Any, topic: str, refusal: Callable[..., Any]):
    for given, answer in (
        ({"Message": ""}, ("InvalidParameter", 400, "Invalid parameter: Empty message")),
        ({"Message": "m" * 262_145}, ("InvalidParameter", 400, "Invalid parameter: Message too long")),
        (
            {"Message": "m", "MessageAttributes": {"attr1": text("")}},
            (
                "ParameterValueInvalid",
                400,
                "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type "
                "'String'.",
            ),
        ),
    ):
        assert refusal(sns.publish, TopicArn=topic, **given) == answer
    assert refusal(sns.publish, TopicArn=f"{topic}x", Message="m") == ("NotFound", 404, "Topic does not exist")
    assert (
        refusal(sns.publish, Message="m")[2]
        == "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
    )
    target = f"{topic.rpartition(':')[0]}:endpoint/GCM/app/1"
    assert refusal(sns.publish, TargetArn=target, Message="m")[2] == (
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
    )
    entries = [{"Id": "1", "Message": "m"}] * 2
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "BatchEntryIdsNotDistinct"


def test_a_topic_is_also_a_target_and_a_phone_gets_a_line_of_the_log(sns: Any, topic: str, refusal: Callable[..., Any]):
    assert sns.publish(TargetArn=topic, Message="m")["MessageId"]
    assert sns.publish(PhoneNumber="+15551234567", Message="m")["MessageId"]
    assert refusal(sns.publish, PhoneNumber="+1a234", Message="m")[2] == (
        "Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to"
    )


class TestFifo:
    def test_groups_keep_their_order(self, sns: Any, fifo: str, queue: Any, subscribe: Any):
        found = queue("q.fifo")
        subscribe(found, fifo)
        numbers = [
            sns.publish(
                TopicArn=fifo, Message=f"{group}{number}", MessageGroupId=group, MessageDeduplicationId=f"{group}{number}"
            )["SequenceNumber"]
            for number in range(5)
            for group in "ab"
        ]
        assert numbers == sorted(numbers)
        messages = found.take()
        told = [json.loads(message["Body"]) for message in messages]
        for group in "ab":
            assert [one["Message"] for one in told if one["Message"][0] == group] == [f"{group}{number}" for number in range(5)]
        assert messages[0]["Attributes"]["MessageGroupId"] == "a"
        assert messages[0]["Attributes"]["MessageDeduplicationId"] == "a0"
        assert sorted(one["SequenceNumber"] for one in told) == numbers
        assert "Signature" not in told[0]

    def test_a_standard_queue_hears_of_it_too(self, sns: Any, fifo: str, queue: Any, subscribe: Any):
        found = queue()
        subscribe(found, fifo, RawMessageDelivery="true")
        sns.publish(TopicArn=fifo, Message="m", MessageGroupId="g", MessageDeduplicationId="d")
        (message,) = found.take()
        assert "MessageGroupId" not in message["Attributes"]

    def test_a_batch_is_numbered_in_its_order(self, sns: Any, fifo: str, refusal: Callable[..., Any]):
        entries = [{"Id": str(number), "Message": "m", "MessageGroupId": "g"} for number in range(3)]
        assert "ContentBasedDeduplication" in refusal(sns.publish_batch, TopicArn=fifo, PublishBatchRequestEntries=entries)[2]
        for entry in entries:
            entry["MessageDeduplicationId"] = entry["Id"]
        answer = sns.publish_batch(TopicArn=fifo, PublishBatchRequestEntries=entries)["Successful"]
        numbers = [entry["SequenceNumber"] for entry in answer]
        assert numbers == sorted(numbers)
        assert len(set(numbers)) == 3
        assert all(len(number) == 20 for number in numbers)
