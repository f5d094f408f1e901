"""What there is to simulate: queues, topics, functions, mappings, and the settings that a seed gives them."""

import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lambent.core.context import Context

ACCOUNT, REGION = "111111111111", "us-east-1"
ENDPOINT = "http://localhost:4566"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

DEAD, DEAD_FIFO = "dead", "dead.fifo"
FREE = ("q0", "q1", "f0.fifo")
"""Queues that clients receive from."""
FOLLOWED = {"m0": "reader", "f1.fifo": "orderer"}
"""Queues that functions follow."""
RECORDS = ("ok", "failed", "dlq")
"""Queues that get what is told of ended events; nobody receives from them before the end."""
QUEUES = (DEAD, DEAD_FIFO, *RECORDS, *FREE, *FOLLOWED)

FUNCTIONS = ("worker", "listener", "auditor", "reader", "orderer")
TOPICS = ("news", "orders.fifo")
SUBSCRIBERS = {"news": ("q0", "listener"), "orders.fifo": ("f0.fifo",)}

GOOD, POISON, SKIPPED = "good", "poison", "skipped"
"""Kinds of messages: what functions can handle, what they never can, and what the filter of a mapping refuses."""

Ask = Callable[..., Awaitable[Any]]
TOKEN = re.compile(rb"~[a-z0-9]+-\d+~")


def body(token: str, kind: str, size: int = 0) -> str:
    return json.dumps({"token": token, "kind": kind, "pad": "x" * size})


def tokens_in(content: bytes | str) -> list[str]:
    return [found.decode() for found in TOKEN.findall(content if isinstance(content, bytes) else content.encode())]


def is_fifo(name: str) -> bool:
    return name.endswith(".fifo")


def context(request_id: str) -> Context:
    return Context(ACCOUNT, REGION, request_id, ROOT, ENDPOINT, access_key_id=ACCOUNT)


def url_of(queue: str) -> str:
    return f"{ENDPOINT}/{ACCOUNT}/{queue}"


def arn_of(queue: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def topic_arn(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a seed chooses.

    ``trouble``: how often a call fails, or is answered in vain; ``failing``: how often a function fails that could succeed.
    """

    trouble: float
    failing: float
    receives_max: int
    visibility_s: int
    delay_s: int
    batch_size: int
    window_s: int
    reports_failures: bool
    concurrency_max: int | None
    filters: bool
    retries_max: int
    age_s_max: int
    clients: int
    operations: int  # of all clients together
    crashes: tuple[tuple[int, str], ...]  # one a life: around which commit, and how


def settings_of(chance: random.Random) -> Settings:
    kinds = ("before", "after", "torn")
    crashes = tuple((chance.randrange(1, 100 if first else 60), chance.choice(kinds)) for first in (True, False, False))
    return Settings(
        trouble=chance.choice((0.0, 0.02, 0.08, 0.15)),
        failing=chance.choice((0.0, 0.1, 0.3)),
        receives_max=chance.randrange(1, 5),
        visibility_s=chance.randrange(5, 40),
        delay_s=chance.choice((0, 0, 3)),
        batch_size=chance.choice((1, 2, 5, 10)),
        window_s=chance.choice((0, 0, 2, 5)),
        reports_failures=chance.random() < 0.6,
        concurrency_max=chance.choice((None, None, 2)),
        filters=chance.random() < 0.4,
        retries_max=chance.choice((0, 1, 2, 2)),
        age_s_max=chance.choice((60, 90, 200, 21_600, 21_600)),
        clients=chance.randrange(1, 6),
        operations=chance.randrange(20, 80),
        crashes=crashes[: chance.randrange(4)],
    )


async def build(ask: Ask) -> None:
    """What is the same in every simulation, zips of functions among it: made once and copied."""
    for name in QUEUES:
        fifo = {"FifoQueue": "true"} if is_fifo(name) else {}
        await ask("sqs", "CreateQueue", QueueName=name, Attributes=fifo)
    for name in TOPICS:
        fifo = {"FifoTopic": "true"} if is_fifo(name) else {}
        await ask("sns", "CreateTopic", Name=name, Attributes=fifo)


async def furnish(ask: Ask, settings: Settings) -> None:
    """What the seed chose."""
    for name in (*FREE, *FOLLOWED):
        dead = DEAD_FIFO if is_fifo(name) else DEAD
        redrive = {"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": settings.receives_max}
        attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": str(settings.visibility_s)}
        if name in ("q1", "f0.fifo"):
            attributes["DelaySeconds"] = str(settings.delay_s)
        await ask("sqs", "SetQueueAttributes", QueueUrl=url_of(name), Attributes=attributes)
    for topic, names in SUBSCRIBERS.items():
        for name in names:
            is_queue = name in QUEUES
            endpoint = arn_of(name) if is_queue else function_arn(name)
            raw = {"RawMessageDelivery": "true"} if is_queue else {}
            protocol = "sqs" if is_queue else "lambda"
            await ask("sns", "Subscribe", TopicArn=topic_arn(topic), Protocol=protocol, Endpoint=endpoint, Attributes=raw)
    rules = {"MaximumRetryAttempts": settings.retries_max, "MaximumEventAgeInSeconds": settings.age_s_max}
    to_queues = {"OnSuccess": {"Destination": arn_of("ok")}, "OnFailure": {"Destination": arn_of("failed")}}
    await ask("lambda", "PutFunctionEventInvokeConfig", FunctionName="worker", DestinationConfig=to_queues, **rules)
    to_function = {"OnSuccess": {"Destination": function_arn("auditor")}, "OnFailure": {"Destination": arn_of("failed")}}
    await ask("lambda", "PutFunctionEventInvokeConfig", FunctionName="listener", DestinationConfig=to_function, **rules)
    for queue, function in FOLLOWED.items():
        await ask(
            "lambda",
            "CreateEventSourceMapping",
            EventSourceArn=arn_of(queue),
            FunctionName=function,
            **mapping(settings, queue),
        )


def mapping(settings: Settings, queue: str) -> dict[str, Any]:
    options: dict[str, Any] = {"BatchSize": settings.batch_size}
    if settings.reports_failures:
        options["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    if settings.concurrency_max is not None:
        options["ScalingConfig"] = {"MaximumConcurrency": settings.concurrency_max}
    if settings.window_s and not is_fifo(queue):
        options["MaximumBatchingWindowInSeconds"] = settings.window_s
    if settings.filters:
        pattern = json.dumps({"body": {"kind": [GOOD, POISON]}})
        options["FilterCriteria"] = {"Filters": [{"Pattern": pattern}]}
    return options
