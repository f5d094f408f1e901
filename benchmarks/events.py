"""Asynchronous invocations over HTTP, 64 clients: how soon 10,000 are accepted, and how soon all of them have run."""

import re
import time
import urllib.request

from benchmarks import invokes, load, measure, platforms
from benchmarks.measure import Measurement

CLIENTS = 64
EVENTS = 10_000
ROUNDS = 3
DONE_S_MAX = 120.0
LOOK_EVERY_S = 0.02


def run() -> list[Measurement]:
    accepted, done, rates, cpu_us = [], [], [], []
    with platforms.platform() as platform:
        platform.deploy("hello", invokes.HELLO)
        request = invokes.invoke_request("hello")
        for _ in range(ROUNDS):
            before_s = platforms.cpu_seconds(platform.process.pid)
            accepted_s, done_s = burst(platform)
            cpu_us.append((platforms.cpu_seconds(platform.process.pid) - before_s) / EVENTS * 1e6)
            accepted.append(accepted_s)
            done.append(done_s)
            seen = load.run(platform.port, request, connections=CLIENTS, seconds=3.0)
            assert seen.failures == 0, seen
            rates.append(seen.per_second)
    floor = measure.of(f"{EVENTS:,} synchronous invokes, {CLIENTS} clients", [EVENTS / rate for rate in rates], "s")
    return [
        floor,
        measure.of(f"{EVENTS:,} events accepted, {CLIENTS} clients", accepted, "s", goal="<= 3 s").against(floor),
        measure.of(f"{EVENTS:,} events run", done, "s", goal="<= 6 s").against(floor),
        measure.of("processor time of an event, control process", cpu_us, "us"),
    ]


def burst(platform: platforms.Platform) -> tuple[float, float]:
    """Sends the events. Returns the seconds until the last was accepted, and until the last had run."""
    request = load.request_bytes(
        "POST", "/2015-03-31/functions/hello/invocations", "lambda", b'{"key": "value"}', **{"x-amz-invocation-type": "Event"}
    )
    before = _invocations(platform)
    seen = load.run_count(platform.port, request, connections=CLIENTS, count=EVENTS)
    assert seen.failures == 0, seen
    while _invocations(platform) < before + EVENTS:
        assert time.perf_counter() - seen.started_s < DONE_S_MAX, "events are left over"
        time.sleep(LOOK_EVERY_S)
    return seen.seconds, time.perf_counter() - seen.started_s


def _invocations(platform: platforms.Platform) -> int:
    with urllib.request.urlopen(f"{platform.url}/_lambent/metrics") as answer:
        text = answer.read().decode()
    return sum(int(float(value)) for value in re.findall(r"^lambent_invocations_total\S* (\S+)$", text, re.MULTILINE))
