"""A database with the durable tables, a virtual clock, and signals: what timers and outbox stand on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.durable.signals import Signals
from lambent.store.schema import Schema, schema_of
from lambent.store.sqlite import SqliteDatabase

COUNTS = Schema(
    "counts", "-- version 1\nCREATE TABLE counts (account TEXT, region TEXT, name TEXT PRIMARY KEY, count INTEGER NOT NULL);"
)
CONTEXT = Context(
    account="111122223333", region="eu-west-1", request_id="r", principal_arn="arn", endpoint_url="http://localhost:4566"
)


@dataclass
class World:
    """One process' life on a folder. ``restart`` ends it without a goodbye and begins the next."""

    path: Path
    clock: VirtualClock
    store: SqliteDatabase
    signals: Signals
    running: list[asyncio.Task]

    @classmethod
    def begin(cls, path: Path, clock: VirtualClock) -> "World":
        schemas = [schema_of("lambent.durable"), COUNTS]
        store = SqliteDatabase.open(path, schemas, durability="os", busy=clock.busy)
        signals = Signals(clock)
        signals.attach(store)
        return cls(path, clock, store, signals, [])

    def run(self, worker) -> None:
        self.running.append(asyncio.create_task(worker.run()))

    async def end(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        await self.store.close()

    async def restart(self) -> "World":
        await self.end()
        return World.begin(self.path, self.clock)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    begun = World.begin(tmp_path / "state.db", VirtualClock(start=1000.0))
    yield begun
    await begun.end()


@pytest.fixture
def context() -> Context:
    return CONTEXT


def count(tx, name):
    tx.run("INSERT INTO counts VALUES ('', '', ?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1", (name,))


def counts(tx):
    return dict(tx.all("SELECT name, count FROM counts ORDER BY name"))
