"""ARNs of topics and subscriptions, and how those that are none are refused."""

import pytest

from lambent.core.context import Scope
from lambent.services.sns import errors
from lambent.services.sns.engine.identifiers import (
    SubscriptionName,
    TopicName,
    is_topic_name,
    parse_subscription,
    parse_topic,
    topic_of_url,
)

TOPIC = TopicName(Scope("111122223333", "eu-west-1"), "t")
ID = "6b1e4c39-f5c8-4c9b-9e5b-3f6f0f2a7d11"


def refusal(call, *given, **options):
    with pytest.raises(errors.InvalidParameter) as refused:
        call(*given, **options)
    return refused.value.message


def test_names_and_arns_tell_the_same():
    assert parse_topic(TOPIC.arn, "eu-west-1") == TOPIC
    assert parse_subscription(f"{TOPIC.arn}:{ID}") == SubscriptionName(TOPIC, ID)
    assert topic_of_url(TOPIC.arn) == TOPIC


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("test:topic", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2"),
        ("arn:aws:sns:us-east-1:111122223333:t", "Invalid parameter: TopicArn"),
        ("arn:aws:sqs:eu-west-1:111122223333:t", "Invalid parameter: TopicArn"),
        ("arn:aws:sns:eu-west-1:111122223333:t:x", "Invalid parameter: TopicArn"),
    ],
)
def test_an_arn_of_no_topic_here_is_refused(arn: str, message: str):
    assert refusal(parse_topic, arn, "eu-west-1") == message


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("", "Invalid parameter: SubscriptionArn Reason: no value for required parameter"),
        ("pending confirmation", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (TOPIC.arn, "Invalid parameter: SubscriptionId"),
        (f"{TOPIC.arn}:not-a-uuid", "Invalid parameter: SubscriptionId"),
    ],
)
def test_an_arn_of_no_subscription_is_refused(arn: str, message: str):
    assert refusal(parse_subscription, arn) == message


def test_a_link_must_name_a_topic():
    assert refusal(topic_of_url, "arn:aws:sns:eu-west-1:1:t:x") == "Invalid parameter: Topic"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a", True),
        ("a" * 256, True),
        ("a.fifo", True),
        ("", False),
        ("a b", False),
        ("a.b", False),
        ("a" * 257, False),
        ("a" * 252 + ".fifo", False),
    ],
)
def test_names_are_letters_digits_hyphens_underscores(name: str, is_one: bool):
    assert is_topic_name(name) is is_one
