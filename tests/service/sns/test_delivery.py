"""Delivery: fan-out to queues, a function and a server; AWS' retries on a clock that is turned; dead letters; crashes."""

import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lives import living
from tests.service.lambda_.conftest import FAST, ROLE, zipped
from tests.service.sns.conftest import Queue

from lambent.testing import LocalPlatform

RUNTIME = f"python3.{sys.version_info.minor}"
TELL = """
import boto3, json
def handler(event, context):
    (record,) = event["Records"]
    boto3.client("sqs").send_message(QueueUrl=context.client_context or QUEUE_URL, MessageBody=json.dumps(record))
"""


@pytest.fixture(scope="module")
def platform() -> Iterator[LocalPlatform]:
    """One whose clock stands still, for this module."""
    with LocalPlatform(clock="virtual") as running:
        yield running


@pytest.fixture
def subscribe(sns: Any, topic: str, platform: LocalPlatform, site: Any) -> Callable[..., str]:
    """``subscribe("sqs", arn, FilterPolicy=…)``; a server follows the link that it is sent."""

    def make(protocol: str, endpoint: str, *, to: str = topic, **attributes: str) -> str:
        answer = sns.subscribe(
            TopicArn=to, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
        )
        if protocol == "http":
            platform.settle()
            urllib.request.urlopen(site.bodies()[-1]["SubscribeURL"]).close()
            site.posts.clear()
        return answer["SubscriptionArn"]

    return make


@pytest.fixture
def function(client: Callable[..., Any]) -> Callable[[str], str]:
    """Makes a function that sends the one record of its event to a queue."""

    def make(queue_url: str) -> str:
        functions = client("lambda")
        app = TELL.replace("context.client_context or QUEUE_URL", repr(queue_url))
        arn = functions.create_function(
            FunctionName="teller",
            Runtime=RUNTIME,
            Handler="app.handler",
            Role=ROLE,
            Timeout=30,
            Code={"ZipFile": zipped(app=app)},
        )["FunctionArn"]
        functions.get_waiter("function_active_v2").wait(FunctionName="teller", WaiterConfig=FAST)
        return arn

    return make


def color(value: str) -> dict[str, Any]:
    return {"color": {"DataType": "String", "StringValue": value}}


def redrive(queue: Queue) -> str:
    return json.dumps({"deadLetterTargetArn": queue.arn})


def test_a_message_fans_out_to_queues_a_function_and_a_server_that_want_it(
    sns: Any, topic: str, queue: Any, function: Any, site: Any, subscribe: Any, platform: LocalPlatform
):
    all_of_it, red, told = queue("all"), queue("red"), queue("told")
    only_red = json.dumps({"color": ["red"]})
    subscribe("sqs", all_of_it.arn)
    subscribe("sqs", red.arn, FilterPolicy=only_red, RawMessageDelivery="true")
    of_function = subscribe("lambda", function(told.url), FilterPolicy=only_red)
    subscribe("http", site.url, FilterPolicy=json.dumps({"color": [{"anything-but": "red"}]}))

    sns.publish(TopicArn=topic, Message="apple", MessageAttributes=color("red"))
    sns.publish(TopicArn=topic, Message="sky", MessageAttributes=color("blue"))

    assert sorted(all_of_it.told()) == ["apple", "sky"]
    assert [message["Body"] for message in red.take()] == ["apple"]
    (record,) = told.notifications()
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", of_function)
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("apple", None)
    assert record["Sns"]["MessageAttributes"] == {"color": {"Type": "String", "Value": "red"}}
    ((headers, body),) = site.posts
    assert json.loads(body)["Message"] == "sky"
    assert headers["x-amz-sns-message-type"] == "Notification"


class TestServers:
    def test_a_server_that_fails_is_asked_three_times_more_twenty_seconds_apart(
        self, sns: Any, topic: str, queue: Any, site: Any, subscribe: Any, platform: LocalPlatform
    ):
        dead = queue("dead")
        subscribe("http", site.url, RedrivePolicy=redrive(dead))
        site.answers = [500, 503, 429, 500]
        sns.publish(TopicArn=topic, Message="m")
        for seconds, posts in ((0, 1), (19, 1), (1, 2), (20, 3), (19, 3)):
            platform.advance(seconds)
            assert len(site.posts) == posts
        assert dead.take() == []
        platform.advance(1)
        assert len({body for _, body in site.posts}) == 1
        assert [json.loads(message["Body"])["Message"] for message in dead.take()] == ["m"]
        platform.advance(1_000)
        assert len(site.posts) == 4

    def test_a_server_that_is_back_in_time_gets_the_message_once(
        self, sns: Any, topic: str, site: Any, subscribe: Any, platform: LocalPlatform
    ):
        policy = {"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 9, "numNoDelayRetries": 2}}
        subscribe("http", site.url, DeliveryPolicy=json.dumps(policy))
        site.answers = [500, 500, 500, 500]
        sns.publish(TopicArn=topic, Message="m")
        platform.settle()
        assert len(site.posts) == 3
        platform.advance(2)
        assert len(site.posts) == 5
        platform.advance(100)
        assert len(site.posts) == 5

    @pytest.mark.parametrize("status", [400, 403, 301])
    def test_a_refusal_is_not_asked_again(
        self, sns: Any, topic: str, queue: Any, site: Any, subscribe: Any, platform: LocalPlatform, status: int
    ):
        dead = queue("dead")
        subscribe("http", site.url, RedrivePolicy=redrive(dead), RawMessageDelivery="true")
        site.answers = [status]
        sns.publish(TopicArn=topic, Message="m")
        platform.advance(1_000)
        assert len(site.posts) == 1
        assert site.posts[0][0]["x-amz-sns-rawdelivery"] == "true"
        assert [message["Body"] for message in dead.take()] == ["m"]

    def test_nobody_at_the_address_is_tried_again_like_a_failure(
        self, sns: Any, topic: str, queue: Any, site: Any, subscribe: Any, platform: LocalPlatform
    ):
        dead = queue("dead")
        subscribe("http", site.url, RedrivePolicy=redrive(dead))
        site.close()
        sns.publish(TopicArn=topic, Message="m")
        platform.advance(59)
        assert dead.take() == []
        platform.advance(1)
        assert len(dead.take()) == 1


class TestDeadLetters:
    def test_what_a_deleted_queue_cannot_get_becomes_a_dead_letter_at_once(
        self, sns: Any, topic: str, queue: Any, subscribe: Any
    ):
        gone, dead = queue("gone"), queue("dead")
        subscribe("sqs", gone.arn, RedrivePolicy=redrive(dead), RawMessageDelivery="true")
        gone.delete()
        attributes = color("red") | {"b": {"DataType": "Binary", "BinaryValue": b"\2\3\4"}}
        sns.publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
        (message,) = dead.take()
        assert (message["Body"], message["MessageAttributes"]) == ("m", attributes)

    def test_what_a_deleted_function_cannot_get_becomes_a_dead_letter_as_queues_get_it(
        self, sns: Any, topic: str, queue: Any, subscribe: Any, account: str
    ):
        dead = queue("dead")
        arn = f"arn:aws:lambda:us-east-1:{account}:function:gone"
        subscribe("lambda", arn, RedrivePolicy=redrive(dead))
        sns.publish(TopicArn=topic, Message="m", MessageAttributes=color("red"))
        (told,) = dead.notifications()
        assert (told["Type"], told["Message"]) == ("Notification", "m")
        assert told["MessageAttributes"] == {"color": {"Type": "String", "Value": "red"}}

    def test_fifo_messages_stay_in_order(self, sns: Any, fifo: str, queue: Any, subscribe: Any):
        gone, dead = queue("gone.fifo"), queue("dead.fifo")
        subscribe("sqs", gone.arn, to=fifo, RedrivePolicy=redrive(dead), RawMessageDelivery="true")
        gone.delete()
        for number in range(5):
            sns.publish(TopicArn=fifo, Message=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
        messages = dead.take()
        assert [message["Body"] for message in messages] == ["0", "1", "2", "3", "4"]
        assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}


def test_what_was_published_is_not_published_again_for_five_minutes(
    sns: Any, fifo: str, queue: Any, subscribe: Any, platform: LocalPlatform
):
    found = queue("q.fifo")
    subscribe("sqs", found.arn, to=fifo)
    sns.set_topic_attributes(TopicArn=fifo, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    given = {"TopicArn": fifo, "Message": "Test", "MessageGroupId": "g"}
    first = sns.publish(**given)
    again = sns.publish(**given)
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    (message,) = found.take()
    assert message["Attributes"]["MessageDeduplicationId"] == "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25"
    platform.advance(301)
    sns.publish(**given)
    assert len(found.take()) == 1


def test_notifications_are_counted(sns: Any, topic: str, queue: Any, subscribe: Any, platform: LocalPlatform):
    def counted(name: str) -> float:
        return sum(value for (found, _), value in platform.platform.metrics.values.items() if found == name)

    delivered, failed = (counted(f"lambent_notifications_{how}_total") for how in ("delivered", "failed"))
    lost = queue("lost")
    subscribe("sqs", queue().arn)
    subscribe("sqs", lost.arn)
    lost.delete()
    sns.publish(TopicArn=topic, Message="m")
    platform.settle()
    assert counted("lambent_notifications_delivered_total") == delivered + 1
    assert counted("lambent_notifications_failed_total") == failed + 1


def test_what_was_published_is_delivered_after_a_kill(tmp_path: Path, site: Any):
    """The server fails until the platform has been killed; a new life posts what the old one had acknowledged."""
    site.answers = [200] + [500] * 1_000
    with living(tmp_path) as life:
        sns, sqs = life.client("sns"), life.client("sqs")
        topic = sns.create_topic(Name="t")["TopicArn"]
        queue_url = sqs.create_queue(QueueName="q")["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 100}})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=site.url, Attributes={"DeliveryPolicy": policy})
        site.wait(1)
        sns.confirm_subscription(TopicArn=topic, Token=site.bodies()[0]["Token"])
        published = [sns.publish(TopicArn=topic, Message=str(number))["MessageId"] for number in range(20)]
    site.answers.clear()
    site.posts.clear()
    with living(tmp_path) as life:
        site.wait(20)
        assert {body["MessageId"] for body in site.bodies()} >= set(published)
        assert bodies_in(life.client("sqs"), queue_url.replace("localhost", "127.0.0.1"), 20) >= {str(n) for n in range(20)}


def bodies_in(sqs: Any, queue_url: str, count: int) -> set[str]:
    """What lies in a queue, once there are so many."""
    found: set[str] = set()
    while len(found) < count:
        got = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
        found |= {message["Body"] for message in got}
    return found


def test_a_topic_of_another_region_delivers_into_its_queues_region(client: Any, platform: LocalPlatform, account: str):
    sns, sqs = client("sns", region="eu-west-1"), client("sqs", region="us-west-2")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url = sqs.create_queue(QueueName="far")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-west-2:{account}:far")
    sns.publish(TopicArn=topic, Message="m")
    assert Queue(sqs, platform, url, "").told() == ["m"]
