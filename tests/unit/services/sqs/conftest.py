"""A store for sqs with a virtual clock, and the service on it without a gateway."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.services.sqs import Sqs
from lambent.services.sqs.engine import drafts, queues, sending, standard
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.engine.standard import Asked, Received
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

ACCOUNT, REGION = "111122223333", "us-east-1"
SCOPE = (ACCOUNT, REGION)
ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
CONTEXT = Context(
    account=ACCOUNT,
    region=REGION,
    request_id="r",
    principal_arn=f"arn:aws:iam::{ACCOUNT}:root",
    endpoint_url="http://localhost:4566",
)
SCHEMAS = ["lambent.durable", "lambent.services.sqs"]


@dataclass
class World:
    """The service with what it stands on. The clock begins at 1,767,225,600 s."""

    clock: VirtualClock
    store: SqliteDatabase
    signals: Signals
    timers: Timers
    sqs: Sqs

    async def queue(self, name: str = "q", tags: dict[str, str] | None = None, **attributes: str) -> Queue:
        """Makes a queue."""
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} | attributes
        await self.store.write(queues.create, SCOPE, name, attributes, tags or {}, self.clock.now())
        return await self.store.read(queues.find, *SCOPE, name)

    async def send(self, queue: Queue, *bodies: str, **members: Any) -> None:
        new = [drafts.draft({"MessageBody": body} | members, queue) for body in bodies]
        await self.store.write(sending.send, queue, new, sender_id=ACCOUNT, now=self.clock.now())

    async def receive(self, queue: Queue, count_max: int = 10, *, timeout_s: float = 30.0, **options: Any) -> Received:
        now = self.clock.now()
        asked = Asked(count_max, now, now + timeout_s, **options)
        return await self.store.write(standard.receive, queue, asked)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = VirtualClock()
    schemas = [schema_of(package) for package in SCHEMAS]
    store = SqliteDatabase.open(tmp_path / "sqs.db", schemas, durability="os", busy=clock.busy)
    signals = Signals(clock)
    signals.attach(store)
    timers = Timers(store=store, clock=clock, signals=signals)

    async def call(context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        return {"UserId": f"AIDA{context.principal_arn.rpartition('/')[2].upper()}"}

    sqs = Sqs(store=store, clock=clock, call=call, signals=signals, timers=timers)
    yield World(clock, store, signals, timers, sqs)
    sqs.alarms.forget(None)
    await store.close()


def bodies(received: Received) -> list[str | None]:
    return [message.body for message in received.messages]
