"""Follows a stream: one reader for each shard that can be read, parents before children.

Nothing waits by asking: a reader sleeps until its shard's signal (`core.ports.records_topic`), and this one until a shard ends.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any

from lambent.core.arn import Arn
from lambent.core.clock import Clock, acting_for
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.core.ports import Caller, Metrics
from lambent.durable.signals import Listener, Signals
from lambent.services.lambda_.engine.event_sources import lineage, pieces, sources, streams
from lambent.services.lambda_.engine.event_sources.lineage import Plan
from lambent.services.lambda_.engine.event_sources.progress import Progress
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.event_sources.followed import KIND, Followed, Health, dialect_of, filters_of
from lambent.services.lambda_.operations.event_sources.shard_follower import ShardFollower
from lambent.services.lambda_.operations.event_sources.stream_source import MISSING, StreamSource
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.tables import event_source_shards as tables
from lambent.services.lambda_.tables.event_source_mappings import MappingRow
from lambent.store.database import Database, Transaction

log = Log("lambda")


class StreamFollower:
    """The follower of one mapping."""

    def __init__(
        self,
        row: MappingRow,
        *,
        store: Database,
        call: Caller,
        signals: Signals,
        clock: Clock,
        runner: Runner,
        deliveries: Deliveries,
        metrics: Metrics,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._row = row
        self._store = store
        self._call = call
        self._signals = signals
        self._clock = clock.of(row.scope.account)
        self._runner = runner
        self._deliveries = deliveries
        self._metrics = metrics
        self._tasks = tasks
        self._health = Health(last_result=row.last_result)
        self._listener = Listener(self._clock)
        self._supervising: asyncio.Task[None] | None = None
        self._shards: dict[str, ShardFollower] = {}  # those that end still run, and nobody else may follow their shards
        self._followed: Followed | None = None
        # Whoever wakes this follower may act for another account: what it does it does for the mapping's, and for no request.
        self._variables = contextvars.Context()
        self._variables.run(lambda: acting_for(row.scope.account).__enter__())

    @property
    def problem(self) -> str:
        return self._health.problem

    # ---- begin, change, end ------------------------------------------------------------------------------------------

    def follow(self, row: MappingRow) -> None:
        has_changed = self._followed is None or (row.settings, row.function) != (self._row.settings, self._row.function)
        self._row = row
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
        row, source = self._row, sources.source_of(self._row.source_arn)
        context = Context(row.scope.account, source.arn.region, row.id, "", "")
        return Followed(
            row=row,
            source=StreamSource(source.kind, streams.stream_arn(source.arn), call=self._call, context=context),
            dialect=dialect_of(row),
            filters=filters_of(row),
            store=self._store,
            clock=self._clock,
            signals=self._signals,
            runner=self._runner,
            deliveries=self._deliveries,
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
            except Exception as error:  # noqa: BLE001 - one mapping's trouble must not stop the others
                failures += 1
                self._note(error)
                # In the background: a clock may not run on for a stream that may never come back.
                until = self._clock.now() + pieces.delay_s(failures)
                await self._listener.wait(until, is_background=True, kind=KIND, key=self._row.arn)

    async def _start_shards(self) -> None:
        """Starts a reader for each shard that can be read and has none."""
        followed = self._followed
        assert followed is not None, "nobody supervises what is not followed"
        followed_before = frozenset(self._shards)  # of these what is read below may be old; whoever ends says so
        listed = await followed.source.shards()
        known = await self._store.read(tables.load, self._row)
        plan = lineage.plan(known, listed)
        if plan.new or plan.gone:
            await self._store.write(_remember, self._row, plan)
        if followed is not self._followed:
            self._listener.notify()  # the mapping was changed meanwhile
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
            log.error("mapping.failed", error=error, mapping=self._row.arn)
            self._health.problem = "PROBLEM: The platform failed to follow the source."
        elif error.code == MISSING:
            arn = Arn.parse(self._row.source_arn)
            self._health.problem = f"PROBLEM: Stream not found: {streams.stream_arn(arn) if arn else ''}"
        else:
            self._health.problem = f"PROBLEM: {error.message}"


def _remember(tx: Transaction, row: MappingRow, plan: Plan) -> None:
    tables.add(tx, row, [(shard_id, Progress()) for shard_id in plan.new])
    tables.delete(tx, row, plan.gone)
