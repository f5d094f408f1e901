"""Subscriptions: made once for each endpoint, confirmed by token, and changed attribute by attribute."""

import json

import pytest
from tests.unit.services.sns.engine.conftest import ACCOUNT, QUEUE

from lambent.core.context import Scope
from lambent.services.sns import errors
from lambent.services.sns.engine import subscriptions, topics
from lambent.services.sns.engine.identifiers import SubscriptionName, TopicName
from lambent.services.sns.engine.subscriptions import TOKEN_LIFE_S, Confirmation, Wish

URL = "http://127.0.0.1:9/hook"
OTHER = "444455556666"
DLQ = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dlq"


def refusal(call, *given, **options):
    with pytest.raises(errors.SnsError) as refused:
        call(*given, **options)
    return refused.value.message


def told(tx, row):
    return subscriptions.attributes_told(*subscriptions.found(tx, row.name))


def confirm(tx, topic, token, *, now=0.0, is_authenticated=False, needs_authentication=False):
    return subscriptions.confirm(tx, Confirmation(topic, token, is_authenticated, needs_authentication), now)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("test-protocol", "x", "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol"),
        ("sqs", "", "Invalid parameter: Endpoint"),
        ("sqs", "http://localhost/1/q", "Invalid parameter: SQS endpoint ARN"),
        ("sqs", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "Invalid parameter: SQS endpoint ARN"),
        (
            "sqs",
            f"{QUEUE}.fifo",
            "Invalid parameter: Invalid parameter: Endpoint Reason: "
            "FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("lambda", QUEUE, "Invalid parameter: Lambda endpoint ARN"),
        ("http", "https://a.example", "Invalid parameter: Endpoint must match the specified protocol"),
        ("email", "nobody", "Invalid parameter: Email address"),
        ("sms", "NAA+15551234567", "Invalid SMS endpoint: NAA+15551234567"),
    ],
)
def test_an_endpoint_must_be_one_of_its_protocol(topic, subscribe, protocol, endpoint, message):
    assert refusal(subscribe, topic, protocol, endpoint) == message


def test_a_fifo_topic_has_queues_of_both_kinds(fifo, subscribe):
    subscribe(fifo, "sqs", QUEUE)
    subscribe(fifo, "sqs", f"{QUEUE}.fifo")
    assert "FIFO topics can not have subscriptions of protocol http" in refusal(subscribe, fifo, "http", URL)


def test_nothing_subscribes_to_no_topic(subscribe):
    assert refusal(subscribe, TopicName(Scope(ACCOUNT, "us-east-1"), "none")) == "Topic does not exist"


def test_an_endpoint_has_one_subscription(topic, subscribe):
    row = subscribe(topic, RawMessageDelivery="True", FilterPolicy='{"a": ["b"]}')
    assert not row.is_pending
    for attributes in ({}, {"RawMessageDelivery": "true"}, {"FilterPolicy": '{"a":["b"]}'}):
        assert subscribe(topic, **attributes).name == row.name
    assert refusal(subscribe, topic, RawMessageDelivery="false") == (
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )


def test_a_queues_subscription_is_told_as_confirmed(tx, topic, subscribe):
    row = subscribe(topic)
    assert told(tx, row) == {
        "SubscriptionArn": row.name.arn,
        "TopicArn": topic.arn,
        "Protocol": "sqs",
        "Endpoint": QUEUE,
        "Owner": ACCOUNT,
        "SubscriptionPrincipal": f"arn:aws:iam::{ACCOUNT}:root",
        "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true",
        "RawMessageDelivery": "false",
    }


class TestConfirming:
    def test_a_token_confirms_and_may_be_used_again(self, tx, topic, subscribe):
        row = subscribe(topic, "http", URL)
        assert row.is_pending
        confirmed = confirm(tx, topic, row.token, now=1.0)
        assert (confirmed.is_pending, confirmed.was_authenticated, confirmed.name) == (False, False, row.name)
        assert confirm(tx, topic, row.token, now=TOKEN_LIFE_S * 2) == confirmed

    def test_subscribing_again_renews_what_is_pending(self, tx, topic, subscribe):
        row = subscribe(topic, "http", URL)
        assert subscribe(topic, "http", URL, now=TOKEN_LIFE_S).token == row.token
        assert not confirm(tx, topic, row.token, now=TOKEN_LIFE_S + 1).is_pending

    def test_a_token_that_is_none_or_too_old_confirms_nothing(self, tx, topic, subscribe):
        row = subscribe(topic, "http", URL)
        assert refusal(confirm, tx, topic, "randomtoken") == "Invalid parameter: Token"
        assert refusal(confirm, tx, topic, "0" * 256) == "Invalid token"
        assert refusal(confirm, tx, topic, row.token, now=TOKEN_LIFE_S) == "Invalid token"

    def test_who_confirms_signed_may_ask_that_so_does_who_ends_it(self, tx, topic, subscribe):
        row = subscribe(topic, "http", URL)
        confirm(tx, topic, row.token, is_authenticated=True, needs_authentication=True)
        with pytest.raises(errors.AuthorizationError):
            subscriptions.unsubscribe(tx, row.name, account="", principal_arn="")
        assert subscriptions.unsubscribe(tx, row.name, account=ACCOUNT, principal_arn="") is not None

    def test_who_subscribed_to_anothers_topic_may_end_it_and_a_stranger_may_not(self, tx, topic):
        wish = Wish(topic, "http", URL, {}, OTHER, f"arn:aws:iam::{OTHER}:root")
        row = subscriptions.subscribe(tx, wish, 0.0)
        confirm(tx, topic, row.token, is_authenticated=True, needs_authentication=True)
        with pytest.raises(errors.AuthorizationError):
            subscriptions.unsubscribe(tx, row.name, account="777788889999", principal_arn="")
        assert subscriptions.unsubscribe(tx, row.name, account=OTHER, principal_arn="") is not None


def test_a_subscription_ends_once_and_is_counted(tx, topic, subscribe):
    row = subscribe(topic)
    assert subscriptions.unsubscribe(tx, row.name, account="", principal_arn="") == row
    assert subscriptions.unsubscribe(tx, row.name, account="", principal_arn="") is None
    assert topics.find(tx, topic).subscriptions_deleted == 1
    assert refusal(subscriptions.found, tx, row.name) == "Subscription does not exist"


class TestAttributes:
    def test_a_filter_is_told_with_its_scope(self, tx, topic, subscribe):
        row = subscribe(topic)
        subscriptions.set_attribute(tx, row.name, "FilterPolicyScope", "MessageBody")
        assert "FilterPolicyScope" not in told(tx, row)
        subscriptions.set_attribute(tx, row.name, "FilterPolicy", '{"a": {"b": ["c"]}}')
        assert told(tx, row)["FilterPolicyScope"] == "MessageBody"
        assert refusal(subscriptions.set_attribute, tx, row.name, "FilterPolicyScope", "MessageAttributes") == (
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
        )
        subscriptions.set_attribute(tx, row.name, "FilterPolicy", "")
        assert "FilterPolicy" not in told(tx, row)

    def test_a_filter_may_be_told_before_its_scope(self, tx, topic, subscribe):
        row = subscribe(topic, FilterPolicy='{"a": {"b": ["c"]}}', FilterPolicyScope="MessageBody")
        assert json.loads(told(tx, row)["FilterPolicy"]) == {"a": {"b": ["c"]}}

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("Unheard", "of", "AttributeName"),
            ("RawMessageDelivery", "test-ValUe", "RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false."),
            ("RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."),
            ("RedrivePolicy", '{"deadLetterTargetArn": "fake"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
            (
                "FilterPolicyScope",
                "RandomValue",
                "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes",
            ),
            ("FilterPolicy", '{"key_a":"value_one"}', 'FilterPolicy: "key_a" must be an object or an array'),
            ("DeliveryPolicy", "{}", "DeliveryPolicy: Delivery protocol [sqs] does not support delivery policies."),
        ],
    )
    def test_what_cannot_be_set_is_refused(self, tx, topic, subscribe, name, value, message):
        row = subscribe(topic)
        assert refusal(subscriptions.set_attribute, tx, row.name, name, value) == f"Invalid parameter: {message}"

    def test_raw_delivery_is_for_queues_and_servers(self, topic, subscribe):
        message = "RawMessageDelivery: Delivery protocol [email] does not support raw message delivery."
        assert message in refusal(subscribe, topic, "email", "a@b.example", RawMessageDelivery="true")

    def test_a_dead_letter_queue_is_set_and_unset(self, tx, topic, subscribe):
        row = subscribe(topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": DLQ}))
        assert json.loads(told(tx, row)["RedrivePolicy"]) == {"deadLetterTargetArn": DLQ}
        subscriptions.set_attribute(tx, row.name, "RedrivePolicy", "")
        assert "RedrivePolicy" not in told(tx, row)

    def test_fifo_subscriptions_have_fifo_dead_letter_queues(self, fifo, subscribe):
        message = "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        assert message in refusal(
            subscribe, fifo, "sqs", f"{QUEUE}.fifo", RedrivePolicy=json.dumps({"deadLetterTargetArn": DLQ})
        )

    def test_servers_are_told_what_policy_holds(self, tx, topic, subscribe):
        row = subscribe(topic, "http", URL, DeliveryPolicy='{"requestPolicy": {"headerContentType": "text/csv"}}')
        effective = json.loads(told(tx, row)["EffectiveDeliveryPolicy"])
        assert (effective["requestPolicy"], effective["guaranteed"]) == ({"headerContentType": "text/csv"}, False)


def test_pages_are_cut_by_topic_and_id(tx, topic, fifo, subscribe):
    for number in range(subscriptions.PAGE_ITEMS_MAX):
        subscribe(topic, "email", f"{number}@b.example")
    other = subscribe(fifo)
    first = subscriptions.page(tx, topic.scope, ("", ""))
    assert (len(first), first[-1]) == (subscriptions.PAGE_ITEMS_MAX + 1, other)
    assert subscriptions.page(tx, topic.scope, ("orders", first[-2].name.id)) == [other]
    assert len(subscriptions.page_of_topic(tx, topic, "")) == subscriptions.PAGE_ITEMS_MAX
    with pytest.raises(errors.TopicNotFound):
        subscriptions.page_of_topic(tx, TopicName(topic.scope, "none"), "")


def test_a_subscription_of_a_deleted_topic_is_not_found(tx, topic, subscribe):
    row = subscribe(topic)
    topics.delete(tx, topic)
    with pytest.raises(errors.SubscriptionNotFound):
        subscriptions.found(tx, SubscriptionName(topic, row.name.id))


def test_phone_numbers_are_digits():
    assert subscriptions.is_phone_number("+15551234567")
    assert not subscriptions.is_phone_number("+1a234")
