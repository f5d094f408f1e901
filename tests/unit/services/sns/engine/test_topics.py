"""Topics: made once, told whole, changed attribute by attribute."""

import json

import pytest

from lambent.core.context import Scope
from lambent.services.sns import errors
from lambent.services.sns.engine import topics
from lambent.services.sns.engine.identifiers import TopicName

SCOPE = Scope("111122223333", "us-east-1")


def name(text):
    return TopicName(SCOPE, text)


def refusal(call, *given):
    with pytest.raises(errors.InvalidParameter) as refused:
        call(*given)
    return refused.value.message


def told(tx, topic):
    return topics.attributes_told(topics.told(tx, topic))


def test_making_a_topic_again_finds_it(tx):
    topics.create(tx, name("t"), {"DisplayName": "T"}, {"k": "v"})
    for attributes, tags in (({}, None), ({"DisplayName": "T"}, {"k": "v"}), ({"FifoTopic": "false"}, None)):
        topics.create(tx, name("t"), attributes, tags)
    assert refusal(topics.create, tx, name("t"), {"DisplayName": "U"}, None) == (
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    )
    assert refusal(topics.create, tx, name("t"), {}, {"k": "v", "l": "w"}) == (
        "Invalid parameter: Tags Reason: Topic already exists with different tags"
    )


@pytest.mark.parametrize(
    ("topic", "attributes", "message"),
    [
        ("a b", {}, "Topic Name"),
        ("a.fifo", {}, "Topic Name"),
        ("a", {"FifoTopic": "true"}, "Topic Name"),
        ("a", {"FifoTopic": "yes"}, "Attributes Reason: FifoTopic: Invalid value [yes]. Must be true or false."),
        (
            "a",
            {"ContentBasedDeduplication": "true"},
            "Attributes Reason: ContentBasedDeduplication is only valid for FIFO topics",
        ),
        ("a", {"Unheard": "of"}, "Attributes Reason: Unknown attribute Unheard"),
        ("a", {"DisplayName": "x" * 101}, "Attributes Reason: DisplayName"),
        (
            "a",
            {"MaximumMessageSize": "1023"},
            "Attributes Reason: MaximumMessageSize: Invalid value [1023]. Must be between 1024 and 1048576.",
        ),
        (
            "a",
            {"SQSFailureFeedbackRoleArn": "x"},
            "Attributes Reason: SQSFailureFeedbackRoleArn: Invalid value [x]. Must be the ARN of a role.",
        ),
        (
            "a",
            {"HTTPSuccessFeedbackSampleRate": "101"},
            "Attributes Reason: HTTPSuccessFeedbackSampleRate: Invalid value [101]. Must be between 0 and 100.",
        ),
        (
            "a",
            {"TracingConfig": "x"},
            "Attributes Reason: TracingConfig: Invalid value [x]. Please use either PassThrough or Active",
        ),
    ],
)
def test_what_cannot_be_made_is_refused(tx, topic, attributes, message):
    assert refusal(topics.create, tx, name(topic), attributes, None) == f"Invalid parameter: {message}"


def test_a_standard_topic_tells_nothing_of_fifo(tx, topic):
    found = told(tx, topic)
    assert found["Owner"] == SCOPE.account
    assert json.loads(found["Policy"])["Id"] == "__default_policy_ID"
    assert {"FifoTopic", "ContentBasedDeduplication", "DeliveryPolicy", "SignatureVersion"}.isdisjoint(found)


def test_a_fifo_topic_tells_how_it_deduplicates(tx, fifo):
    assert (told(tx, fifo)["FifoTopic"], told(tx, fifo)["ContentBasedDeduplication"]) == ("true", "false")
    topics.set_attribute(tx, fifo, "ContentBasedDeduplication", "true")
    assert told(tx, fifo)["ContentBasedDeduplication"] == "true"


def test_attributes_are_set_and_unset(tx, topic):
    topics.set_attribute(tx, topic, "DeliveryPolicy", '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 1}}}')
    assert json.loads(told(tx, topic)["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 1
    topics.set_attribute(tx, topic, "DeliveryPolicy", "")
    assert "DeliveryPolicy" not in told(tx, topic)
    for unknown in ("FifoTopic", "ContentBasedDeduplication", "Unheard"):
        assert refusal(topics.set_attribute, tx, topic, unknown, "true") == "Invalid parameter: AttributeName"
    with pytest.raises(errors.TopicNotFound):
        topics.set_attribute(tx, name("none"), "DisplayName", "x")


def test_a_topic_goes_with_its_subscriptions_and_may_go_twice(tx, topic, subscribe):
    subscribe(topic)
    topics.delete(tx, topic)
    topics.delete(tx, topic)
    topics.create(tx, topic, {}, None)
    assert (topics.told(tx, topic).confirmed, topics.told(tx, topic).pending) == (0, 0)


def test_subscriptions_are_counted(tx, topic, subscribe):
    subscribe(topic)
    subscribe(topic, "email", "a@b.example")
    assert (topics.told(tx, topic).confirmed, topics.told(tx, topic).pending) == (1, 1)


def test_permissions_change_the_policy(tx, topic):
    def policy():
        return json.loads(topics.effective(topics.find(tx, topic), "Policy"))

    topics.add_permission(tx, topic, "l", ["444455556666"], ["Publish"])
    assert [statement["Sid"] for statement in policy()["Statement"]][1:] == ["l"]
    topics.remove_permission(tx, topic, "l")
    assert len(policy()["Statement"]) == 1


def test_tags_are_added_replaced_and_removed(tx, topic):
    topics.tag(tx, topic, {"a": "1", "b": "2"})
    topics.tag(tx, topic, {"b": "3"})
    topics.untag(tx, topic, ["a", "z"])
    assert topics.tags(tx, topic) == {"b": "3"}
    with pytest.raises(errors.TagLimitExceeded):
        topics.tag(tx, topic, {str(number): "" for number in range(topics.TAGS_MAX)})
    with pytest.raises(errors.ResourceNotFound):
        topics.tags(tx, name("none"))


def test_pages_are_cut_by_name(tx):
    for number in range(topics.PAGE_ITEMS_MAX + 2):
        topics.create(tx, name(f"t{number:03}"), {}, None)
    first = topics.page(tx, SCOPE, "")
    assert len(first) == topics.PAGE_ITEMS_MAX + 1
    assert [topic.name for topic in topics.page(tx, SCOPE, first[-2].name)] == ["t100", "t101"]
