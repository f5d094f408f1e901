"""What the parts of a stream's follower share: the mapping as it is set now, and how what comes of a batch is written."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.ports import Metrics
from lambent.durable.signals import Listener, Signals
from lambent.services.lambda_.engine.event_sources import sources, streams
from lambent.services.lambda_.engine.event_sources.filters import Filters
from lambent.services.lambda_.engine.event_sources.progress import Progress
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.engine.event_sources.stream_records import DIALECTS, Dialect
from lambent.services.lambda_.operations.deliveries import Deliveries, Post
from lambent.services.lambda_.operations.event_sources.stream_source import StreamSource
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.targets import Name
from lambent.services.lambda_.tables import event_source_mappings as mappings
from lambent.services.lambda_.tables import event_source_shards as shards
from lambent.services.lambda_.tables.event_source_mappings import MappingRow
from lambent.store.database import Database, Transaction

KIND = "lambda.event-source"
"""Of what fires by the clock."""


@dataclass(slots=True)
class Health:
    """``problem``: why nothing is handled now; empty where all is well. ``last_result``: as it was written."""

    problem: str = ""
    last_result: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """One mapping, from one change of it to the next."""

    row: MappingRow
    source: StreamSource
    dialect: Dialect
    filters: Filters
    store: Database
    clock: Clock
    signals: Signals
    runner: Runner
    deliveries: Deliveries
    metrics: Metrics
    health: Health
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

    @property
    def settings(self) -> Settings:
        return self.row.settings

    @property
    def name(self) -> Name:
        function = self.row.function
        return self.row.scope.account, self.row.scope.region, function.name, function.qualifier

    @property
    def source_arn(self) -> Arn:
        return sources.source_of(self.row.source_arn).arn

    @property
    def stream_arn(self) -> str:
        return streams.stream_arn(self.source_arn)

    def listener(self) -> Listener:
        """For signals of this follower's own."""
        return Listener(self.clock)

    async def save(self, shard_id: str, progress: Progress, *, result: str, posts: Sequence[Post] = ()) -> bool:
        """Writes how far a shard has come, and what is told of it, in one transaction. False where the mapping is no more."""
        told = result if result != self.health.last_result else ""
        self.health.last_result = result
        return await self.store.write(_save, self.row, shard_id, progress, told, posts)

    def count(self, metric: str, count: int) -> None:
        if self.settings.counts_events and count:
            self.metrics.add("lambent_event_source_events_total", count, mapping=self.row.id, metric=metric)


def filters_of(row: MappingRow) -> Filters:
    source = sources.source_of(row.source_arn)
    return Filters(row.settings.filters, data_key=source.rules.json_key if source.kind == "kinesis" else "")


def dialect_of(row: MappingRow) -> Dialect:
    return DIALECTS[sources.source_of(row.source_arn).kind]


def _save(tx: Transaction, row: MappingRow, shard_id: str, progress: Progress, result: str, posts: Sequence[Post]) -> bool:
    if not shards.save(tx, row, shard_id, progress):
        return False
    if result:
        mappings.set_last_result(tx, row, result)
    for post in posts:
        post(tx)
    return True
