"""Follows a stream: one reader for each shard that can be read, parents before children.

Nothing waits by asking: a reader sleeps until its shard's signal (`core.ports.records_topic`), and this one until a shard ends.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any

from lambent.core.clock import acting_for
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.durable.followers import consumer, lineage, pieces, streams
from lambent.durable.followers.consumer import Places
from lambent.durable.followers.followed import Followed, Health
from lambent.durable.followers.lineage import Plan
from lambent.durable.followers.progress import Progress
from lambent.durable.followers.shard_follower import ShardFollower
from lambent.durable.followers.stream_source import MISSING, StreamSource
from lambent.durable.followers.subject import Neighbours, Subject
from lambent.durable.signals import Listener
from lambent.store.database import Transaction

log = Log("followers")


class StreamFollower:
    """The follower of one stream for one subject."""

    def __init__(self, subject: Subject, near: Neighbours, tasks: asyncio.TaskGroup) -> None:
        self._subject = subject
        self._store = near.store
        self._call = near.call
        self._signals = near.signals
        self._clock = near.clock.of(subject.account)
        self._metrics = near.metrics
        self._tasks = tasks
        self._health = Health(last_result=subject.last_result)
        self._listener = Listener(self._clock)
        self._supervising: asyncio.Task[None] | None = None
        self._shards: dict[str, ShardFollower] = {}  # those that end still run, and nobody else may follow their shards
        self._followed: Followed | None = None
        # Whoever wakes this follower may act for another account: what it does it does for its own, and for no request.
        self._variables = contextvars.Context()
        self._variables.run(lambda: acting_for(subject.account).__enter__())

    @property
    def problem(self) -> str:
        return self._health.problem

    # ---- begin, change, end ------------------------------------------------------------------------------------------

    def follow(self, subject: Subject) -> None:
        has_changed = self._followed is None or subject.version != self._subject.version
        self._subject = subject
        self._health.problem = ""
        if has_changed:
            # Readers of the old settings finish what runs; then others take their places.
            self._stop_shards()
            self._followed = self._followed_now()
        if self._supervising is None:
            self._supervising = self._spawn(self._supervise())
        else:
            self.wake()

    def end(self) -> None:
        if self._supervising is not None:
            self._supervising.cancel()
            self._supervising = None
        self._followed = None
        self._stop_shards()

    async def leave(self) -> None:
        """What runs is finished and noted; nothing more is begun."""
        self.end()

    def wake(self) -> None:
        self._listener.notify()
        for shard in self._shards.values():
            shard.wake()

    def _stop_shards(self) -> None:
        for shard in self._shards.values():
            shard.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work, context=self._variables.copy())

    def _followed_now(self) -> Followed:
        subject = self._subject
        assert subject.dialect is not None, "streams have one"
        return Followed(
            subject=subject,
            source=StreamSource(subject.source.service, subject.stream_arn, call=self._call, context=subject.asks_as),
            dialect=subject.dialect,
            store=self._store,
            clock=self._clock,
            signals=self._signals,
            metrics=self._metrics,
            health=self._health,
            spawn=self._spawn,
        )

    # ---- shards ------------------------------------------------------------------------------------------------------

    async def _supervise(self) -> None:
        failures = 0
        while True:
            try:
                await self._start_shards()
                if failures:
                    failures, self._health.problem = 0, ""
                await self._listener.wait()
            except Exception as error:  # noqa: BLE001 - one follower's trouble must not stop the others
                failures += 1
                self._note(error)
                # In the background: a clock may not run on for a stream that may never come back.
                until = self._clock.now() + pieces.delay_s(failures)
                await self._listener.wait(until, is_background=True, kind=self._subject.alarm_kind, key=self._subject.arn)

    async def _start_shards(self) -> None:
        """Starts a reader for each shard that can be read and has none."""
        followed = self._followed
        assert followed is not None, "nobody supervises what is not followed"
        followed_before = frozenset(self._shards)  # of these what is read below may be old; whoever ends says so
        listed = await followed.source.shards()
        known = await self._store.read(self._subject.places.load)
        plan = lineage.plan(known, listed)
        if plan.new or plan.gone:
            await self._store.write(_remember, self._subject.places, plan)
        if followed is not self._followed:
            self._listener.notify()  # it was changed meanwhile
            return
        for shard_id in plan.ready:
            if shard_id not in followed_before:
                shard = ShardFollower(shard_id, known.get(shard_id, Progress()), followed, on_end=self._ended)
                self._shards[shard_id] = shard
                shard.start()

    def _ended(self, shard: ShardFollower) -> None:
        """A shard was read to its end, or let go: now its children, or the same with other settings, can be read."""
        del self._shards[shard.id]
        self._listener.notify()

    def _note(self, error: Exception) -> None:
        if not isinstance(error, ServiceError):
            log.error("follower.failed", error=error, of=self._subject.arn)
            self._health.problem = consumer.PLATFORM_FAILED
        elif error.code == MISSING:
            self._health.problem = streams.MISSING.format(arn=self._subject.stream_arn)
        else:
            self._health.problem = f"PROBLEM: {error.message}"


def _remember(tx: Transaction, places: Places, plan: Plan) -> None:
    places.add(tx, [(shard_id, Progress()) for shard_id in plan.new])
    places.delete(tx, plan.gone)
