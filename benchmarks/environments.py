"""Execution environments without HTTP: cold and warm starts, isolated as always, beside a bare fork of the same process."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import uvloop
from tests.environment.house import OWN, House

from benchmarks import measure
from benchmarks.measure import Measurement
from lambent.core import ids
from lambent.core.config import default_cache
from lambent.core.ports import EnvironmentSpec
from lambent.environments.runtimes import Runtimes

HELLO = "import time\ndef handler(event, context):\n    return time.time()\n"
REPEAT = 60
WARM_REPEAT = 3_000
FORKS = 200
PAUSE_S = 0.15  # between cold starts: so long that a process taken from the stock has been replaced

FORK_AND_EXIT = """
import sys, os, time, json, gc
sys.path.insert(0, sys.argv[1])
import awslambdaric.bootstrap
gc.collect(); gc.freeze()
samples = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    samples.append((time.perf_counter() - start) * 1000)
print(json.dumps(samples))
"""


def run() -> list[Measurement]:
    folder = Path(tempfile.mkdtemp(prefix="lambent-bench-"))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            fork = runner.run(fork_and_exit())
            fresh_entered, fresh_answered = runner.run(cold(folder / "fresh", stock=0))
            ahead_entered, _ = runner.run(cold(folder / "ahead", stock=4))
            warm = runner.run(warm_invoke(folder / "warm"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        fork,
        measure.of("cold start, spawn to handler entered", fresh_entered, "ms", goal="<= 5 ms").against(fork),
        measure.of("cold start, spawn to answer", fresh_answered, "ms").against(fork),
        measure.of("cold start from sandboxes built ahead", ahead_entered, "ms", goal="<= 3 ms").against(fork),
        warm,
    ]


async def fork_and_exit() -> Measurement:
    """The floor: a process with the runtime interface client imported forks, and the child ends at once."""
    files = await Runtimes(default_cache()).installed(OWN)
    command = [str(files.interpreter.executable), "-I", "-c", FORK_AND_EXIT, str(files.slim), str(FORKS)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True, timeout=120)
    return measure.of("fork and exit of the zygote", json.loads(done.stdout), "ms")


async def cold(folder: Path, *, stock: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the call until the handler was entered, and until its answer was there."""
    async with open_house(folder, stock=stock) as house:
        spec = house.spec(HELLO)
        entered, answered = [], []
        for number in range(REPEAT + 5):
            fresh = replace(spec, key=ids.uuid4())  # equal code, so that nothing is unpacked; another key, so nothing is warm
            await house.pool.prepare(fresh)
            await asyncio.sleep(PAUSE_S)
            start, start_wall = time.perf_counter(), time.time()
            entered_at = await house.call(fresh, wants_log_tail=False)
            if number >= 5:
                answered.append((time.perf_counter() - start) * 1000)
                entered.append((entered_at - start_wall) * 1000)
            await house.pool.retire(fresh.key)
        return entered, answered


async def warm_invoke(folder: Path) -> Measurement:
    async with open_house(folder) as house:
        spec: EnvironmentSpec = house.spec(HELLO)
        samples = await measure.milliseconds_async(WARM_REPEAT, lambda: house.invoke(spec, wants_log_tail=False), warm_up=200)
        return measure.of("warm invoke inside the platform", samples, "ms")


@contextlib.asynccontextmanager
async def open_house(folder: Path, **options: object) -> AsyncIterator[House]:
    """A pool that is stopped when the block ends."""
    folder.mkdir()  # noqa: ASYNC240 - before anything is measured
    house = House(folder, **options)
    await house.pool.start()
    try:
        if not await house.pool._isolation:
            print("this machine does not let us isolate: environments are plain processes", file=sys.stderr)
        yield house
    finally:
        await house.pool.stop()
