"""Keeps a follower for each enabled mapping: takes up changes after they are committed, and all of them after a start."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lambent.core.clock import Clock
from lambent.core.log import Log
from lambent.core.ports import Caller, Metrics
from lambent.durable.signals import Listener, Signals
from lambent.services.lambda_.engine.event_sources import mappings, sources
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.event_sources.queue_follower import QueueFollower
from lambent.services.lambda_.operations.event_sources.stream_follower import StreamFollower
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX
from lambent.services.lambda_.tables.event_source_mappings import CHANGED_TOPIC, MappingRow
from lambent.store.database import Database

log = Log("lambda")


class Follower(Protocol):
    """Follows one mapping's source and invokes its function. Built with the mapping, the neighbours and a TaskGroup."""

    @property
    def problem(self) -> str:
        """Why nothing is handled now; empty where all is well."""
        ...

    def follow(self, row: MappingRow) -> None:
        """Begins, or goes on with changed settings."""
        ...

    def end(self) -> None:
        """Starts nothing any more."""
        ...

    async def leave(self) -> None:
        """Ends, and returns once nothing more is taken from the source. What was taken is still handled."""
        ...

    def wake(self) -> None:
        """The function may have changed: look again."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What every follower works with."""

    store: Database
    call: Caller
    signals: Signals
    clock: Clock
    runner: Runner
    deliveries: Deliveries
    metrics: Metrics


FOLLOWERS: dict[str, Callable[[MappingRow, Neighbours, asyncio.TaskGroup], Follower]] = {
    "sqs": lambda row, near, tasks: QueueFollower(
        row, call=near.call, signals=near.signals, clock=near.clock, runner=near.runner, metrics=near.metrics, tasks=tasks
    ),
    "kinesis": lambda row, near, tasks: _stream_follower(row, near, tasks),
    "dynamodb": lambda row, near, tasks: _stream_follower(row, near, tasks),
}
"""By the kinds of `engine.event_sources.sources`."""


def _stream_follower(row: MappingRow, near: Neighbours, tasks: asyncio.TaskGroup) -> Follower:
    return StreamFollower(
        row,
        store=near.store,
        call=near.call,
        signals=near.signals,
        clock=near.clock,
        runner=near.runner,
        deliveries=near.deliveries,
        metrics=near.metrics,
        tasks=tasks,
    )


Key = tuple[str, str, str]
"""Account, region and id of a mapping."""


@dataclass(slots=True)
class _Kept:
    row: MappingRow
    follower: Follower
    is_following: bool = False


class Following:
    """One worker for the mappings of all accounts."""

    def __init__(self, *, store: Database, neighbours: Neighbours) -> None:
        self._store = store
        self._near = neighbours
        self._kept: dict[Key, _Kept] = {}
        store.on_signal(self._hear)

    async def run(self) -> None:
        self._kept.clear()
        with self._near.signals.listen(CHANGED_TOPIC) as listener:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._keep_up(listener, tasks)
                finally:
                    # Before the tasks are cancelled: a cancelled worker leaves room, of which others would be told.
                    for kept in self._kept.values():
                        kept.follower.end()

    async def _keep_up(self, listener: Listener, tasks: asyncio.TaskGroup) -> None:
        for row in await self._store.read(mappings.enabled):
            if not row.is_settling:
                self._follow(row, tasks)
        while True:
            rows = await self._store.read(mappings.to_take_up)
            if rows:
                await self._take_up(rows, tasks)
            else:
                await listener.wait()

    def problem(self, row: MappingRow) -> str:
        """Why nothing is handled now, in words for LastProcessingResult."""
        kept = self._kept.get(_key(row))
        return kept.follower.problem if kept is not None and kept.is_following else ""

    async def forget(self, account: str | None) -> None:
        """Stops following what an account (None: all) had, after a reset."""
        keys = [key for key in self._kept if account in (None, key[0])]
        for kept in [self._kept.pop(key) for key in keys]:
            await kept.follower.leave()

    async def _take_up(self, rows: list[MappingRow], tasks: asyncio.TaskGroup) -> None:
        for row in rows:
            kept = self._kept.get(_key(row))
            if kept is not None and not row.is_enabled:
                kept.is_following = False
                await kept.follower.leave()
                if row.state == mappings.DELETING:
                    self._kept.pop(_key(row), None)  # a reset may have been quicker
        # Told as settled first: what was deleted by a reset meanwhile is not among them, and is not followed.
        for row in await self._store.write(mappings.settle, rows):
            if row.is_enabled:
                self._follow(row, tasks)

    def _follow(self, row: MappingRow, tasks: asyncio.TaskGroup) -> None:
        kept = self._kept.get(_key(row))
        if kept is None:
            kind = sources.source_of(row.source_arn).kind
            kept = self._kept[_key(row)] = _Kept(row, FOLLOWERS[kind](row, self._near, tasks))
        kept.row, kept.is_following = row, True
        kept.follower.follow(row)

    def _hear(self, topic: str) -> None:
        if not self._kept or not topic.startswith(TOPIC_PREFIX):
            return
        account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
        for kept in self._kept.values():
            function = kept.row.function
            if (function.scope.account, function.scope.region) == (account, region) and name in ("*", function.name):
                kept.follower.wake()


def _key(row: MappingRow) -> Key:
    return row.scope.account, row.scope.region, row.id
