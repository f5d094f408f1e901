"""DynamoDB over HTTP, durable: puts, gets, queries, conditional updates, batches, and items of small tables and large ones."""

import http.client
import json
from collections.abc import Callable
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.load import Conversation
from benchmarks.measure import Measurement
from benchmarks.platforms import Platform

CLIENTS = 64
SECONDS = 4.0
ROUNDS = 3
BATCH = 25
QUERIED = 100
SMALL, LARGE = 1_000, 1_000_000
CALLS = 300
VALUE = "x" * 100


def run() -> list[Measurement]:
    """Each figure on a platform of its own, so that none pays for what another left behind."""
    return [*rates(), *sizes()]


def rates() -> list[Measurement]:
    seen: dict[str, list[float]] = {name: [] for name in ("floor", "put", "get", "query", "update", "batch")}
    for _ in range(ROUNDS):
        with platforms.platform() as platform:
            made(platform, "bench")
            fill(platform, "bench", QUERIED)
            for name, asks in ASKED.items():
                seen[name].append(rate(platform, asks))
    floor = measure.of(f"an answer to nothing, {CLIENTS} clients", seen["floor"], "/s")
    told = [floor]
    for name, title, goal, times in (
        ("put", f"dynamodb: items put a second, {CLIENTS} clients", 5_000, 1),
        ("get", "dynamodb: items got a second", 7_000, 1),
        ("query", f"dynamodb: queries of {QUERIED} items a second", 2_000, 1),
        ("update", "dynamodb: updates with a condition a second", 4_000, 1),
        ("batch", f"dynamodb: items a second in batches of {BATCH}", 30_000, BATCH),
    ):
        figure = measure.of(title, [each * times for each in seen[name]], "/s", goal=f">= {goal} /s")
        told.append(figure.against(floor))
    return told


def rate(platform: Platform, asked: bytes) -> float:
    conversation = Conversation((asked,), "nothing")
    seen = load.converse(platform.port, conversation, connections=CLIENTS, seconds=SECONDS)
    assert seen.failures == 0, seen
    return seen.per_second


def sizes() -> list[Measurement]:
    """The cost of one put and one get, alone, in a small table and a large one; they take turns on one platform."""
    with platforms.platform() as platform:
        for name, count in (("small", SMALL), ("large", LARGE)):
            made(platform, name)
            fill(platform, name, count)
        told = []
        for operation, title in (("GetItem", "a get"), ("PutItem", "a put")):
            calls = {name: caller(platform, name, count, operation) for name, count in (("small", SMALL), ("large", LARGE))}
            samples: dict[str, list[float]] = {name: [] for name in calls}
            for _ in range(CALLS):
                for name, call in calls.items():
                    samples[name] += measure.milliseconds(1, call, warm_up=0)
            small = measure.of(f"dynamodb: {title}, {SMALL:,} items in the table", samples["small"], "ms")
            large = measure.of(f"dynamodb: {title}, {LARGE:,} items in the table", samples["large"], "ms").against(small)
            ratio = measure.of(
                f"dynamodb: {title} of the large table over one of the small",
                [large.median / small.median],
                "x",
                goal="<= 1.2 x",
            )
            told += [small, large, ratio]
    return told


# ---- tables to measure -----------------------------------------------------------------------------------------------


def made(platform: Platform, name: str) -> None:
    platform.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
    )


def fill(platform: Platform, name: str, count: int) -> None:
    """Items of the partition "all" as far as a query reads, all others of partitions of their own."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    for start in range(0, count, BATCH):
        puts = [{"PutRequest": {"Item": numbered(number)}} for number in range(start, min(start + BATCH, count))]
        connection.request("POST", "/", json.dumps({"RequestItems": {name: puts}}), headers("BatchWriteItem"))
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()


def numbered(number: int) -> dict[str, Any]:
    return item("all" if number < QUERIED else str(number), number)


def item(id_: str, at: int | str) -> dict[str, Any]:
    return {
        "id": {"S": id_},
        "at": {"N": str(at)},
        "value": {"S": VALUE},
        "count": {"N": "1"},
        "tags": {"SS": ["a", "b"]},
        "more": {"M": {"is_new": {"BOOL": True}, "parts": {"L": [{"N": "1"}, {"S": "two"}]}}},
    }


def caller(platform: Platform, table: str, count: int, operation: str) -> Callable[[], object]:
    """One call on a connection that is kept, each time of another item."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    step, number = max(1, count // 997), 0

    def call() -> None:
        nonlocal number
        number = (number + step * 31) % count
        given = numbered(number)
        asked = {"Item": given} if operation == "PutItem" else {"Key": {"id": given["id"], "at": given["at"]}}
        connection.request("POST", "/", json.dumps({"TableName": table, **asked}), headers(operation))
        answer = connection.getresponse().read()
        assert operation == "PutItem" or b"value" in answer, answer

    for _ in range(20):
        call()
    return call


def request(operation: str, parameters: dict[str, Any]) -> bytes:
    head = {name: value for name, value in headers(operation).items() if name != "authorization"}
    return load.request_bytes("POST", "/", "dynamodb", json.dumps(parameters).encode(), **head)


def headers(operation: str) -> dict[str, str]:
    scope = "000000000000/20260101/us-east-1/dynamodb/aws4_request"
    return {
        "x-amz-target": f"DynamoDB_20120810.{operation}",
        "content-type": "application/x-amz-json-1.0",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
    }


KEY = {"id": {"S": "all"}, "at": {"N": "7"}}
ASKED = {
    "floor": request("ListTables", {"ExclusiveStartTableName": "none"}),
    "put": request("PutItem", {"TableName": "bench", "Item": item("{random}", 1)}),
    "get": request("GetItem", {"TableName": "bench", "Key": KEY}),
    "query": request(
        "Query",
        {
            "TableName": "bench",
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": "all"}},
        },
    ),
    "update": request(
        "UpdateItem",
        {
            "TableName": "bench",
            "Key": {"id": {"S": "u"}, "at": {"N": "1{random}"}},
            "UpdateExpression": "SET #c = if_not_exists(#c, :none) + :one",
            "ConditionExpression": "attribute_not_exists(gone) OR #c < :many",
            "ExpressionAttributeNames": {"#c": "count"},
            "ExpressionAttributeValues": {":none": {"N": "0"}, ":one": {"N": "1"}, ":many": {"N": "1000000"}},
        },
    ),
    "batch": request(
        "BatchWriteItem",
        {"RequestItems": {"bench": [{"PutRequest": {"Item": item("{random}", number)}} for number in range(BATCH)]}},
    ),
}
"""Requests of each figure; ``{random}`` is another number each time."""
