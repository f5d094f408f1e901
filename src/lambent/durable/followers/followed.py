"""What the parts of a stream's follower share: its subject as it is now, and how what comes of a batch is written."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from lambent.core.clock import Clock
from lambent.core.ports import Metrics
from lambent.durable.followers.consumer import Places, Post
from lambent.durable.followers.progress import Progress
from lambent.durable.followers.settings import Settings
from lambent.durable.followers.stream_records import Dialect
from lambent.durable.followers.stream_source import StreamSource
from lambent.durable.followers.subject import Subject
from lambent.durable.signals import Listener, Signals
from lambent.store.database import Database, Transaction


@dataclass(slots=True)
class Health:
    """``problem``: why nothing is handled now; empty where all is well. ``last_result``: as it was written."""

    problem: str = ""
    last_result: str = ""


class Followed(Struct, frozen=True):
    """One subject, from one change of it to the next."""

    subject: Subject
    source: StreamSource
    dialect: Dialect
    store: Database
    clock: Clock
    signals: Signals
    metrics: Metrics
    health: Health
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

    @property
    def settings(self) -> Settings:
        return self.subject.settings

    @property
    def stream_arn(self) -> str:
        return self.subject.stream_arn

    def listener(self) -> Listener:
        """For signals of this follower's own."""
        return Listener(self.clock)

    async def save(self, shard_id: str, progress: Progress, *, result: str, posts: Sequence[Post] = ()) -> bool:
        """Writes how far a shard has come, and what is told of it, in one transaction. False where nobody follows any more."""
        told = result if result != self.health.last_result else ""
        self.health.last_result = result
        return await self.store.write(_save, self.subject.places, shard_id, progress, told, posts)

    def count(self, metric: str, count: int) -> None:
        if self.settings.counts_events and count:
            self.metrics.add("lambent_event_source_events_total", count, mapping=self.subject.id, metric=metric)


def _save(tx: Transaction, places: Places, shard_id: str, progress: Progress, result: str, posts: Sequence[Post]) -> bool:
    if not places.save(tx, shard_id, progress, result):
        return False
    for post in posts:
        post(tx)
    return True
