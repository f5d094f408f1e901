"""A thousand environments at once: what they weigh, and a thousand invocations that each sleep a second."""

import asyncio
import time
from pathlib import Path

from benchmarks import load, measure, platforms
from benchmarks.measure import Measurement

SLEEP = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return 1\n"
COUNT = 1_000


def run() -> list[Measurement]:
    with platforms.platform() as platform:
        platform.deploy("sleep", SLEEP)
        cold_s = asyncio.run(burst(platform.port, COUNT))
        warm_s = [asyncio.run(burst(platform.port, COUNT)) for _ in range(3)]
        private_mb = [private_kb(pid) / 1024 for pid in platforms.descendants(platform.process.pid)]
    environments = sorted(private_mb)[-COUNT:]
    return [
        measure.of("1,000 invocations of 1 s, from nothing", [cold_s], "s", goal="<= 6 s"),
        measure.of("1,000 invocations of 1 s, warm", warm_s, "s", goal="<= 1.3 s"),
        measure.of(f"private memory of an environment, {len(environments)} alive", environments, "MB", goal="<= 4 MB"),
    ]


async def burst(port: int, count: int) -> float:
    """Sends all requests at once, one connection each; returns the seconds until the last answer."""
    request = load.request_bytes("POST", "/2015-03-31/functions/sleep/invocations", "lambda", b'{"seconds": 1}')
    connections = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(count)))
    start = time.perf_counter()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly((load.response_length(head) or 0) - len(head))

    await asyncio.gather(*(one(reader, writer) for reader, writer in connections))
    took = time.perf_counter() - start
    for _, writer in connections:
        writer.close()
    return took


def private_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))
