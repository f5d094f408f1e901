"""kill -9 at many points of many writes, on the real threads and the real disk, always on the same data directory."""

import asyncio
import random
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from tests.simulation.victim import SCHEMAS

from lambent.core.clock import VirtualClock, wall_s
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.tables import count_entries
from lambent.store.blobs import Blobs
from lambent.store.sqlite import SqliteDatabase

REPOSITORY = Path(__file__).parents[2]
LIVES, LIVES_EVERY_DAY = 25, 7


def live_and_be_killed(folder: Path, life: str, lines_max: int) -> tuple[set[str], set[str]]:
    """What a process acknowledged and what it delivered until it was killed, some lines after it began."""
    command = [sys.executable, "-m", "tests.simulation.victim", str(folder), life]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY)
    lines = [victim.stdout.readline() for _ in range(lines_max)]
    victim.kill()
    rest, _ = victim.communicate()
    seen = [line.split() for line in (b"".join(lines) + rest).decode().splitlines()]
    assert len(seen) >= lines_max, "the victim died by itself"
    return {name for what, name in seen if what == "acknowledged"}, {name for what, name in seen if what == "delivered"}


async def recover(folder: Path, delivered: set[str]) -> tuple[set[str], set[str], set[str]]:
    """What the tables hold, left and right, and the blobs they name, after the outbox has delivered what was left in it."""
    clock = VirtualClock(start=wall_s())
    store = SqliteDatabase.open(folder / "state.db", SCHEMAS, busy=clock.busy)
    signals = Signals(clock)
    signals.attach(store)

    async def deliver(context, service, operation, parameters):
        delivered.add(parameters["Id"])
        return {}

    outbox = asyncio.create_task(Outbox(store=store, clock=clock, signals=signals, call=deliver).run())
    await clock.advance(24 * 3600)
    assert await store.read(count_entries) == 0
    outbox.cancel()
    await asyncio.gather(outbox, return_exceptions=True)
    lefts = await store.read(lambda tx: {name for (name,) in tx.all("SELECT id FROM lefts")})
    rights = await store.read(lambda tx: {name for (name,) in tx.all("SELECT id FROM rights")})
    named = await store.read(lambda tx: {name for (name,) in tx.all("SELECT DISTINCT blob FROM lefts")})
    await store.close()
    return lefts, rights, named


def lives(folder: Path, count: int) -> None:
    acknowledged: set[str] = set()
    delivered: set[str] = set()
    for life in range(count):
        newly_acknowledged, newly_delivered = live_and_be_killed(folder, str(life), random.randrange(1, 1500))
        acknowledged |= newly_acknowledged
        delivered |= newly_delivered
        lefts, rights, blobs = asyncio.run(recover(folder, delivered))
        assert acknowledged <= lefts, "an acknowledged write is lost"
        assert lefts == rights, "a transaction is half there"
        assert delivered == lefts, "an effect is lost, or happened without its cause"
        kept = Blobs(folder / "blobs")
        wrong = [name for name in blobs if sha256(kept.path(name).read_bytes()).hexdigest() != name]
        assert not wrong, "a row names a blob that is not whole"


@pytest.mark.parametrize("count", [LIVES_EVERY_DAY, pytest.param(LIVES, marks=pytest.mark.realtime)])
def test_killed_processes_lose_nothing_they_acknowledged(tmp_path, count):
    lives(tmp_path, count)
