"""Durable writes over HTTP, 64 clients: acknowledged means committed, on disk with ``power``."""

from benchmarks import load, measure, platforms
from benchmarks.measure import Measurement

CLIENTS = 64
SECONDS = 4.0
ARN = "arn:aws:lambda:us-east-1:000000000000:function:tagged"
HELLO = "def handler(event, context):\n    return 1\n"


def run() -> list[Measurement]:
    rates: dict[str, list[float]] = {"power": [], "os": []}
    for _ in range(3):
        for durability, seen in rates.items():
            with platforms.platform("--durability", durability) as platform:
                platform.deploy("tagged", HELLO)
                seen.append(writes_a_second(platform.port))
    os_rate = measure.of("writes a second, 64 clients, os", rates["os"], "/s")
    power = measure.of("writes a second, 64 clients, power", rates["power"], "/s", goal=">= 4000 /s")
    shares = [power_rate / os_rate for power_rate, os_rate in zip(rates["power"], rates["os"], strict=True)]
    share = measure.of("power, as a share of os", shares, "x", goal=">= 0.75 x")
    return [os_rate, power.against(os_rate), share]


def writes_a_second(port: int) -> float:
    body = b'{"Tags": {"key": "value"}}'
    request = load.request_bytes("POST", f"/2017-03-31/tags/{ARN.replace(':', '%3A')}", "lambda", body)
    seen = load.run(port, request, connections=CLIENTS, seconds=SECONDS)
    assert seen.failures == 0, seen
    return seen.per_second
