"""Functions that follow queues, as their users see it: with a clock that is turned."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.lives import Life, living
from tests.service.lambda_.conftest import FAST, ROLE, RUNTIME, zipped

from lambent.testing import LocalPlatform

TELL = """
import json
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("event:" + json.dumps({"event": event, "version": context.function_version}))
"""
FAIL_AT_BAD = (
    TELL
    + """
    if "bad" in bodies:
        raise ValueError("a bad message")
"""
)
NAME_THE_BAD = (
    TELL
    + """
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if "bad" in r["body"]]}
"""
)
TELL_TIMES = """
import json, time
def handler(event, context):
    entered = time.monotonic()
    time.sleep(0.02)
    print("span:" + json.dumps([entered, time.monotonic()]))
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Any]:
    with LocalPlatform(data=tmp_path_factory.mktemp("queues"), clock="virtual") as running:
        yield running


class World:
    """One account: functions, queues, and what functions were told."""

    def __init__(self, platform: LocalPlatform, client: Callable[..., Any]) -> None:
        self.platform = platform
        self.functions, self.sqs, self.logs = client("lambda"), client("sqs"), client("logs")

    def advance(self, seconds: float) -> None:
        self.platform.advance(seconds)

    def function(self, app: str = TELL, name: str = "f", **options: Any) -> None:
        given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(app=app)}}
        self.functions.create_function(FunctionName=name, **(given | options))
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)

    def queue(self, name: str = "q", **attributes: Any) -> str:
        given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in attributes.items()}
        return self.sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]

    def arn(self, url: str) -> str:
        return self.attribute(url, "QueueArn")

    def attribute(self, url: str, name: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]

    def follow(self, url: str, **options: Any) -> str:
        given = {"FunctionName": "f", "EventSourceArn": self.arn(url)} | options
        mapping_id = self.functions.create_event_source_mapping(**given)["UUID"]
        self.advance(0)
        assert self.functions.get_event_source_mapping(UUID=mapping_id)["State"] in ("Enabled", "Disabled")
        return mapping_id

    def send(self, url: str, *bodies: str, group: str = "") -> list[str]:
        sent = []
        for body in bodies:
            fifo = {"MessageGroupId": group, "MessageDeduplicationId": body} if group else {}
            sent.append(self.sqs.send_message(QueueUrl=url, MessageBody=body, **fifo)["MessageId"])
        self.advance(0)
        return sent

    def told(self, name: str = "f") -> list[Any]:
        """What each invocation was given, in order."""
        return [json.loads(line.removeprefix("event:"))["event"] for line in self.lines("event:", name)]

    def lines(self, prefix: str, name: str = "f") -> list[str]:
        """What the function printed that begins so."""
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
        try:
            lines = [line["message"] for page in pages for line in page["events"]]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [line for line in lines if line.startswith(prefix)]

    def bodies(self, name: str = "f") -> list[list[str]]:
        return [[record["body"] for record in event["Records"]] for event in self.told(name)]

    def count(self, url: str) -> tuple[int, int]:
        """How many messages wait, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])


@pytest.fixture
def world(platform, client) -> World:
    return World(platform, client)


def test_a_message_reaches_the_function_as_aws_writes_it(world):
    world.function()
    url = world.queue()
    world.follow(url)
    attributes = {
        "Author": {"DataType": "String", "StringValue": "John Grisham"},
        "Title": {"DataType": "String", "StringValue": "The Whistler"},
        "WeeksOn": {"DataType": "Number", "StringValue": "6"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    sent = world.sqs.send_message(
        QueueUrl=url, MessageBody="hello", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    world.advance(0)
    ((record,),) = [event["Records"] for event in world.told()]
    assert list(record) == [
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes", "md5OfBody",
        "eventSource", "eventSourceARN", "awsRegion",
    ]  # fmt: skip
    assert (record["messageId"], record["body"]) == (sent["MessageId"], "hello")
    assert record["md5OfMessageAttributes"] == "d25a6aea97eb8f585bfa92d314504a92"
    assert record["messageAttributes"]["WeeksOn"] == {
        "stringValue": "6", "stringListValues": [], "binaryListValues": [], "dataType": "Number",
    }  # fmt: skip
    assert list(record["attributes"]) == [
        "ApproximateReceiveCount", "AWSTraceHeader", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp",
    ]  # fmt: skip
    assert record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", world.arn(url))
    assert world.count(url) == (0, 0)


def test_a_bad_message_is_tried_three_times_and_lies_in_the_queues_own_dead_letter_queue(world):
    """A visibility timeout apart, under its own id; the function's dead-letter queue has nothing to do with it."""
    dead, functions_dead = world.queue("dead"), world.queue("functions-dead")
    policy = {"deadLetterTargetArn": world.arn(dead), "maxReceiveCount": 3}
    url = world.queue(RedrivePolicy=policy, VisibilityTimeout="30")
    world.function(FAIL_AT_BAD, DeadLetterConfig={"TargetArn": world.arn(functions_dead)})
    world.follow(url, BatchSize=1)
    good_before, bad, good_after = world.send(url, "good", "bad", "fine")
    assert good_before != good_after
    for tries in (1, 2, 3):
        records = [event["Records"][0] for event in world.told() if event["Records"][0]["body"] == "bad"]
        assert [record["attributes"]["ApproximateReceiveCount"] for record in records] == [str(n + 1) for n in range(tries)]
        world.advance(29)
        assert len([batch for batch in world.bodies() if batch == ["bad"]]) == tries
        world.advance(1)
    assert sorted(body for batch in world.bodies() for body in batch) == ["bad", "bad", "bad", "fine", "good"]
    assert world.count(url) == (0, 0)
    (message,) = world.sqs.receive_message(QueueUrl=dead)["Messages"]
    assert (message["MessageId"], message["Body"]) == (bad, "bad")
    assert "Messages" not in world.sqs.receive_message(QueueUrl=functions_dead)


def test_only_the_named_messages_of_a_batch_return(world):
    world.function(NAME_THE_BAD)
    url = world.queue()
    mapping_id = world.follow(url, Enabled=False, FunctionResponseTypes=["ReportBatchItemFailures"])
    world.send(url, "one", "bad", "two")
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=True)
    world.advance(0)
    assert sorted(body for batch in world.bodies() for body in batch) == ["bad", "one", "two"]
    assert world.count(url) == (0, 1)
    world.advance(30)
    assert world.bodies()[-1] == ["bad"]


def test_filtered_messages_are_deleted_unseen(world):
    world.function()
    url = world.queue()
    pattern = {"body": {"temperature": [{"numeric": [">", 30]}]}, "messageAttributes": {"kind": {"stringValue": ["sensor"]}}}
    world.follow(url, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    for kind in ("sensor", "other"):
        for body in ('{"temperature": 31}', '{"temperature": 30}', "hot"):
            kinds = {"kind": {"DataType": "String", "StringValue": kind}}
            world.sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=kinds)
    world.advance(0)
    assert world.bodies() == [['{"temperature": 31}']]
    assert world.count(url) == (0, 0)


def test_a_fifo_group_stays_in_order_and_waits_for_its_failed_message(world):
    world.function(FAIL_AT_BAD)
    url = world.queue("q.fifo", FifoQueue="true")
    world.follow(url, BatchSize=1)
    world.send(url, "a1", "bad", "a2", group="a")
    world.send(url, "b1", "b2", group="b")
    seen = [body for batch in world.bodies() for body in batch]
    assert [body for body in seen if body[0] == "b" and body != "bad"] == ["b1", "b2"]
    assert "a2" not in seen
    first = world.told()[0]["Records"][0]["attributes"]
    assert first["MessageGroupId"] == "a"
    assert first["MessageDeduplicationId"] == "a1"
    assert len(first["SequenceNumber"]) == 20
    world.functions.update_function_code(FunctionName="f", ZipFile=zipped(app=TELL))
    world.advance(30)
    seen = [body for batch in world.bodies() for body in batch]
    assert [body for body in seen if body in ("a1", "bad", "a2")] == ["a1", "bad", "bad", "a2"]
    assert world.count(url) == (0, 0)


def test_a_window_gathers_on_the_platforms_clock(world):
    world.function()
    url = world.queue()
    world.follow(url, BatchSize=1_000, MaximumBatchingWindowInSeconds=60)
    world.send(url, *[str(number) for number in range(15)])
    world.advance(59)
    assert world.bodies() == []
    world.advance(1)
    (batch,) = world.bodies()
    assert sorted(map(int, batch)) == list(range(15))
    assert world.count(url) == (0, 0)


def test_a_disabled_mapping_leaves_the_messages_where_they_are(world):
    world.function()
    url = world.queue()
    mapping_id = world.follow(url)
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=False)
    world.send(url, "one")
    world.advance(100)
    assert (world.bodies(), world.count(url)) == ([], (1, 0))
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=True)
    world.advance(0)
    assert world.bodies() == [["one"]]


def test_a_throttled_functions_messages_keep_their_receive_counts(world):
    world.function()
    url = world.queue()
    world.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    world.follow(url)
    world.send(url, "one")
    world.advance(3_600)
    assert world.count(url) == (1, 0)
    world.functions.delete_function_concurrency(FunctionName="f")
    world.advance(0)
    ((record,),) = [event["Records"] for event in world.told()]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


def test_no_more_batches_run_at_once_than_the_mapping_allows(world):
    world.function(TELL_TIMES)
    url = world.queue()
    mapping_id = world.follow(url, BatchSize=1, Enabled=False, ScalingConfig={"MaximumConcurrency": 2})
    world.send(url, *[str(number) for number in range(12)])
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=True)
    world.advance(0)
    spans = [json.loads(line.removeprefix("span:")) for line in world.lines("span:")]
    assert len(spans) == 12
    assert max(sum(start <= each[0] < end for start, end in spans) for each in spans) == 2
    assert world.count(url) == (0, 0)


def test_an_alias_is_followed_to_where_it_points(world):
    world.function()
    version = world.functions.publish_version(FunctionName="f")["Version"]
    world.functions.create_alias(FunctionName="f", Name="live", FunctionVersion=version)
    url = world.queue()
    world.follow(url, FunctionName="f:live")
    world.send(url, "one")
    assert world.bodies() == [["one"]]
    assert world.count(url) == (0, 0)


def test_a_mapping_outlives_its_function_and_goes_on_with_the_next_of_that_name(world):
    world.function()
    url = world.queue()
    mapping_id = world.follow(url)
    world.functions.delete_function(FunctionName="f")
    world.send(url, "one")
    world.advance(100)
    told = world.functions.get_event_source_mapping(UUID=mapping_id)
    assert (told["State"], world.count(url)) == ("Enabled", (1, 0))
    assert told["LastProcessingResult"].startswith("PROBLEM: ")
    world.function()
    world.advance(0)
    assert world.bodies() == [["one"]]


def test_a_mapping_outlives_its_queue_and_goes_on_with_the_next_of_that_name(world):
    world.function()
    url = world.queue()
    mapping_id = world.follow(url)
    world.sqs.delete_queue(QueueUrl=url)
    world.advance(61)
    assert world.functions.get_event_source_mapping(UUID=mapping_id)["State"] == "Enabled"
    world.queue()
    world.send(url, "one")
    assert world.bodies() == [["one"]]


@pytest.mark.slow
def test_a_mapping_goes_on_after_kill_9_and_loses_no_message(tmp_path):
    with living(tmp_path) as life:
        world = _alive(life)
        world.function(f"import time\n{TELL}    time.sleep(0.2)\n", Timeout=1)
        url = world.queue(VisibilityTimeout="1")
        mapping = {"FunctionName": "f", "EventSourceArn": world.arn(url), "BatchSize": 1}
        mapping_id = world.functions.create_event_source_mapping(**mapping)["UUID"]
        for number in range(20):
            world.sqs.send_message(QueueUrl=url, MessageBody=str(number))
        while not world.told():
            pass
    with living(tmp_path) as life:
        world = _alive(life)
        assert world.functions.get_event_source_mapping(UUID=mapping_id)["State"] == "Enabled"
        while {body for batch in world.bodies() for body in batch} != {str(number) for number in range(20)}:
            pass
        while world.count(url) != (0, 0):
            pass


def _alive(life: Life) -> World:
    return World(None, life.client)  # type: ignore[arg-type]
