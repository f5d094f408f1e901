"""What the SDK costs: a call over boto3's own invoke, and ten thousand calls with their results in order.

Both stand beside what the same platform gives a client that does nothing but send and read: the floor of a call, and of many.
"""

import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import load, measure, platforms
from benchmarks.measure import Measurement

APP = """
from lambent import function

@function
def hello(number: int) -> int:
    return number
"""
REPEAT = 1_000
ITEMS = 10_000
MAPS = 3
ACCOUNT = "000000000000"


def run() -> list[Measurement]:
    with platforms.platform() as platform, deployed(platform) as hello:
        return [*single(hello, platform), *many(hello, platform)]


@contextmanager
def deployed(platform: platforms.Platform) -> Iterator[Any]:
    """The function, deployed there from a file of its own."""
    from lambent import deploy

    variables = {
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "us-east-1",
    }
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, variables):
        (Path(folder) / "bench_sdk_app.py").write_text(APP)
        sys.path.insert(0, folder)
        try:
            hello = importlib.import_module("bench_sdk_app").hello
            deploy(hello, echo=None)
            yield hello
        finally:
            sys.path.remove(folder)


def single(hello: Any, platform: platforms.Platform) -> list[Measurement]:
    """By turns, so that whatever else the machine does meets all of them alike."""
    from benchmarks.invokes import Client

    client, bare = hello.deployment.client(), Client(platform.port)
    request = _request(hello.name)

    def raw() -> None:
        answer = client.invoke(FunctionName=hello.name, Payload=json.dumps(21).encode())
        assert json.loads(answer["Payload"].read()) == 21

    ways = {"bare": lambda: bare.send(request), "raw": raw, "sdk": lambda: hello(21)}
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(20):
        for name, way in ways.items():
            samples[name] += measure.milliseconds(REPEAT // 20, way, warm_up=0 if number else 200)
    bare.close()
    floor = measure.of("invoke by a bare socket", samples["bare"], "ms")
    through_boto3 = measure.of("boto3 invoke", samples["raw"], "ms").against(floor)
    through_sdk = measure.of("f(x)", samples["sdk"], "ms").against(floor)
    overhead = Measurement("f(x) over boto3 invoke", through_sdk.median - through_boto3.median, "ms", goal="<= 0.5 ms")
    return [floor, through_boto3, through_sdk, overhead]


def many(hello: Any, platform: platforms.Platform) -> list[Measurement]:
    bare_s, sdk_s, client_us, all_us = [], [], [], []
    request = _request(hello.name)
    for number in range(MAPS + 1):
        bare = load.run_count(platform.port, request, connections=16, count=ITEMS)
        before = time.process_time(), _cpu_s(platform)
        with measure.timed() as watch:
            results = list(hello.map(range(ITEMS), progress=False))
        assert results == list(range(ITEMS))
        if number:  # the first makes the environments
            bare_s.append(bare.seconds)
            sdk_s.append(watch.ms / 1000)
            own_s = time.process_time() - before[0]
            client_us.append(own_s / ITEMS * 1e6)
            all_us.append((own_s + _cpu_s(platform) - before[1]) / ITEMS * 1e6)
    floor = measure.of(f"{ITEMS:,} invokes by bare sockets", bare_s, "s")
    return [
        floor,
        measure.of(f"hello.map(range({ITEMS:,}))", sdk_s, "s", goal="<= 5 s").against(floor),
        measure.of("processor time of one of its calls, client", client_us, "us"),
        measure.of("processor time of one of its calls, client, platform and environments", all_us, "us"),
    ]


def _cpu_s(platform: platforms.Platform) -> float:
    return platforms.cpu_seconds(platform.process.pid) + platforms.cpu_seconds_below(platform.process.pid)


def _request(name: str) -> bytes:
    return load.request_bytes("POST", f"/2015-03-31/functions/{name}/invocations", "lambda", b"21")
