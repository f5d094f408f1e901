"""Logs without HTTP: what waiting for the commit of a function's lines adds, how many go in, how long a search takes."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks import measure
from benchmarks.measure import Measurement
from lambent.core.clock import RealClock
from lambent.core.context import Context
from lambent.core.ports import LogEvent, LogStreamName
from lambent.durable.signals import Signals
from lambent.services.logs import Logs
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

CONTEXT = Context(account="000000000000", region="us-east-1", request_id="r", principal_arn="p", endpoint_url="u")
REQUEST = "8f5b1c1e-6e5c-4f57-9d1e-0f6f5a3c1b2d"
LINES = (
    f"START RequestId: {REQUEST} Version: $LATEST\n",
    f"[WARNING]\t2026-11-23T14:53:15.238Z\t{REQUEST}\thello\n",
    f"END RequestId: {REQUEST}\n",
    f"REPORT RequestId: {REQUEST}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
)
ALONE_REPEAT = 2_000
ENVIRONMENTS = 64
SECONDS = 2.0
SEARCHED_EVENTS = 100_000
PATTERNS = {"a term": "needle", "JSON": '{ $.level = "needle" }', "fields": "[w1, w2 = needle, ...]"}


def run() -> list[Measurement]:
    folder = Path(tempfile.mkdtemp(prefix=".lambent-bench-", dir=Path.cwd()))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(folder))
    finally:
        shutil.rmtree(folder)


async def _run(folder: Path) -> list[Measurement]:
    clock = RealClock()
    store = SqliteDatabase.open(folder / "logs.db", [schema_of("lambent.services.logs")], durability="os")
    signals = Signals(clock)
    signals.attach(store)
    logs = Logs(logs_store=store, clock=clock, signals=signals)
    try:
        alone = await measure.milliseconds_async(ALONE_REPEAT, lambda: logs.append(_stream(0), _events()), warm_up=100)
        rates = [await appends_a_second(logs) for _ in range(3)]
        return [
            measure.of("lines of an invoke committed, alone", alone, "ms", goal="<= 0.1 ms"),
            measure.of(f"invokes' lines committed a second, {ENVIRONMENTS} environments", rates, "/s", goal=">= 20000 /s"),
            await one_stream_among_many(logs),
            *await searches(logs),
        ]
    finally:
        await store.close()


async def appends_a_second(logs: Logs) -> float:
    until = time.perf_counter() + SECONDS
    count = 0

    async def environment(number: int) -> None:
        nonlocal count
        while time.perf_counter() < until:
            await logs.append(_stream(number), _events())
            count += 1

    start = time.perf_counter()
    await asyncio.gather(*(environment(number) for number in range(ENVIRONMENTS)))
    return count / (time.perf_counter() - start)


async def one_stream_among_many(logs: Logs) -> Measurement:
    """GetLogEvents of a short stream, in the group that the measurements before have filled."""
    stream = _stream(ENVIRONMENTS)
    await logs.append(stream, _events())
    parameters = {"logGroupName": stream.group, "logStreamName": stream.stream}
    samples = await measure.milliseconds_async(50, lambda: logs.get_log_events(CONTEXT, parameters), warm_up=5)
    return measure.of("reading a short stream of a large group", samples, "ms", goal="<= 5 ms")


async def searches(logs: Logs) -> list[Measurement]:
    """FilterLogEvents over as many events as one request looks at, none of which matches."""
    per_append = 100
    now_ms = int(time.time() * 1000)
    for at in range(SEARCHED_EVENTS // per_append // 20):
        events = [LogEvent(now_ms + at * per_append + n, f"[INFO] line {n} {'x' * 80}") for n in range(per_append)]
        await asyncio.gather(*(logs.append(_stream(number, "searched"), events) for number in range(20)))
    found = []
    for name, pattern in PATTERNS.items():
        parameters = {"logGroupName": "searched", "filterPattern": pattern}
        samples = await measure.milliseconds_async(5, lambda p=parameters: logs.filter_log_events(CONTEXT, p), warm_up=1)
        found.append(measure.of(f"search of {SEARCHED_EVENTS:,} events for {name}", samples, "ms", goal="<= 500 ms"))
    return found


def _stream(number: int, group: str = "/aws/lambda/f") -> LogStreamName:
    return LogStreamName(CONTEXT.account, CONTEXT.region, group, f"2026/01/01/[$LATEST]{number:032x}")


def _events() -> list[LogEvent]:
    now_ms = int(time.time() * 1000)
    return [LogEvent(now_ms, line) for line in LINES]
