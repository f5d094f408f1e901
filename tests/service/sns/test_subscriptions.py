"""Subscriptions through boto3, and the links that servers are sent."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import pytest


def follow(link: str) -> str:
    """Opens a link as a browser or a program without credentials does."""
    with urllib.request.urlopen(link) as answer:
        return answer.read().decode()


def test_an_endpoint_is_subscribed_once(sns: Any, topic: str, queue: Any, refusal: Callable[..., Any]):
    endpoint = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue().arn}
    arn = sns.subscribe(**endpoint, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    assert re.fullmatch(rf"{topic}:[0-9a-f-]{{36}}", arn)
    assert sns.subscribe(**endpoint)["SubscriptionArn"] == arn
    assert refusal(sns.subscribe, **endpoint, Attributes={"RawMessageDelivery": "false"}) == (
        "InvalidParameter",
        400,
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RawMessageDelivery"] == "true"


def test_subscriptions_are_listed_by_topic_and_all_together(sns: Any, topic: str, account: str, queue: Any):
    found = queue()
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=found.arn)["SubscriptionArn"]
    told = {"SubscriptionArn": arn, "Owner": account, "Protocol": "sqs", "Endpoint": found.arn, "TopicArn": topic}
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == [told]
    assert sns.list_subscriptions()["Subscriptions"] == [told]


def test_pages_hold_a_hundred(sns: Any, topic: str):
    for number in range(101):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"user{number}@example.com")
    for paginator in (
        sns.get_paginator("list_subscriptions").paginate(),
        sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic),
    ):
        pages = [page["Subscriptions"] for page in paginator]
        assert [len(page) for page in pages] == [100, 1]
        assert len({row["Endpoint"] for page in pages for row in page}) == 101
        assert pages[0][0]["SubscriptionArn"] == "PendingConfirmation"


def test_attributes_are_set_one_by_one(sns: Any, topic: str, queue: Any, refusal: Callable[..., Any]):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue().arn)["SubscriptionArn"]
    policy = json.dumps({"attr": ["match-this"]})
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=policy)
    told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (told["FilterPolicy"], told["FilterPolicyScope"]) == (policy, "MessageAttributes")
    scope = {"SubscriptionArn": arn, "AttributeName": "FilterPolicyScope", "AttributeValue": "RandomValue"}
    assert refusal(sns.set_subscription_attributes, **scope)[2] == (
        "Invalid parameter: FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes"
    )


def test_who_is_not_subscribed_is_not_found(sns: Any, topic: str, queue: Any, client: Any, refusal: Callable[..., Any]):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue().arn)["SubscriptionArn"]
    other = client("sns", aws_access_key_id="222233334444")
    missing = ("NotFound", 404, "Subscription does not exist")
    assert refusal(other.get_subscription_attributes, SubscriptionArn=arn) == missing
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=arn) == missing
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "1"


class TestServers:
    @pytest.fixture
    def subscribed(self, sns: Any, topic: str, site: Any, platform: Any) -> Callable[..., dict[str, Any]]:
        """Subscribes the site; what it was posted."""

        def make(**options: Any) -> dict[str, Any]:
            answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=site.url, **options)
            platform.settle()
            return answer | {"body": site.bodies()[-1], "headers": site.posts[-1][0]}

        return make

    def test_a_server_is_asked_to_confirm_and_does_so_by_following_a_link(self, sns: Any, topic: str, subscribed: Any):
        found = subscribed()
        assert found["SubscriptionArn"] == "pending confirmation"
        assert found["headers"]["x-amz-sns-message-type"] == "SubscriptionConfirmation"
        assert found["headers"]["x-amz-sns-topic-arn"] == topic
        assert found["headers"]["content-type"] == "text/plain; charset=UTF-8"
        assert found["headers"]["user-agent"] == "Amazon Simple Notification Service Agent"
        assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"
        answer = follow(found["body"]["SubscribeURL"])
        (arn,) = re.findall("<SubscriptionArn>(.*)</SubscriptionArn>", answer)
        told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert (told["PendingConfirmation"], told["ConfirmationWasAuthenticated"]) == ("false", "false")

    def test_a_program_may_confirm_with_the_token(self, sns: Any, topic: str, subscribed: Any):
        found = subscribed(ReturnSubscriptionArn=True)
        token = found["body"]["Token"]
        confirmed = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
        assert confirmed["SubscriptionArn"] == found["SubscriptionArn"]
        told = sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])["Attributes"]
        assert told["ConfirmationWasAuthenticated"] == "true"

    def test_a_wrong_token_confirms_nothing(self, sns: Any, topic: str, subscribed: Any, refusal: Callable[..., Any]):
        found = subscribed()
        assert refusal(sns.confirm_subscription, TopicArn=topic, Token="random")[2] == "Invalid parameter: Token"
        assert refusal(sns.confirm_subscription, TopicArn=topic, Token="0" * 256)[2] == "Invalid token"
        with pytest.raises(HTTPError) as refused:
            follow(found["body"]["SubscribeURL"].replace(topic, "x"))
        assert "Invalid parameter: Topic" in refused.value.read().decode()

    def test_a_link_ends_by_the_time_of_the_topics_account(self, subscribed: Any, account: str, platform: Any):
        link = subscribed()["body"]["SubscribeURL"]
        platform.advance(2 * 24 * 3600, account=account)
        with pytest.raises(HTTPError) as refused:
            follow(link)
        assert "Invalid token" in refused.value.read().decode()

    def test_a_notification_brings_a_link_that_ends_the_subscription(
        self, sns: Any, topic: str, subscribed: Any, site: Any, platform: Any
    ):
        follow(subscribed()["body"]["SubscribeURL"])
        sns.publish(TopicArn=topic, Message="m")
        platform.settle()
        follow(site.bodies()[-1]["UnsubscribeURL"])
        platform.settle()
        assert site.bodies()[-1]["Type"] == "UnsubscribeConfirmation"
        assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []

    def test_who_confirmed_signed_may_want_that_it_ends_signed(self, sns: Any, topic: str, subscribed: Any):
        found = subscribed(ReturnSubscriptionArn=True)
        sns.confirm_subscription(TopicArn=topic, Token=found["body"]["Token"], AuthenticateOnUnsubscribe="true")
        url = found["body"]["SubscribeURL"].partition("?")[0]
        with pytest.raises(HTTPError) as refused:
            follow(f"{url}?Action=Unsubscribe&SubscriptionArn={found['SubscriptionArn']}")
        assert refused.value.status == 403
        sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])


def test_mail_waits_for_its_link(sns: Any, topic: str, platform: Any, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO", logger="lambent.sns"):
        assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == (
            "pending confirmation"
        )
        platform.settle()
        link = next(json.loads(line)["subscribe_url"] for line in caplog.messages if "sns.confirmation" in line)
        follow(link)
        sns.publish(TopicArn=topic, Message="secret")
        platform.settle()
    assert any("sns.email" in line for line in caplog.messages)
    assert "secret" not in caplog.text
