"""A loop of housekeeping: what rows say is due is done when its moment has come, on whichever clock, and not before."""

from collections.abc import Callable

from lambent.core.clock import Clock, Instant
from lambent.durable.signals import Signals
from lambent.store.database import Database, Transaction

NowOf = Callable[[str], Instant]
"""Tells an account's time."""


class Keeper:
    """Sleeps until what ``dues`` says, or until ``topic`` says that it may be sooner; no clock jumps for its sake."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        signals: Signals,
        topic: str,
        dues: Callable[[Transaction], list[tuple[str, Instant]]],
        keep_some: Callable[[Transaction, NowOf], bool],
    ) -> None:
        """``dues``: accounts and moments. ``keep_some`` does a part of what is due, in one transaction."""
        self._store = store
        self._clock = clock
        self._signals = signals
        self._topic = topic
        self._dues = dues
        self._keep_some = keep_some

    async def run(self) -> None:
        with self._signals.listen(self._topic) as listener:
            while True:
                dues = await self._store.read(self._dues)
                if any(due_at <= self._now_of(account) for account, due_at in dues):
                    await self._store.write(self._keep_some, self._now_of)
                else:
                    await listener.wait(self._clock.earliest(dues), is_background=True)

    def _now_of(self, account: str) -> Instant:
        return self._clock.of(account).now()
