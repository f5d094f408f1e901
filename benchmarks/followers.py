"""Functions that follow streams: from a put to the handler, and how fast a backlog in four shards is handled.

The handler says over a datagram when it was entered and with how many records, as in ``mappings``.
"""

import base64
import json
import socket
import time
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.invokes import Client
from benchmarks.mappings import TELL, ear
from benchmarks.measure import Measurement

PUT_REPEAT = 300
PUT_WARM_UP = 30
SHARDS = 4
BACKLOG = 100_000
BATCH = 1_000
PUT_RECORDS_MAX = 500
DRAIN_REPEAT = 3
KEYS = 64
DATA = "x" * 100


def run() -> list[Measurement]:
    with ear() as listening, platforms.platform() as platform:
        platform.deploy("tell", TELL.replace("{port}", str(listening.getsockname()[1])), timeout_s=30)
        return [kinesis_latency(platform, listening), dynamodb_latency(platform, listening), *drains(platform, listening)]


def kinesis_latency(platform: platforms.Platform, listening: socket.socket) -> Measurement:
    """One record at a time: from before the request until the handler is entered."""
    arn = _stream(platform, "latency", shards=1)
    _follow(platform, arn, "LATEST")
    body = {"StreamName": "latency", "PartitionKey": "k", "Data": base64.b64encode(b"hello").decode()}
    request = _request("kinesis", "Kinesis_20131202.PutRecord", body, version="1.1")
    return _latency(platform, listening, "a record put into kinesis to handler entered", request)


def dynamodb_latency(platform: platforms.Platform, listening: socket.socket) -> Measurement:
    """The same with an item that is written into a table."""
    described = platform.client("dynamodb").create_table(
        TableName="latency",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    _follow(platform, described["TableDescription"]["LatestStreamArn"], "TRIM_HORIZON")
    requests = [
        _request(
            "dynamodb",
            "DynamoDB_20120810.PutItem",
            {"TableName": "latency", "Item": {"id": {"S": "x"}, "n": {"N": str(number)}}},
            version="1.0",
        )
        for number in range(2)
    ]
    return _latency(platform, listening, "an item put into dynamodb to handler entered", *requests)


def _latency(platform: platforms.Platform, listening: socket.socket, name: str, *requests: bytes) -> Measurement:
    client, samples = Client(platform.port), []
    for number in range(PUT_WARM_UP + PUT_REPEAT):
        start = time.monotonic()
        answer = client.send(requests[number % len(requests)])
        assert answer.startswith(b"HTTP/1.1 200"), answer
        entered, _count = json.loads(listening.recv(1_000))
        samples.append((entered - start) * 1_000)
    client.close()
    return measure.of(name, samples[PUT_WARM_UP:], "ms", goal="<= 4 ms")


def drains(platform: platforms.Platform, listening: socket.socket) -> list[Measurement]:
    """A mapping is made on a full stream; until the last record has reached the handler."""
    arn = _stream(platform, "drain", shards=SHARDS)
    kinesis, functions = platform.client("kinesis"), platform.client("lambda")
    for first in range(0, BACKLOG, PUT_RECORDS_MAX):
        records = [{"Data": DATA.encode(), "PartitionKey": str((first + each) % KEYS)} for each in range(PUT_RECORDS_MAX)]
        kinesis.put_records(StreamName="drain", Records=records)
    samples = []
    for _ in range(DRAIN_REPEAT):
        start = time.monotonic()
        mapping = {"FunctionName": "tell", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON", "BatchSize": BATCH}
        mapping_id = functions.create_event_source_mapping(**mapping)["UUID"]
        handled, entered = 0, start
        while handled < BACKLOG:
            entered, count = json.loads(listening.recv(1_000))
            handled += count
        samples.append(entered - start)
        _delete(functions, mapping_id)
    return [measure.of(f"{BACKLOG:,} records of {SHARDS} shards in batches of {BATCH:,}", samples, "s", goal="<= 6 s")]


def _stream(platform: platforms.Platform, name: str, *, shards: int) -> str:
    kinesis = platform.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    while (told := kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"])["StreamStatus"] != "ACTIVE":
        time.sleep(0.01)
    arn: str = told["StreamARN"]
    return arn


def _follow(platform: platforms.Platform, arn: str, position: str) -> None:
    functions = platform.client("lambda")
    mapping_id = functions.create_event_source_mapping(FunctionName="tell", EventSourceArn=arn, StartingPosition=position)[
        "UUID"
    ]
    while functions.get_event_source_mapping(UUID=mapping_id)["State"] != "Enabled":
        time.sleep(0.01)


def _delete(functions: Any, mapping_id: str) -> None:
    while functions.get_event_source_mapping(UUID=mapping_id)["State"] != "Enabled":
        time.sleep(0.01)
    functions.delete_event_source_mapping(UUID=mapping_id)
    while mapping_id in {each["UUID"] for each in functions.list_event_source_mappings()["EventSourceMappings"]}:
        time.sleep(0.01)


def _request(service: str, target: str, body: Any, *, version: str) -> bytes:
    headers = {"content_type": f"application/x-amz-json-{version}", "x_amz_target": target}
    return load.request_bytes("POST", "/", service, json.dumps(body).encode(), **headers)
