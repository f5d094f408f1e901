"""SnapStart: environments of a version that imports pandas, as copies of its template and initialised each for itself."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import uvloop
from msgspec.structs import replace
from tests.environment.house import House

from benchmarks import measure, scale
from benchmarks.environments import open_house
from benchmarks.measure import Measurement
from lambent.core import ids
from lambent.core.config import default_cache
from lambent.core.ports import Archive, EnvironmentSpec

REPEAT = 40
INITS = 12
COUNT = 1_000
PAUSE_S = 0.15  # between starts: so long that what was made ahead has been replaced

APP = "import pandas\ndef handler(event, context):\n    return len(pandas.DataFrame({'a': [1, 2]}))\n"


def run() -> list[Measurement]:
    folder = Path(tempfile.mkdtemp(prefix="lambent-bench-"))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_rows(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _rows(folder: Path) -> list[Measurement]:
    archive = await asyncio.to_thread(_archive, folder / "pandas.zip")
    async with open_house(folder / "one") as house:
        inits, answers, restores = await starts(house, archive)
    async with open_house(folder / "many") as house:
        took_s, private_mb = await many(house, archive)
    init = measure.of("pandas imported in INIT, first answer", inits, "ms")
    return [
        init,
        measure.of("SnapStart with pandas, environment ready", restores, "ms", goal="<= 10 ms").against(init),
        measure.of("SnapStart with pandas, first answer", answers, "ms").against(init),
        measure.of(f"{COUNT:,} environments from one template, each invoked", [took_s], "s", goal="<= 14 s"),
        measure.of(f"private memory of each, {len(private_mb)} alive", private_mb, "MB", goal="<= 7 MB"),
    ]


def spec_of(house: House, archive: Archive, initialization_type: str) -> EnvironmentSpec:
    spec = house.spec("", version="1", initialization_type=initialization_type, memory_mb=512, timeout_s=60)
    return replace(spec, code=archive)


async def starts(house: House, archive: Archive) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds until the first answer without a template and with one, and those of RESTORE in the latter."""
    inits, answers = [], []
    plain, snap = (spec_of(house, archive, kind) for kind in ("on-demand", "snap-start"))
    await house.pool.prepare(snap)
    for number in range(REPEAT + 2):
        if number % (REPEAT // INITS) == 0:
            fresh = replace(plain, key=ids.uuid4())
            await house.pool.prepare(fresh)
            await asyncio.sleep(PAUSE_S)
            with measure.timed() as watch:
                await house.call(fresh, wants_log_tail=False)
            inits.append(watch.ms)
            await house.pool.retire(fresh.key)
        await asyncio.sleep(PAUSE_S)
        with measure.timed() as watch:
            await house.call(snap, wants_log_tail=False)
        if number >= 2:
            answers.append(watch.ms)
        _end_idle(house, snap)
    return inits[1:], answers, _restores(house)[-REPEAT:]


def _end_idle(house: House, spec: EnvironmentSpec) -> None:
    """So that the next event finds no warm one, and the template stays."""
    plan = house.pool._plans[spec.key]
    for environment in plan.idle:
        house.pool._end(environment)
    plan.idle.clear()


def _restores(house: House) -> list[float]:
    reports = (line for line in house.sink.messages() if line.startswith("REPORT") and "Restore Duration: " in line)
    return [float(line.partition("Restore Duration: ")[2].split()[0]) for line in reports]


async def many(house: House, archive: Archive) -> tuple[float, list[float]]:
    """Seconds until as many environments have each answered an event, and the private megabytes of each."""
    spec = spec_of(house, archive, "snap-start")
    await house.pool.prepare(spec)
    start = time.perf_counter()
    await house.pool.provision(spec, COUNT)
    await asyncio.gather(*(house.call(spec, wants_log_tail=False) for _ in range(COUNT)))
    took_s = time.perf_counter() - start
    plan = house.pool._plans[spec.key]
    return took_s, [scale.private_kb(environment._process.pid) / 1024 for environment in plan.idle]


def _archive(place: Path) -> Archive:
    """A zip of the handler and pandas, which is fetched once."""
    folder = default_cache() / "benchmarks" / f"pandas-{sys.version_info[0]}.{sys.version_info[1]}"
    if not folder.is_dir():
        new = folder.with_name(f".{folder.name}.tmp")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-warn-conflicts", "--target", str(new), "pandas"]
        subprocess.run(command, check=True, timeout=600)
        # What pip has compiled knows its sources by their times, which a zip rounds.
        compiling = [sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", str(new)]
        subprocess.run(compiling, check=False, timeout=600)
        new.rename(folder)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("app.py", APP)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "tests" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return Archive(ids.hex_digits(64), place)
