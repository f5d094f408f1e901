"""From a message to its deliveries: who wants it, what each is sent, and what FIFO topics remember."""

import json

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.sns.engine.conftest import ACCOUNT, CONTEXT, QUEUE

from lambent.services.sns import errors
from lambent.services.sns.engine import publishing, subscriptions, topics
from lambent.services.sns.engine.deliveries import Deliveries
from lambent.services.sns.engine.messages import Message
from lambent.services.sns.engine.publishing import DEDUPLICATION_S

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
URL = "http://a.example/hook"


def message(body="m", *, bodies=None, group_id="", deduplication_id="", **attributes):
    told = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return Message("id", None, body, bodies or {}, told, group_id, deduplication_id)


def plan(tx, topic, sent):
    return publishing.plan(publishing.audience(tx, topic), sent, CONTEXT, 0.0)


def calls(tx, topic, sent):
    return [call.parameters["Parameters"] for call in plan(tx, topic, sent).to_services]


@pytest.fixture
def lane():
    return Lane()


@pytest.fixture
def tell(tx, lane):
    """Publishes to a FIFO topic: what is answered."""
    ways = Deliveries(to_services=lane, to_servers=Lane(), dead_letters=Lane())

    def publish(topic, *sent, now=0.0):
        return publishing.publish_in_order(tx, publishing.audience(tx, topic), sent, CONTEXT, now, ways)

    return publish


def test_only_who_wants_a_message_gets_it(tx, topic, subscribe):
    subscribe(topic, "sqs", f"{QUEUE}-all")
    subscribe(topic, "sqs", f"{QUEUE}-red", FilterPolicy='{"color": ["red"]}')
    subscribe(topic, "sqs", f"{QUEUE}-body", FilterPolicy='{"a": {"b": [1]}}', FilterPolicyScope="MessageBody")
    got = [call["QueueUrl"].rpartition("-")[2] for call in calls(tx, topic, message('{"a": {"b": 1}}', color="blue"))]
    assert sorted(got) == ["all", "body"]
    got = [call["QueueUrl"].rpartition("-")[2] for call in calls(tx, topic, message(color="red"))]
    assert sorted(got) == ["all", "red"]


def test_who_has_not_confirmed_gets_nothing(tx, topic, subscribe):
    subscribe(topic, "http", URL)
    assert not plan(tx, topic, message())


def test_a_queue_gets_the_envelope_or_the_message_alone_with_its_attributes(tx, topic, subscribe):
    row = subscribe(topic)
    (call,) = calls(tx, topic, message(color="red"))
    assert call["QueueUrl"] == f"http://localhost:4566/{ACCOUNT}/q"
    assert json.loads(call["MessageBody"])["MessageAttributes"] == {"color": {"Type": "String", "Value": "red"}}
    assert "MessageAttributes" not in call
    subscriptions.set_attribute(tx, row.name, "RawMessageDelivery", "true")
    (call,) = calls(tx, topic, message(color="red"))
    assert call["MessageBody"] == "m"
    assert call["MessageAttributes"] == {"color": {"DataType": "String", "StringValue": "red"}}


def test_a_standard_topic_passes_a_message_group_on(tx, topic, subscribe):
    subscribe(topic)
    (call,) = plan(tx, topic, message(group_id="g")).to_services
    assert (call.parameters["Parameters"]["MessageGroupId"], call.ordering_key) == ("g", "")


def test_a_function_is_invoked_asynchronously(tx, topic, subscribe):
    row = subscribe(topic, "lambda", FUNCTION)
    (call,) = plan(tx, topic, message()).to_services
    given = call.parameters["Parameters"]
    assert (call.service, call.operation, given["InvocationType"]) == ("lambda", "Invoke", "Event")
    assert given["FunctionName"] == FUNCTION
    (record,) = json.loads(given["Payload"])["Records"]
    assert (record["EventSubscriptionArn"], record["Sns"]["Message"]) == (row.name.arn, "m")
    assert call.context.principal_arn == "sns.amazonaws.com"


def test_a_server_is_posted_to_as_its_policy_says(tx, topic, subscribe):
    policy = {"healthyRetryPolicy": {"numRetries": 1}, "requestPolicy": {"headerContentType": "text/csv"}}
    row = subscribe(topic, "http", URL, DeliveryPolicy=json.dumps(policy), RawMessageDelivery="true")
    subscriptions.confirm(tx, subscriptions.Confirmation(topic, row.token, False, False), 0.0)
    ((delays_s, (call,)),) = plan(tx, topic, message()).to_servers.items()
    given = call.parameters["Parameters"]
    assert (delays_s, given["Url"], given["Body"]) == ((20.0,), URL, "m")
    assert dict(given["Headers"]) == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": "id",
        "x-amz-sns-topic-arn": topic.arn,
        "x-amz-sns-subscription-arn": row.name.arn,
        "x-amz-sns-rawdelivery": "true",
        "Content-Type": "text/csv",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }


def test_a_person_is_written_to_in_the_log(tx, topic, subscribe):
    subscribe(topic, "sms", "+15551234567")
    (call,) = plan(tx, topic, message("secret")).to_services
    assert (call.service, call.parameters["Parameters"]["Kind"]) == ("log", "sms")
    assert "secret" not in str(call.parameters)


def test_each_protocol_gets_its_own_body(tx, topic, subscribe):
    subscribe(topic, RawMessageDelivery="true")
    subscribe(topic, "lambda", FUNCTION)
    sent = message("d", bodies={"default": "d", "lambda": "l"})
    bodies = {
        call.get("MessageBody") or json.loads(call["Payload"])["Records"][0]["Sns"]["Message"]
        for call in calls(tx, topic, sent)
    }
    assert bodies == {"d", "l"}


class TestFifo:
    def test_messages_are_numbered_and_ordered_by_group_for_each_subscription(self, fifo, subscribe, tell, lane):
        row = subscribe(fifo, "sqs", f"{QUEUE}.fifo")
        answered = tell(fifo, message(group_id="g", deduplication_id="1"), message(group_id="h", deduplication_id="2"))
        assert [published.sequence for published in answered] == [1, 2]
        assert [call.ordering_key for call in lane.calls] == [f"sns/{row.name.arn}/g", f"sns/{row.name.arn}/h"]
        given = lane.calls[0].parameters["Parameters"]
        assert (given["MessageGroupId"], given["MessageDeduplicationId"]) == ("g", "1")
        assert json.loads(given["MessageBody"])["SequenceNumber"] == "10000000000000000001"

    def test_a_standard_queue_gets_them_without_group(self, fifo, subscribe, tell, lane):
        subscribe(fifo)
        tell(fifo, message(group_id="g", deduplication_id="1"))
        assert {"MessageGroupId", "MessageDeduplicationId"}.isdisjoint(lane.calls[0].parameters["Parameters"])

    def test_what_was_told_is_told_again_only_after_five_minutes(self, fifo, subscribe, tell, lane):
        subscribe(fifo)
        sent = message(group_id="g", deduplication_id="1")
        assert tell(fifo, sent) == tell(fifo, sent, now=DEDUPLICATION_S - 1)
        assert len(lane.calls) == 1
        assert tell(fifo, sent, now=DEDUPLICATION_S)[0].sequence == 2

    def test_the_topic_says_whether_groups_are_told_apart(self, tx, fifo, tell):
        first, other = (message(group_id=group, deduplication_id="1") for group in "gh")
        assert tell(fifo, first) == tell(fifo, other)
        topics.set_attribute(tx, fifo, "FifoThroughputScope", "MessageGroup")
        assert tell(fifo, first, now=1.0) != tell(fifo, other, now=1.0)

    def test_a_topic_that_has_gone_meanwhile_takes_nothing(self, tx, fifo, lane):
        audience = publishing.audience(tx, fifo)
        topics.delete(tx, fifo)
        ways = Deliveries(to_services=lane, to_servers=Lane(), dead_letters=Lane())
        sent = [message(group_id="g", deduplication_id="1")]
        with pytest.raises(errors.TopicNotFound):
            publishing.publish_in_order(tx, audience, sent, CONTEXT, 0.0, ways)
