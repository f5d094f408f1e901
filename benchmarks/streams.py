"""Kinesis over HTTP, durable: records put alone and a hundred at a time, reads of 10,000, pushes to a subscribed consumer."""

import base64
import http.client
import json
import threading
import time
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.load import Load
from benchmarks.measure import Measurement
from benchmarks.platforms import Platform

CLIENTS = 64
SECONDS = 4.0
ROUNDS = 3
BATCH = 100
SHARDS = 4
READ = 10_000
READS = 30
PUSHES = 100
STREAM = "bench"
DATA = base64.b64encode(b"x" * 100).decode()


def run() -> list[Measurement]:
    """Each figure on a platform of its own, so that none pays for what another left behind."""
    return [*rates(), reads(), pushes()]


def rates() -> list[Measurement]:
    seen: dict[str, list[float]] = {"floor": [], "alone": [], "batches": []}
    for _ in range(ROUNDS):
        with platforms.platform() as platform:
            _make(platform)
            seen["floor"].append(_per_second(platform, "ListTagsForStream", {"StreamName": STREAM}))
            seen["alone"].append(_per_second(platform, "PutRecord", {"StreamName": STREAM, **_record(0)}))
            seen["batches"].append(_per_second(platform, "PutRecords", _batch()) * BATCH)
    floor = measure.of(f"an answer from memory, {CLIENTS} clients", seen["floor"], "/s")
    alone = measure.of(f"kinesis: records put alone a second, {CLIENTS} clients", seen["alone"], "/s")
    batches = measure.of(f"kinesis: records a second in PutRecords of {BATCH}", seen["batches"], "/s", goal=">= 60000 /s")
    return [floor, alone.against(floor), batches]


def reads() -> Measurement:
    with platforms.platform() as platform:
        _make(platform, shards=1)
        load.run_count(platform.port, request("PutRecords", _batch()), connections=CLIENTS, count=READ // BATCH)
        connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
        iterator = _ask(connection, "GetShardIterator", _position("TRIM_HORIZON"))["ShardIterator"]
        samples = measure.milliseconds(READS, lambda: _read(connection, iterator))
    return measure.of(f"kinesis: a read of {READ:,} records", samples, "ms")


def pushes() -> Measurement:
    """From the moment a put is answered until the subscribed consumer has the record."""
    with platforms.platform() as platform:
        _make(platform, shards=1)
        kinesis = platform.client("kinesis")
        arn = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
        consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="bench")["Consumer"]["ConsumerARN"]
        position = {"Type": "LATEST"}
        events = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=_shard(0), StartingPosition=position)["EventStream"]
        arrivals: dict[str, float] = {}
        arrived = threading.Semaphore(0)
        threading.Thread(target=_receive, args=(events, arrivals, arrived), daemon=True).start()
        samples = []
        for number in range(PUSHES + 5):
            time.sleep(0.01)
            kinesis.put_record(StreamName=STREAM, Data=str(number).encode(), PartitionKey="k")
            answered_at = time.perf_counter()
            arrived.acquire()
            samples.append(max(arrivals[str(number)] - answered_at, 0.0) * 1000)
    return measure.of("kinesis: a put record is pushed after the answer", samples[5:], "ms", goal="<= 3 ms")


def _receive(events: Any, arrivals: dict[str, float], arrived: threading.Semaphore) -> None:
    for event in events:
        for record in event["SubscribeToShardEvent"]["Records"]:
            arrivals[record["Data"].decode()] = time.perf_counter()
            arrived.release()
            if len(arrivals) == PUSHES + 5:
                return


def _make(platform: Platform, *, shards: int = SHARDS) -> None:
    platform.client("kinesis").create_stream(StreamName=STREAM, ShardCount=shards)


def _per_second(platform: Platform, operation: str, parameters: dict[str, Any]) -> float:
    return _checked(load.run(platform.port, request(operation, parameters), connections=CLIENTS, seconds=SECONDS)).per_second


def _read(connection: http.client.HTTPConnection, iterator: str) -> None:
    connection.request("POST", "/", json.dumps({"ShardIterator": iterator}), headers("GetRecords"))
    answer = connection.getresponse().read()
    assert answer.count(b"SequenceNumber") == READ, answer[:200]


def _ask(connection: http.client.HTTPConnection, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    connection.request("POST", "/", json.dumps(parameters), headers(operation))
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


def _position(kind: str) -> dict[str, str]:
    return {"StreamName": STREAM, "ShardId": _shard(0), "ShardIteratorType": kind}


def _shard(number: int) -> str:
    return f"shardId-{number:012d}"


def _record(number: int) -> dict[str, str]:
    return {"Data": DATA, "PartitionKey": f"key-{number}"}


def _batch() -> dict[str, Any]:
    return {"StreamName": STREAM, "Records": [_record(number) for number in range(BATCH)]}


def request(operation: str, parameters: dict[str, Any]) -> bytes:
    head = {name: value for name, value in headers(operation).items() if name != "authorization"}
    return load.request_bytes("POST", "/", "kinesis", json.dumps(parameters).encode(), **head)


def headers(operation: str) -> dict[str, str]:
    scope = "000000000000/20260101/us-east-1/kinesis/aws4_request"
    return {
        "x-amz-target": f"Kinesis_20131202.{operation}",
        "content-type": "application/x-amz-json-1.1",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
    }


def _checked(seen: Load) -> Load:
    assert seen.failures == 0, seen
    return seen
