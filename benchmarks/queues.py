"""SQS over HTTP, durable: sends, pairs of receive and delete, batches, long polls, and receives from long backlogs."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.load import Conversation
from benchmarks.measure import Measurement
from benchmarks.platforms import Platform

CLIENTS = 64
SECONDS = 4.0
ROUNDS = 3
BATCH = 10
SHORT, LONG = 10_000, 1_000_000
POLLS = 100
RECEIVES = 300
BODY = "x" * 100


def run() -> list[Measurement]:
    """Each figure on a platform of its own, so that none pays for what another left behind."""
    return [*rates(), *backlogs(), long_polls()]


def rates() -> list[Measurement]:
    seen: dict[str, list[float]] = {"floor": [], "send": [], "pairs": [], "batches": []}
    for _ in range(ROUNDS):
        with platforms.platform() as platform:
            url = made(platform, "bench")
            seen["floor"].append(_floor(platform))
            seen["send"].append(_sends(platform, url))
            seen["pairs"].append(_pairs(platform, url))
            seen["batches"].append(_batches(platform, url))
    floor = measure.of(f"an answer to nothing, {CLIENTS} clients", seen["floor"], "/s")
    send = measure.of(f"sqs: messages sent a second, {CLIENTS} clients", seen["send"], "/s", goal=">= 5000 /s")
    pairs = measure.of(f"sqs: receive and delete, pairs a second, {CLIENTS} clients", seen["pairs"], "/s", goal=">= 2500 /s")
    batches = measure.of(f"sqs: messages a second in batches of {BATCH}", seen["batches"], "/s", goal=">= 20000 /s")
    return [floor, send.against(floor), pairs.against(floor), batches]


def _floor(platform: Platform) -> float:
    seen = load.run(platform.port, request("ListQueues", {"QueueNamePrefix": "none"}), connections=CLIENTS, seconds=SECONDS)
    return checked(seen).per_second


def _sends(platform: Platform, url: str) -> float:
    sends = request("SendMessage", {"QueueUrl": url, "MessageBody": BODY})
    return checked(load.run(platform.port, sends, connections=CLIENTS, seconds=SECONDS)).per_second


def _pairs(platform: Platform, url: str) -> float:
    receive = request("ReceiveMessage", {"QueueUrl": url})
    delete = request("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": "{answer}"})
    conversation = Conversation((receive, delete), r'"ReceiptHandle":"([^"]*)"')
    return checked(load.converse(platform.port, conversation, connections=CLIENTS, seconds=SECONDS)).per_second / 2


def _batches(platform: Platform, url: str) -> float:
    entries = [{"Id": str(number), "MessageBody": BODY} for number in range(BATCH)]
    batch = request("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    return checked(load.run(platform.port, batch, connections=CLIENTS, seconds=SECONDS)).per_second * BATCH


def backlogs() -> list[Measurement]:
    """The cost of one receive, alone, with a short backlog and a long one; the two take turns on one platform."""
    with platforms.platform() as platform:
        ask = {name: receiver(platform, filled(platform, name, count)) for name, count in (("short", SHORT), ("long", LONG))}
        samples: dict[str, list[float]] = {name: [] for name in ask}
        for _ in range(RECEIVES):
            for name, receive in ask.items():
                samples[name] += measure.milliseconds(1, receive, warm_up=0)
    short = measure.of(f"sqs: a receive, {SHORT:,} messages behind it", samples["short"], "ms")
    long = measure.of(f"sqs: a receive, {LONG:,} messages behind it", samples["long"], "ms").against(short)
    ratio = measure.of(
        "sqs: the long backlog's receive over the short one's", [long.median / short.median], "x", goal="<= 1.2 x"
    )
    return [short, long, ratio]


def long_polls() -> Measurement:
    """From the moment a send is answered until the waiting receive is."""
    with platforms.platform() as platform:
        url = made(platform, "bench")
        sender = platform.client("sqs")
        samples = []
        for number in range(POLLS + 5):
            answered: list[float] = []
            waiting = threading.Thread(target=_poll, args=(platform.port, url, answered))
            waiting.start()
            time.sleep(0.02)
            sender.send_message(QueueUrl=url, MessageBody=str(number))
            sent_at = time.perf_counter()
            waiting.join()
            samples.append((answered[0] - sent_at) * 1000)
    return measure.of(
        "sqs: a long poll is answered after the send", [max(each, 0.0) for each in samples[5:]], "ms", goal="<= 3 ms"
    )


def _poll(port: int, url: str, answered: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked = {"QueueUrl": url, "WaitTimeSeconds": 20, "VisibilityTimeout": 600}
    connection.request("POST", "/", json.dumps(asked), headers("ReceiveMessage"))
    answer = connection.getresponse().read()
    answered.append(time.perf_counter())
    assert b"ReceiptHandle" in answer, answer
    connection.close()


# ---- queues to measure -----------------------------------------------------------------------------------------------


def made(platform: Platform, name: str) -> str:
    url: str = platform.client("sqs").create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    return url


def filled(platform: Platform, name: str, count: int) -> str:
    """A queue with ``count`` messages, sent in batches by all clients."""
    url = made(platform, name)
    entries = [{"Id": str(number), "MessageBody": "m"} for number in range(BATCH)]
    batch = request("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    client = platform.client("sqs")
    while (missing := count - int(_count(client, url))) > 0:
        load.run(platform.port, batch, connections=CLIENTS, seconds=min(8.0, max(0.2, missing / 25_000)))
    return url


def _count(client: Any, url: str) -> str:
    names = ["ApproximateNumberOfMessages"]
    count: str = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]]
    return count


def receiver(platform: Platform, url: str) -> Callable[[], object]:
    """One receive on a connection that is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    body, head = json.dumps({"QueueUrl": url}), headers("ReceiveMessage")

    def receive() -> bytes:
        connection.request("POST", "/", body, head)
        return connection.getresponse().read()

    for _ in range(20):
        assert b"ReceiptHandle" in receive()
    return receive


def request(operation: str, parameters: dict[str, Any]) -> bytes:
    body = json.dumps(parameters).encode()
    head = headers(operation)
    return load.request_bytes(
        "POST", "/", "sqs", body, **{name: value for name, value in head.items() if name != "authorization"}
    )


def headers(operation: str) -> dict[str, str]:
    scope = "000000000000/20260101/us-east-1/sqs/aws4_request"
    return {
        "x-amz-target": f"AmazonSQS.{operation}",
        "content-type": "application/x-amz-json-1.0",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
    }


def checked(seen: load.Load) -> load.Load:
    assert seen.failures == 0, seen
    return seen
