"""Functions that follow Kinesis streams and streams of tables, as their users see it: with a clock that is turned."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.lives import living
from tests.service.lambda_.conftest import FAST, ROLE, RUNTIME, zipped

from lambent.testing import LocalPlatform

TELL = """
import base64, json
def data_of(record):
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return record["dynamodb"]["Keys"]["id"]["S"]
def handler(event, context):
    print("event:" + json.dumps({"event": event, "version": context.function_version}))
    data = [data_of(record) for record in event["Records"]]
"""
FAIL_AT_BAD = (
    TELL
    + """
    if "bad" in data:
        raise ValueError("a bad record")
"""
)
NAME_THE_BAD = (
    TELL
    + """
    bad = [record["kinesis"]["sequenceNumber"] for record, each in zip(event["Records"], data) if "bad" in each]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in bad]}
"""
)
COUNT_IN_WINDOW = (
    TELL
    + """
    return {"state": {"count": event["state"].get("count", 0) + len(data)}}
"""
)
TELL_TIMES = """
import base64, json, time
def handler(event, context):
    entered = time.monotonic()
    time.sleep(0.02)
    key = event["Records"][0]["kinesis"]["partitionKey"]
    print("span:" + json.dumps([key, entered, time.monotonic()]))
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Any]:
    with LocalPlatform(data=tmp_path_factory.mktemp("streams"), clock="virtual") as running:
        yield running


class World:
    """One account: functions, streams, tables, and what functions were told."""

    def __init__(self, platform: LocalPlatform, client: Callable[..., Any]) -> None:
        self.platform = platform
        self.functions, self.kinesis, self.tables = client("lambda"), client("kinesis"), client("dynamodb")
        self.sqs, self.logs, self.s3 = client("sqs"), client("logs"), client("s3")

    def advance(self, seconds: float) -> None:
        self.platform.advance(seconds)

    def function(self, app: str = TELL, name: str = "f", **options: Any) -> None:
        given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(app=app)}}
        self.functions.create_function(FunctionName=name, **(given | options))
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)

    def stream(self, name: str = "s", shards: int = 1) -> str:
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        self.advance(0)
        return self.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]

    def table(self, name: str = "table", view: str = "NEW_AND_OLD_IMAGES") -> str:
        return self.tables.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )["TableDescription"]["LatestStreamArn"]

    def queue(self, name: str = "failed") -> str:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def failures(self, name: str = "failed") -> list[Any]:
        url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    def follow(self, arn: str, **options: Any) -> str:
        given = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON"} | options
        mapping_id = self.functions.create_event_source_mapping(**given)["UUID"]
        self.advance(0)
        assert self.get(mapping_id)["State"] in ("Enabled", "Disabled")
        return mapping_id

    def get(self, mapping_id: str) -> Any:
        return self.functions.get_event_source_mapping(UUID=mapping_id)

    def put(self, *data: str, key: str = "k", name: str = "s", **options: Any) -> list[str]:
        entries = [{"Data": each.encode(), "PartitionKey": key} | options for each in data]
        told = self.kinesis.put_records(StreamName=name, Records=entries)["Records"]
        self.advance(0)
        return [each["SequenceNumber"] for each in told]

    def put_item(self, key: str, name: str = "table", **attributes: Any) -> None:
        self.tables.put_item(TableName=name, Item={"id": {"S": key}} | attributes)
        self.advance(0)

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

    def data(self, name: str = "f") -> list[list[str]]:
        return [
            [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]] for event in self.told(name)
        ]

    def keys(self, name: str = "f") -> list[list[str]]:
        return [[record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]] for event in self.told(name)]


@pytest.fixture
def world(platform, client) -> World:
    return World(platform, client)


# ---- events ----------------------------------------------------------------------------------------------------------


def test_a_record_of_kinesis_reaches_the_function_as_aws_writes_it(world):
    world.function()
    arn = world.stream()
    world.follow(arn)
    (sequence,) = world.put("hello", key="test")
    ((record,),) = [event["Records"] for event in world.told()]
    assert list(record) == [
        "kinesis", "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN",
    ]  # fmt: skip
    assert record["kinesis"].pop("approximateArrivalTimestamp") > 1_767_225_599
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "test", "sequenceNumber": sequence, "data": "aGVsbG8=",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
    }  # fmt: skip


def test_changes_of_a_table_reach_the_function_as_aws_writes_them(world):
    world.function()
    arn = world.table()
    world.follow(arn)
    world.put_item("x", data={"B": b"\0\1"})
    world.put_item("x", data={"B": b"\0\1"})  # changes nothing
    world.put_item("x", data={"N": "1.0"})
    world.tables.delete_item(TableName="table", Key={"id": {"S": "x"}})
    world.advance(0)
    records = [record for event in world.told() for record in event["Records"]]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    insert = records[0]
    assert list(insert) == [
        "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN",
    ]  # fmt: skip
    change = insert["dynamodb"]
    assert isinstance(change["ApproximateCreationDateTime"], int)
    assert change["NewImage"] == {"id": {"S": "x"}, "data": {"B": "AAE="}}
    assert (change["Keys"], change["StreamViewType"]) == ({"id": {"S": "x"}}, "NEW_AND_OLD_IMAGES")
    assert (insert["eventSource"], insert["eventVersion"], insert["eventSourceARN"]) == ("aws:dynamodb", "1.1", arn)
    assert "OldImage" not in change
    assert records[1]["dynamodb"]["OldImage"]["data"] == {"B": "AAE="}


def test_what_a_table_lets_expire_names_the_service_that_deleted_it(world):
    world.function()
    world.follow(world.table())
    world.tables.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    until = int(world.platform.now().timestamp()) + 60
    world.put_item("x", until={"N": str(until)})
    world.advance(3 * 86_400)
    removed = [record for event in world.told() for record in event["Records"]][-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


# ---- failures --------------------------------------------------------------------------------------------------------


def test_a_poison_record_is_found_by_bisection_told_to_a_queue_and_passed(world):
    world.function(FAIL_AT_BAD)
    arn = world.stream()
    mapping_id = world.follow(
        arn,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": world.queue()}},
    )
    sequences = world.put("a", "b", "bad", "d")
    assert world.get(mapping_id)["LastProcessingResult"] == "PROBLEM: Function call failed"
    world.advance(10)
    world.put("later")
    data = world.data()
    assert data.count(["bad"]) == 3
    assert data[-2:] == [["d"], ["later"]]
    assert world.get(mapping_id)["LastProcessingResult"] == "OK"
    (failure,) = world.failures()
    assert (failure["requestContext"]["condition"], failure["requestContext"]["functionArn"]) == (
        "RetryAttemptsExhausted",
        world.functions.get_function(FunctionName="f")["Configuration"]["FunctionArn"],
    )
    assert failure["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    info = failure["KinesisBatchInfo"]
    assert (info["shardId"], info["streamArn"], info["batchSize"]) == ("shardId-000000000000", arn, 1)
    assert info["startSequenceNumber"] == info["endSequenceNumber"] == sequences[2]


def test_a_failed_change_of_a_table_is_told_with_times_in_seconds(world):
    world.function(FAIL_AT_BAD)
    arn = world.table()
    world.follow(arn, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": world.queue()}})
    world.put_item("bad")
    world.put_item("good")
    assert world.keys()[-1] == ["good"]
    (failure,) = world.failures()
    info = failure["DDBStreamBatchInfo"]
    assert info["streamArn"] == arn
    assert len(info["approximateArrivalOfFirstRecord"]) == len("2019-11-14T00:13:49Z")


def test_a_bucket_is_told_the_records_themselves(world):
    world.function(FAIL_AT_BAD)
    world.s3.create_bucket(Bucket="failed-records")
    arn = world.stream()
    mapping_id = world.follow(
        arn, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failed-records"}}
    )
    world.put("bad")
    (stored,) = world.s3.list_objects_v2(Bucket="failed-records")["Contents"]
    assert stored["Key"].startswith(f"aws/lambda/{mapping_id}/shardId-000000000000/2")
    body = json.loads(world.s3.get_object(Bucket="failed-records", Key=stored["Key"])["Body"].read())
    assert body["payload"]["Records"][0]["kinesis"]["data"] == base64.b64encode(b"bad").decode()


def test_named_records_are_retried_and_those_before_them_are_not(world):
    world.function(NAME_THE_BAD)
    world.follow(world.stream(), MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    world.put("a", "bad", "c")
    world.advance(10)
    assert world.data() == [["a", "bad", "c"], ["bad", "c"]]


def test_a_record_older_than_the_mapping_allows_is_not_tried(world):
    world.function()
    arn = world.stream()
    world.put("old")
    world.advance(61)
    world.put("new")
    world.follow(arn, MaximumRecordAgeInSeconds=60)
    assert world.data() == [["new"]]


# ---- shards and keys -------------------------------------------------------------------------------------------------


def spans(world: World) -> list[tuple[str, float, float]]:
    return sorted((json.loads(line.removeprefix("span:")) for line in world.lines("span:")), key=lambda span: span[1])


def overlaps(found: list[Any]) -> int:
    """The most that ran at once."""
    return max(sum(start <= at < end for _, start, end in found) for _, at, _ in found)


@pytest.mark.parametrize(("factor", "is_overlapping"), [(1, False), (4, True)])
def test_batches_of_a_shard_overlap_only_with_a_parallelization_factor(world, factor, is_overlapping):
    world.function(TELL_TIMES, MemorySize=128)
    world.follow(world.stream(), ParallelizationFactor=factor, BatchSize=1)
    entries = [{"Data": b"x", "PartitionKey": key} for key in "aabbccddeeffgghh"]
    world.kinesis.put_records(StreamName="s", Records=entries)
    world.advance(0)
    found = spans(world)
    assert len(found) == 16
    assert (overlaps(found) > 1) == is_overlapping
    assert overlaps(found) <= factor
    for key in "abcdefgh":
        assert overlaps([span for span in found if span[0] == key]) == 1


def test_children_of_a_split_shard_are_read_after_it(world):
    world.function()
    arn = world.stream()
    world.put("parent")
    world.kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    world.advance(60)
    world.put("left", ExplicitHashKey="0")
    world.put("right", ExplicitHashKey=str(2**128 - 1))
    world.follow(arn)
    data = world.data()
    assert data[0] == ["parent"]
    assert sorted(data[1:]) == [["left"], ["right"]]


def test_a_split_under_the_mapping_loses_nothing(world):
    world.function()
    world.follow(world.stream())
    world.put("parent")
    world.kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    world.advance(60)
    world.put("left", ExplicitHashKey="0")
    world.put("right", ExplicitHashKey=str(2**128 - 1))
    assert sorted(world.data()) == [["left"], ["parent"], ["right"]]


def test_latest_skips_what_is_there_and_a_timestamp_what_was_before(world):
    world.function()
    world.function(name="g")
    arn = world.stream()
    world.put("early")
    world.advance(10)
    at = world.kinesis.get_records(
        ShardIterator=world.kinesis.get_shard_iterator(
            StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
    )["Records"][0]["ApproximateArrivalTimestamp"]
    world.put("later")
    world.follow(arn, StartingPosition="LATEST")
    world.follow(arn, FunctionName="g", StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=at.timestamp() + 5)
    world.put("last")
    assert world.data() == [["last"]]
    assert world.data("g") == [["later"], ["last"]]


def test_latest_of_a_table_skips_what_was_changed_before(world):
    world.function()
    arn = world.table()
    world.put_item("early")
    world.follow(arn, StartingPosition="LATEST")
    world.put_item("late")
    assert world.keys() == [["late"]]


def test_a_disabled_mapping_goes_on_where_it_stood(world):
    world.function()
    mapping_id = world.follow(world.stream())
    world.put("a")
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=False)
    world.advance(0)
    world.put("b")
    world.functions.update_event_source_mapping(UUID=mapping_id, Enabled=True)
    world.advance(0)
    assert world.data() == [["a"], ["b"]]


def test_a_consumer_of_a_stream_can_be_followed(world):
    world.function()
    arn = world.stream()
    consumer = world.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]
    world.advance(60)
    world.follow(consumer["ConsumerARN"])
    world.put("a")
    assert world.data() == [["a"]]


# ---- windows and filters ---------------------------------------------------------------------------------------------


def test_a_batch_waits_for_its_window(world):
    world.function()
    world.follow(world.stream(), MaximumBatchingWindowInSeconds=10)
    world.put("a")
    world.advance(5)
    world.put("b")
    assert world.data() == []
    world.advance(5)
    assert world.data() == [["a", "b"]]


def test_a_tumbling_window_counts_and_ends(world):
    world.function(COUNT_IN_WINDOW)
    world.follow(world.stream(), TumblingWindowInSeconds=60)
    world.put("a", "b")
    world.put("c")
    world.advance(60)
    final = world.told()[-1]
    assert (final["Records"], final["state"], final["isFinalInvokeForWindow"]) == ([], {"count": 3}, True)


def test_filters_look_into_data_and_at_what_is_told_of_it(world):
    world.function()
    patterns = [{"data": {"kind": ["good"]}, "partitionKey": ["k"]}]
    world.follow(world.stream(), FilterCriteria={"Filters": [{"Pattern": json.dumps(each)} for each in patterns]})
    world.put('{"kind": "good"}', '{"kind": "bad"}', "text")
    world.put('{"kind": "good"}', key="other")
    assert world.data() == [['{"kind": "good"}']]


def test_filters_look_into_the_images_of_a_table(world):
    world.function()
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["good"]}}}}
    world.follow(world.table(), FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    world.put_item("a", kind={"S": "bad"})
    world.put_item("b", kind={"S": "good"})
    assert world.keys() == [["b"]]


# ---- kill -9 ---------------------------------------------------------------------------------------------------------


def test_a_killed_platform_goes_on_behind_what_was_handled(tmp_path):
    with living(tmp_path) as life:
        world = World(None, life.client)  # type: ignore[arg-type]
        world.function(TELL)
        world.kinesis.create_stream(StreamName="s", ShardCount=1)
        arn = world.kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        mapping = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "LATEST", "BatchSize": 1}
        world.functions.create_event_source_mapping(**mapping)
        for number in range(50):
            world.kinesis.put_record(StreamName="s", Data=str(number).encode(), PartitionKey="k")
        while len(world.told()) < 10:
            assert life.process.poll() is None
    with living(tmp_path) as life:
        world = World(None, life.client)  # type: ignore[arg-type]
        world.kinesis.put_record(StreamName="s", Data=b"last", PartitionKey="k")
        while ["last"] not in world.data():
            assert life.process.poll() is None
        handled = [each for (each,) in world.data()]
    in_order = [each for number, each in enumerate(handled) if each not in handled[:number]]
    assert in_order == [*map(str, range(50)), "last"]
    assert len(handled) <= 52  # what ran when the platform was killed ran again, and nothing else
