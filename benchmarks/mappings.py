"""Functions that follow queues: from a send to the handler, and how fast a backlog is drained.

The handler says over a datagram when it was entered and with how many messages; processes of one machine share the clock.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.invokes import Client
from benchmarks.measure import Measurement

SEND_REPEAT = 500
SEND_WARM_UP = 50
BACKLOG = 10_000
DRAIN_REPEAT = 3
SILENT_S_MAX = 30.0

TELL = """
import json, socket, time
teller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handler(event, context):
    entered = time.monotonic()
    teller.sendto(json.dumps([entered, len(event["Records"])]).encode(), ("127.0.0.1", {port}))
"""


def run() -> list[Measurement]:
    with ear() as listening, platforms.platform() as platform:
        platform.deploy("tell", TELL.replace("{port}", str(listening.getsockname()[1])), timeout_s=30)
        return [latency(platform, listening), *drain(platform, listening)]


@contextmanager
def ear() -> Iterator[socket.socket]:
    """What hears the handlers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(SILENT_S_MAX)
        yield listening


def latency(platform: platforms.Platform, listening: socket.socket) -> Measurement:
    """One message at a time: from before the request until the handler is entered."""
    url = _followed(platform, "latency")
    body = json.dumps({"QueueUrl": url, "MessageBody": "hello"}).encode()
    headers = {"content_type": "application/x-amz-json-1.0", "x_amz_target": "AmazonSQS.SendMessage"}
    request = load.request_bytes("POST", "/", "sqs", body, **headers)
    client = Client(platform.port)
    samples = []
    for _ in range(SEND_WARM_UP + SEND_REPEAT):
        start = time.monotonic()
        answer = client.send(request)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        entered, _count = json.loads(listening.recv(1_000))
        samples.append((entered - start) * 1_000)
    client.close()
    return measure.of("send over HTTP to handler entered", samples[SEND_WARM_UP:], "ms", goal="<= 3 ms")


def drain(platform: platforms.Platform, listening: socket.socket) -> list[Measurement]:
    """A mapping is enabled on a full queue; until the last message has reached the handler."""
    samples = []
    for number in range(DRAIN_REPEAT):
        sqs, functions = platform.client("sqs"), platform.client("lambda")
        url = sqs.create_queue(QueueName=f"drain-{number}")["QueueUrl"]
        for first in range(0, BACKLOG, 10):
            entries = [{"Id": str(each), "MessageBody": f"message {first + each}"} for each in range(10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        start = time.monotonic()
        functions.create_event_source_mapping(FunctionName="tell", EventSourceArn=_arn(sqs, url), BatchSize=10)
        handled, entered = 0, start
        while handled < BACKLOG:
            entered, count = json.loads(listening.recv(1_000))
            handled += count
        samples.append(entered - start)
    return [measure.of(f"drain of {BACKLOG:,} queued messages in batches of 10", samples, "s", goal="<= 3 s")]


def _followed(platform: platforms.Platform, name: str) -> str:
    sqs, functions = platform.client("sqs"), platform.client("lambda")
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    mapping_id = functions.create_event_source_mapping(FunctionName="tell", EventSourceArn=_arn(sqs, url))["UUID"]
    while functions.get_event_source_mapping(UUID=mapping_id)["State"] != "Enabled":
        time.sleep(0.01)
    return url


def _arn(sqs: Any, url: str) -> str:
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return arn
