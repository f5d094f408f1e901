"""A store for kinesis with a virtual clock, and the service on it without a gateway."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.config import Config
from lambent.core.context import Context
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.services.kinesis import Kinesis
from lambent.services.kinesis.engine import reading, streams
from lambent.services.kinesis.engine.stream import Stream
from lambent.services.kinesis.engine.streams import NewStream
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

ACCOUNT, REGION = "111122223333", "us-east-1"
KEY = (ACCOUNT, REGION, "s")
CONTEXT = Context(
    account=ACCOUNT,
    region=REGION,
    request_id="r",
    principal_arn=f"arn:aws:iam::{ACCOUNT}:root",
    endpoint_url="http://localhost:4566",
)
SCHEMAS = ["lambent.durable", "lambent.services.kinesis"]


@dataclass
class World:
    """The service with what it stands on. The clock begins at 1,767,225,600 s."""

    clock: VirtualClock
    store: SqliteDatabase
    signals: Signals
    timers: Timers
    kinesis: Kinesis

    async def stream(self, shard_count: int = 1, mode: str = "PROVISIONED") -> Stream:
        """Makes the stream "s"."""
        new = NewStream("s", shard_count, mode, {}, {})
        await self.store.write(streams.create, ACCOUNT, REGION, new, self.clock.now())
        return await self.find()

    async def find(self) -> Stream:
        return await self.store.read(streams.find, KEY)

    async def put(self, *data: str) -> None:
        records = [{"Data": each.encode(), "PartitionKey": "k"} for each in data]
        await self.kinesis.put_records(CONTEXT, {"StreamName": "s", "Records": records})

    async def data(self, shard: int = 0) -> list[str]:
        """All that is kept of a shard, whether it is to be had or not."""
        found = await self.store.read(
            reading.read, (await self.find()).shards[shard].id, from_index=0, horizon=0.0, count_max=10_000
        )
        return [data.decode() for each in found.slices for _, data in each.records]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = VirtualClock()
    schemas = [schema_of(package) for package in SCHEMAS]
    store = SqliteDatabase.open(tmp_path / "kinesis.db", schemas, durability="os", busy=clock.busy)
    signals = Signals(clock)
    signals.attach(store)
    timers = Timers(store=store, clock=clock, signals=signals)
    kinesis = Kinesis(store=store, clock=clock, signals=signals, timers=timers, config=Config())
    yield World(clock, store, signals, timers, kinesis)
    await store.close()
