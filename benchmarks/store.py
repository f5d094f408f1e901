"""The store without HTTP: latency of one write, throughput of many, reads, blobs, timers, outbox; against bare SQLite."""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from benchmarks import measure
from benchmarks.measure import Measurement
from lambent.core.clock import NEVER, RealClock
from lambent.core.context import Context
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.store.blobs import Blobs
from lambent.store.schema import Schema, schema_of
from lambent.store.sqlite import SqliteDatabase

CLIENTS = 64
WRITES = 20_000
REPEAT = 1000
TABLE = "CREATE TABLE notes (account TEXT NOT NULL, region TEXT NOT NULL, id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
SCHEMAS = [Schema("notes", f"-- version 1\n{TABLE}"), schema_of("lambent.durable")]
INSERT = "INSERT INTO notes (account, region, text) VALUES ('1', 'r', ?)"
SELECT = "SELECT text FROM notes WHERE id = ?"
TEXT = "x" * 100
CONTEXT = Context(account="1", region="r", request_id="q", principal_arn="p", endpoint_url="u")


def run() -> list[Measurement]:
    # Beside the data of a user, not on a tmpfs: a sync must cost what it costs there.
    folder = Path(tempfile.mkdtemp(prefix=".lambent-bench-", dir=Path.cwd()))
    try:
        bare = {durability: bare_commit(folder, durability) for durability in ("FULL", "NORMAL")}
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            power = runner.run(writes(folder, "power", bare["FULL"]))
            os = runner.run(writes(folder, "os", bare["NORMAL"]))
            return [*bare.values(), *power[:2], power[2].against(os[2]), *os, *runner.run(others(folder))]
    finally:
        shutil.rmtree(folder)


def bare_commit(folder: Path, synchronous: str) -> Measurement:
    """The floor: the same insert without the platform, on one thread."""
    connection = sqlite3.connect(folder / f"bare-{synchronous}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(TABLE)

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT, (TEXT,))
        connection.execute("COMMIT")

    samples = measure.milliseconds(REPEAT, commit)
    connection.close()
    return measure.of(f"bare SQLite: begin, insert, commit, {synchronous}", samples, "ms")


async def writes(folder: Path, durability: str, bare: Measurement) -> list[Measurement]:
    """An empty transaction, one write alone, and how many a second 64 clients get."""
    store = SqliteDatabase.open(folder / f"{durability}.db", SCHEMAS, durability=durability)
    empty = await measure.milliseconds_async(REPEAT, lambda: store.write(_nothing))
    alone = await measure.milliseconds_async(REPEAT, lambda: store.write(_insert))
    rates = [await rate(WRITES, lambda: store.write(_insert)) for _ in range(5)]
    await store.close()
    return [
        measure.of(f"store: an empty transaction, {durability}", empty, "ms"),
        measure.of(f"store: a write alone, {durability}", alone, "ms").against(bare),
        measure.of(f"store: writes a second, {CLIENTS} clients, {durability}", rates, "/s", goal=">= 20000 /s"),
    ]


async def rate(count: int, action: Callable[[], Awaitable[object]]) -> float:
    async def client() -> None:
        for _ in range(count // CLIENTS):
            await action()

    start = time.perf_counter()
    await asyncio.gather(*[client() for _ in range(CLIENTS)])
    return count // CLIENTS * CLIENTS / (time.perf_counter() - start)


async def others(folder: Path) -> list[Measurement]:
    clock = RealClock()
    store = SqliteDatabase.open(folder / "others.db", SCHEMAS)
    signals = Signals(clock)
    signals.attach(store)
    await store.write(_insert)
    blobs = Blobs(folder / "blobs")
    numbers = iter(range(10**9))
    found = [
        measure.of("store: a read alone", await measure.milliseconds_async(REPEAT, lambda: store.read(_select)), "ms"),
        measure.of(
            "blobs: put 4 KB, durable",
            await measure.milliseconds_async(200, lambda: blobs.put(str(next(numbers)).encode() * 1000)),
            "ms",
        ),
        measure.of(
            "timers fired a second, all due at once", [await timers_a_second(store, clock, signals) for _ in range(3)], "/s"
        ),
        measure.of("outbox deliveries a second", [await deliveries_a_second(store, clock, signals) for _ in range(3)], "/s"),
    ]
    await store.close()
    return found


async def timers_a_second(store: SqliteDatabase, clock: RealClock, signals: Signals) -> float:
    count = 5000
    timers = Timers(store=store, clock=clock, signals=signals)
    timers.on("bench", lambda tx, timer: tx.signal("bench.done") if timer.key == str(count - 1) else None)
    await store.write(lambda tx: [timers.set(tx, "bench", str(key), clock.now()) for key in range(count)] and None)
    return await _rate_of(count, timers.run, signals)


async def deliveries_a_second(store: SqliteDatabase, clock: RealClock, signals: Signals) -> float:
    count = 5000
    left = iter(range(count - 1, -1, -1))

    async def receive(*_: object) -> dict[str, object]:
        if next(left) == 0:
            signals.notify("bench.done")
        return {}

    outbox = Outbox(store=store, clock=clock, signals=signals, call=receive)
    await store.write(lambda tx: [outbox.add(tx, CONTEXT, "s", "O", {"Body": TEXT}) for _ in range(count)] and None)
    return await _rate_of(count, outbox.run, signals)


async def _rate_of(count: int, loop: Callable[[], Awaitable[None]], signals: Signals) -> float:
    start = time.perf_counter()
    with signals.listen("bench.done") as done:
        running = asyncio.ensure_future(loop())
        await done.wait(NEVER)
    seconds = time.perf_counter() - start
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return count / seconds


def _nothing(tx: object) -> None:
    return None


def _insert(tx: object) -> None:
    tx.run(INSERT, (TEXT,))  # type: ignore[attr-defined]


def _select(tx: object) -> object:
    return tx.one(SELECT, (1,))  # type: ignore[attr-defined]
