"""The loop that deletes what is past its retention, and counts what came in meanwhile."""

from lambent.core.clock import Clock, Instant
from lambent.durable.signals import Signals
from lambent.services.logs.engine import retention, statistics
from lambent.store.database import Database

TOPIC = "logs.retention"
"""Signalled when a group's retention changes."""


class Sweeper:
    """Sleeps while no group has a retention, and for an hour at a time otherwise."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals

    async def run(self) -> None:
        with self._signals.listen(TOPIC) as listener:
            while True:
                await self._sweep()
                sweeps_at = await self._store.read(retention.next_sweeps_at, self._now_of)
                await listener.wait(self._clock.earliest(sweeps_at.items()), is_background=True)

    async def _sweep(self) -> None:
        while await self._store.read(retention.is_anything_expired, self._now_of):
            await self._store.write(retention.sweep_some, self._now_of)
        while await self._store.read(statistics.is_anything_uncounted):
            await self._store.write(statistics.catch_up_some)

    def _now_of(self, account: str) -> Instant:
        return self._clock.of(account).now()
