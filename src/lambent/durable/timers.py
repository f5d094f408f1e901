"""Timers that are rows: set and cancelled inside the caller's transaction, and still there after a restart.

A due timer's handler runs in the transaction that deletes the timer, so it takes effect exactly once. The timers of an account
that has a clock of its own are due by that clock; in the handler ``timer.due_at`` is the time.

A service whose timers repeat for ever has a lane of its own, whose sleep is housekeeping: no clock jumps for its sake.
"""

from collections.abc import Callable, Mapping

from lambent.core.clock import PLATFORM, Clock, Instant
from lambent.core.errors import Defect
from lambent.core.log import Log
from lambent.durable import tables
from lambent.durable.signals import Signals
from lambent.durable.tables import Timer
from lambent.durable.workers import Worker
from lambent.store.database import Database, Transaction

TOPIC = "durable.timers"
FIRED_MAX = 500  # timers in one transaction
POSTPONED_S_FIRST = 1.0
POSTPONED_S_MAX = 300.0

Handler = Callable[[Transaction, Timer], None]

log = Log("durable")


class Timers:
    """The timers of one lane of a database. ``worker`` is the loop that fires them; it sleeps until the next one is due."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals, lane: str = "", is_background: bool = False) -> None:
        """``is_background``: they repeat for ever, so nobody who waits until nothing is left to do waits for them."""
        self._store = store
        self._clock = clock
        self._signals = signals
        self._lane = lane
        self._is_background = is_background
        self._topic = f"{TOPIC}/{lane}" if lane else TOPIC
        self._handlers: dict[str, Handler] = {}

    def on(self, kind: str, handler: Handler) -> None:
        """``handler(tx, timer)`` runs for each due timer of this kind. Register before the worker starts."""
        assert kind not in self._handlers, f"timers of kind {kind!r} have a handler already"
        self._handlers[kind] = handler

    def set(
        self,
        tx: Transaction,
        kind: str,
        key: str,
        due_at: Instant,
        payload: object = None,
        *,
        account: str = "",
        region: str = "",
    ) -> None:
        """Sets the timer, or sets it anew. ``payload``: what msgpack can say, bytes and aware datetimes among it.

        A timer set with its ``account`` goes when the account is reset, and has its own keys.
        """
        tables.upsert_timer(
            tx, kind=kind, key=key, due_at=due_at, payload=payload, account=account, region=region, lane=self._lane
        )
        tx.signal(self._topic)

    def cancel(self, tx: Transaction, kind: str, key: str, *, account: str = "", region: str = "") -> bool:
        """True when there was one."""
        return tables.delete_timer(tx, kind=kind, key=key, account=account, region=region)

    def worker(self) -> Worker:
        return Worker(f"timers {self._lane}".rstrip(), self.run)

    async def run(self) -> None:
        """Fires timers as they become due, for ever."""
        with self._signals.listen(self._topic) as listener:
            while True:
                next_due_at = await self._store.read(tables.next_timers_due_at, self._lane)
                moments = self._clock.moments()
                if any(due_at <= moments.get(account, 0.0) for account, due_at in next_due_at.items()):
                    await self._fire_due(moments)
                else:
                    # What fires is told timer by timer.
                    await listener.wait(next_due_at, is_background=self._is_background, kind="")

    async def _fire_due(self, moments: Mapping[str, Instant]) -> None:
        try:
            fired = await self._store.write(self._fire, moments, FIRED_MAX)
        except Exception:  # noqa: BLE001 - the guilty one is found, logged and postponed below
            fired = await self._fire_singly(moments)
        for timer in fired:
            self._clock.note(timer.kind, timer.key, account=timer.account, region=timer.region)

    def _fire(self, tx: Transaction, moments: Mapping[str, Instant], count_max: int) -> list[Timer]:
        return [timer for timer in tables.due_timers(tx, moments, count_max, self._lane) if self._fire_one(tx, timer, moments)]

    def _fire_one(self, tx: Transaction, due: Timer, moments: Mapping[str, Instant]) -> bool:
        timer = tables.take_timer(tx, due.id, _now_of(due, moments))
        if timer is None:
            return False
        handler = self._handlers.get(timer.kind)
        if handler is None:
            raise Defect(f"nobody handles timers of kind {timer.kind!r}")
        handler(tx, timer)
        return True

    async def _fire_singly(self, moments: Mapping[str, Instant]) -> list[Timer]:
        """After a batch failed: each alone. The guilty one is postponed, so that it holds up no other and is not lost."""
        fired = []
        for timer in await self._store.read(tables.due_timers, moments, FIRED_MAX, self._lane):
            try:
                if await self._store.write(self._fire_one, timer, moments):
                    fired.append(timer)
            except Exception as error:  # noqa: BLE001 - one handler's defect must not hold up the other timers
                log.error("timer.failed", error=error, kind=timer.kind, key=timer.key)
                delay_s = min(POSTPONED_S_FIRST * 2.0**timer.failures, POSTPONED_S_MAX)
                await self._store.write(tables.postpone_timer, timer.id, _now_of(timer, moments) + delay_s)
        return fired


def _now_of(timer: Timer, moments: Mapping[str, Instant]) -> Instant:
    return moments.get(timer.account, moments[PLATFORM])
