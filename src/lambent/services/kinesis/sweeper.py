"""The loop that deletes what is past its retention."""

from lambent.core.clock import Clock, Instant
from lambent.durable.signals import Signals
from lambent.services.kinesis.engine import retention
from lambent.store.database import Database


class Sweeper:
    """Sleeps while there is nothing to keep, and else until the first of it has been kept long enough."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals

    async def run(self) -> None:
        with self._signals.listen(retention.TOPIC) as listener:
            while True:
                dues = await self._store.read(retention.next_sweeps_at, self._now_of)
                if any(due_at <= self._now_of(account) for account, due_at in dues):
                    await self._sweep()
                    dues = await self._store.read(retention.next_sweeps_at, self._now_of)
                later = [(account, self._not_before(account, due_at)) for account, due_at in dues]
                await listener.wait(self._clock.earliest(later), is_background=True)

    async def _sweep(self) -> None:
        after_id: int | None = 0
        while after_id is not None:
            after_id = await self._store.write(retention.sweep_some, self._now_of, after_id)

    def _not_before(self, account: str, due_at: Instant) -> Instant:
        return max(due_at, self._now_of(account) + retention.SWEEP_EVERY_S_MIN)

    def _now_of(self, account: str) -> Instant:
        return self._clock.of(account).now()
