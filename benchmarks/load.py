"""A lean load generator: keep-alive connections that send the same request again as soon as they are answered.

Runs as a process of its own, on the machine's last core, so that it takes little from what it measures: wrk where it is
installed, otherwise ``python -m benchmarks.load PORT CONNECTIONS SECONDS COUNT < request``. Both print one JSON object.

A conversation is several requests in turn, each of which may quote the answer before it: where a request says ``{answer}``
stands what the pattern of the conversation finds there, and for ``{random}`` eight digits. It always runs in our own generator.
"""

import asyncio
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop

UNCOUNTED = 2**62
COUNTED_S_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a run saw. Latencies are in milliseconds."""

    requests: int
    seconds: float
    failures: int
    median_ms: float
    p99_ms: float
    started_s: float = 0.0  # on time.perf_counter, which processes share on Linux; only of ``run_count``

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request_bytes(method: str, path: str, service: str, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP/1.1 request as an SDK would send it, under account 000000000000."""
    scope = f"000000000000/20260101/us-east-1/{service}/aws4_request"
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: localhost",
        f"authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0",
        "x-amz-date: 20260101T000000Z",
        f"content-length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Loads the server from a separate process."""
    generate = _run_wrk if shutil.which("wrk") else _run_own
    return Load(**json.loads(generate(port, request, connections, seconds)))


def run_count(port: int, request: bytes, *, connections: int, count: int) -> Load:
    """Sends the request ``count`` times, from a separate process."""
    return Load(**json.loads(_run_own(port, request, connections, COUNTED_S_MAX, count)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Requests that each connection makes in turn. ``requests`` in a Load counts them all."""

    requests: tuple[bytes, ...]
    pattern: str  # of what to quote from an answer: its first group

    @property
    def text(self) -> str:
        return json.dumps([self.pattern, *(request.decode() for request in self.requests)])


def converse(port: int, conversation: Conversation, *, connections: int, seconds: float) -> Load:
    """Has each connection make the requests of a conversation, one after another, again and again."""
    where = [str(port), str(connections), str(seconds), str(UNCOUNTED)]
    command = [sys.executable, "-m", "benchmarks.load", *where, conversation.text]
    done = subprocess.run(command, capture_output=True, check=True, timeout=seconds + 60)
    return Load(**json.loads(done.stdout))


def _run_own(port: int, request: bytes, connections: int, seconds: float, count: int = UNCOUNTED) -> bytes:
    command = [sys.executable, "-m", "benchmarks.load", str(port), str(connections), str(seconds), str(count)]
    return subprocess.run(command, input=request, capture_output=True, check=True, timeout=seconds + 60).stdout


WRK_REPORT = """
done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  print(string.format('{"requests": %d, "seconds": %f, "failures": %d, "median_ms": %f, "p99_ms": %f}',
    summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


def _run_wrk(port: int, request: bytes, connections: int, seconds: float) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    lines = [f"wrk.method = {json.dumps(method)}", f"wrk.body = {json.dumps(body.decode())}"]
    for header in headers:
        name, _, value = header.partition(": ")
        if name != "content-length":  # wrk adds it itself, and a host where it sees none spelt so
            name = "Host" if name == "host" else name
            lines.append(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(lines) + WRK_REPORT)
        script.flush()
        url = f"http://127.0.0.1:{port}{path}"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script.name, url]
        done = subprocess.run(command, capture_output=True, check=True, timeout=seconds + 60, preexec_fn=_move_to_the_last_core)
    return done.stdout.splitlines()[-1]


def _move_to_the_last_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class _Steps:
    """What one connection sends: the next request of a conversation, completed from the last answer."""

    def __init__(self, requests: tuple[bytes, ...], pattern: str = "") -> None:
        self._requests = itertools.cycle(requests)
        self._pattern = re.compile(pattern.encode())

    def next(self, answer: bytes) -> bytes:
        request = next(self._requests)
        while b"{random}" in request:
            request = request.replace(b"{random}", b"%08d" % random.randrange(10**8), 1)
        if b"{answer}" not in request:
            return request
        found = self._pattern.search(answer)
        quoted = found[1] if found is not None else b""
        return _with_true_length(request.replace(b"{answer}", quoted))


def _with_true_length(request: bytes) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    head = re.sub(rb"content-length: \d+", b"content-length: %d" % len(body), head)
    return head + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    def __init__(self, steps: _Steps, until: float, left: Iterator[int], done: asyncio.Event) -> None:
        self._steps, self._until, self._left, self._done = steps, until, left, done
        self.latencies: list[float] = []
        self.failures = 0
        self._buffer = b""
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send_next()

    def _send_next(self) -> None:
        if time.perf_counter() >= self._until or next(self._left, None) is None:
            self._done.set()
            self._transport.close()
            return
        request = self._steps.next(self._answer)
        self._sent_at = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        length = response_length(self._buffer)
        if length is None or len(self._buffer) < length:
            return
        now = time.perf_counter()
        self.latencies.append(now - self._sent_at)
        if not self._buffer.startswith(b"HTTP/1.1 2"):
            self.failures += 1
        self._answer, self._buffer = self._buffer[:length], self._buffer[length:]
        self._send_next()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self._done.is_set():
            self.failures += 1
            self._done.set()


def response_length(buffer: bytes) -> int | None:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        return end + 4
    return end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


async def _drive(port: int, requests: tuple[bytes, ...], pattern: str, connections: int, seconds: float, count: int) -> Load:
    loop = asyncio.get_running_loop()
    left = iter(range(count))
    start = time.perf_counter()
    protocols, events = [], []
    for _ in range(connections):
        event = asyncio.Event()
        _, protocol = await loop.create_connection(
            lambda event=event: _Connection(_Steps(requests, pattern), start + seconds, left, event), "127.0.0.1", port
        )
        protocols.append(protocol)
        events.append(event)
    await asyncio.gather(*(event.wait() for event in events))
    took = time.perf_counter() - start
    latencies = sorted(latency for protocol in protocols for latency in protocol.latencies)
    return Load(
        requests=len(latencies),
        seconds=took,
        failures=sum(protocol.failures for protocol in protocols),
        median_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
        started_s=start,
    )


def main() -> None:
    port, connections, seconds, count = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    _move_to_the_last_core()
    has_conversation = len(sys.argv) > 5
    pattern, *requests = json.loads(sys.argv[5]) if has_conversation else ("", sys.stdin.buffer.read().decode("latin-1"))
    encoding = "utf-8" if has_conversation else "latin-1"
    load = uvloop.run(_drive(port, tuple(each.encode(encoding) for each in requests), pattern, connections, seconds, count))
    print(json.dumps({name: getattr(load, name) for name in load.__slots__}))


if __name__ == "__main__":
    main()
