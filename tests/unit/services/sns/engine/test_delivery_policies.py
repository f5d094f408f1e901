"""Delivery policies: what is kept, what holds, and the delays they mean. The shapes are recorded answers of AWS."""

import json

import pytest

from lambent.services.sns import errors
from lambent.services.sns.engine import delivery_policies
from lambent.services.sns.engine.delivery_policies import RETRY_POLICY_DEFAULT


def delays(**policy):
    return delivery_policies.delays_s({"healthyRetryPolicy": {**RETRY_POLICY_DEFAULT, **policy}})


def test_by_default_three_retries_come_twenty_seconds_apart():
    effective = delivery_policies.effective_of_subscription("", "")
    assert delivery_policies.delays_s(effective) == (20.0, 20.0, 20.0)
    assert delivery_policies.content_type(effective) == "text/plain; charset=UTF-8"


def test_the_phases_come_in_order():
    policy = {"numRetries": 8, "numNoDelayRetries": 2, "numMinDelayRetries": 1, "numMaxDelayRetries": 2}
    assert delays(minDelayTarget=1, maxDelayTarget=5, **policy) == (0, 0, 1, 1, 3, 5, 5, 5)


@pytest.mark.parametrize("function", ["linear", "arithmetic", "geometric", "exponential"])
def test_the_back_off_grows_from_the_smallest_to_the_largest_delay(function: str):
    found = delays(minDelayTarget=1, maxDelayTarget=60, numRetries=6, backoffFunction=function)
    assert (found[0], round(found[-1], 6)) == (1, 60)
    assert list(found) == sorted(found)


def test_no_retries_are_no_delays():
    assert delays(numRetries=0) == ()
    assert delays(numRetries=1) == (20.0,)


def test_a_topics_policy_is_kept_as_it_was_given_without_what_is_null():
    given = {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}, "defaultThrottlePolicy": None}}
    kept = delivery_policies.of_topic(json.dumps(given), "")
    assert kept == (
        '{"http":{"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"application/json"}}}'
    )
    assert delivery_policies.effective_of_topic(kept)["http"]["defaultHealthyRetryPolicy"] == RETRY_POLICY_DEFAULT
    assert delivery_policies.of_topic("", "") == delivery_policies.of_topic('{"http": null}', "") == ""


def test_a_subscriptions_policy_is_kept_with_all_its_members():
    given = {
        "healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 0},
        "throttlePolicy": {"maxReceivesPerSecond": 1000},
    }
    kept = json.loads(delivery_policies.of_subscription(json.dumps(given), ""))
    assert kept == {
        "healthyRetryPolicy": {**RETRY_POLICY_DEFAULT, "minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 0},
        "sicklyRetryPolicy": None,
        "throttlePolicy": {"maxReceivesPerSecond": 1000},
        "requestPolicy": None,
        "guaranteed": False,
    }


def test_a_subscription_overrides_its_topic_unless_the_topic_forbids_it():
    own = delivery_policies.of_subscription('{"healthyRetryPolicy": {"numRetries": 1}}', "")
    topic = {"defaultHealthyRetryPolicy": {"numRetries": 5}, "defaultRequestPolicy": {"headerContentType": "text/csv"}}
    lenient = delivery_policies.of_topic(json.dumps({"http": topic}), "")
    strict = delivery_policies.of_topic(json.dumps({"http": {**topic, "disableSubscriptionOverrides": True}}), "")
    effective = delivery_policies.effective_of_subscription(own, lenient)
    assert len(delivery_policies.delays_s(effective)) == 1
    assert delivery_policies.content_type(effective) == "text/csv"
    assert len(delivery_policies.delays_s(delivery_policies.effective_of_subscription(own, strict))) == 5


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[]",
        '{"http": {}}',
        '{"healthyRetryPolicy": []}',
        '{"healthyRetryPolicy": {"numRetries": 101}}',
        '{"healthyRetryPolicy": {"numRetries": true}}',
        '{"healthyRetryPolicy": {"minDelayTarget": 0}}',
        '{"healthyRetryPolicy": {"minDelayTarget": 30}}',
        '{"healthyRetryPolicy": {"maxDelayTarget": 3601}}',
        '{"healthyRetryPolicy": {"numNoDelayRetries": 4}}',
        '{"healthyRetryPolicy": {"backoffFunction": "wild"}}',
        '{"healthyRetryPolicy": {"numRetries": 100, "minDelayTarget": 100, "maxDelayTarget": 100}}',
        '{"requestPolicy": {"headerContentType": 1}}',
    ],
)
def test_what_is_no_policy_of_a_subscription_is_refused(policy: str):
    with pytest.raises(errors.InvalidParameter, match="Invalid parameter: Attributes Reason: DeliveryPolicy: "):
        delivery_policies.of_subscription(policy, "Attributes Reason: ")
