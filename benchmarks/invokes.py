"""Invocations over HTTP: a fresh function's first, a warm one's median, and as many a second as go through."""

import socket
import time

from benchmarks import load, measure, platforms
from benchmarks.measure import Measurement

HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"
SUSTAINED_S = 5.0
CONNECTIONS = 16
WARM_REPEAT = 3_000
FRESH_REPEAT = 15


def run() -> list[Measurement]:
    with platforms.platform() as platform:
        platform.deploy("warm", HELLO)
        empty = empty_answer(platform)
        warm = warm_invoke(platform).against(empty)
        fresh = first_invoke(platform)
        rate, empty_rate, *costs = sustained(platform)
    return [empty, warm, fresh, empty_rate, rate.against(empty_rate), *costs]


def invoke_request(name: str) -> bytes:
    return load.request_bytes("POST", f"/2015-03-31/functions/{name}/invocations", "lambda", b'{"key": "value"}')


class Client:
    """One keep-alive connection, no parsing beyond the content's length."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        answer = b""
        while (length := load.response_length(answer)) is None or len(answer) < length:
            answer += self._socket.recv(65_536)
        return answer

    def first_piece(self, request: bytes) -> tuple[float, float]:
        """Of a chunked answer that begins with a time in brackets: that time, and when it was read. Reads on to the end."""
        self._socket.sendall(request)
        answer = b""
        while b"]" not in answer:
            answer += self._socket.recv(65_536)
        read_s = time.perf_counter()
        while not answer.endswith(b"0\r\n\r\n"):
            answer += self._socket.recv(65_536)
        return float(answer.partition(b"[")[2].partition(b"]")[0]), read_s

    def close(self) -> None:
        self._socket.close()


def empty_answer(platform: platforms.Platform) -> Measurement:
    """The floor: the same server's answer to a health check."""
    client = Client(platform.port)
    request = load.request_bytes("GET", "/_lambent/health", "lambda")
    samples = measure.milliseconds(WARM_REPEAT, lambda: client.send(request), warm_up=200)
    client.close()
    return measure.of("empty HTTP answer", samples, "ms")


def warm_invoke(platform: platforms.Platform) -> Measurement:
    client = Client(platform.port)
    request = invoke_request("warm")
    assert client.send(request).startswith(b"HTTP/1.1 200")
    samples = measure.milliseconds(WARM_REPEAT, lambda: client.send(request), warm_up=500)
    client.close()
    return measure.of("warm invoke over HTTP", samples, "ms", goal="<= 0.4 ms")


def first_invoke(platform: platforms.Platform) -> Measurement:
    samples = []
    client = Client(platform.port)
    for number in range(FRESH_REPEAT):
        platform.deploy(f"fresh-{number}", HELLO + f"# {number} {time.time()}\n")
        with measure.timed() as watch:
            answer = client.send(invoke_request(f"fresh-{number}"))
        assert answer.startswith(b"HTTP/1.1 200"), answer
        samples.append(watch.ms)
    client.close()
    return measure.of("first invoke of a fresh function over HTTP", samples, "ms", goal="<= 10 ms")


def sustained(platform: platforms.Platform) -> list[Measurement]:
    """Rates, and what bounds them: the processor time that an invoke costs the platform and its environments."""
    rates, empty_rates, control_us, environments_us = [], [], [], []
    load.run(platform.port, invoke_request("warm"), connections=CONNECTIONS, seconds=1)
    for _ in range(3):
        before = platforms.cpu_seconds(platform.process.pid), platforms.cpu_seconds_below(platform.process.pid)
        seen = load.run(platform.port, invoke_request("warm"), connections=CONNECTIONS, seconds=SUSTAINED_S)
        after = platforms.cpu_seconds(platform.process.pid), platforms.cpu_seconds_below(platform.process.pid)
        assert seen.failures == 0, seen
        rates.append(seen.per_second)
        control_us.append((after[0] - before[0]) / seen.requests * 1e6)
        environments_us.append((after[1] - before[1]) / seen.requests * 1e6)
        health = load.request_bytes("GET", "/_lambent/health", "lambda")
        empty_rates.append(load.run(platform.port, health, connections=CONNECTIONS, seconds=SUSTAINED_S / 2).per_second)
    return [
        measure.of(f"warm invokes a second, {CONNECTIONS} connections", rates, "/s", goal=">= 6000 /s"),
        measure.of("empty HTTP answers a second", empty_rates, "/s"),
        measure.of("processor time of an invoke, control process", control_us, "us"),
        measure.of("processor time of an invoke, environment", environments_us, "us"),
    ]
