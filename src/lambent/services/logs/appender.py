"""The fast way in for what functions write: many appends share one transaction, and each returns when it is committed.

While one transaction is on its way, what is appended gathers; then all of it goes in the next one, one row for each stream. So
an append alone waits for one commit, and under load the commits grow instead of the queue.
"""

import asyncio
from collections.abc import Sequence

from lambent.core.clock import Clock, monotonic_s
from lambent.core.ports import LogEvent, LogStreamName
from lambent.services.logs.engine import ingestion
from lambent.services.logs.engine.ingestion import StreamId
from lambent.services.logs.tables.batches import Event
from lambent.store.database import Database

STREAMS_KNOWN_MAX = 20_000
GATHER_S_MAX = 0.002
PATIENT_S_MAX, PATIENT_MAX = 0.005, 16  # so long, and so many of them, gather while nobody is in a hurry


class Appender:
    """Used on one event loop."""

    def __init__(self, *, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pending: dict[LogStreamName, list[Event]] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._is_urgent = False  # one of those who wait is in a hurry
        self._gathered: asyncio.Future[None] | None = None  # while all are patient
        self._known: dict[LogStreamName, StreamId] = {}
        self._generation = 0
        self._flushing: asyncio.Task[None] | None = None

    async def append(self, stream: LogStreamName, events: Sequence[LogEvent], *, is_patient: bool = False) -> None:
        """Returns when the events are committed (``core.ports.LogSink``)."""
        if not events:
            return
        pending = self._pending.get(stream)
        if pending is None:
            pending = self._pending[stream] = []
        pending += [(event.timestamp_ms, event.message) for event in events]
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        if not is_patient:
            self._is_urgent = True
        if self._gathered is not None and (self._is_urgent or len(self._waiters) >= PATIENT_MAX):
            _wake(self._gathered)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await waiter

    def forget(self) -> None:
        """Call it before a write that deletes groups or streams: no row may then name what the write deletes.

        Writes happen in the order in which they were asked for. What was asked for before this call is before the deletion;
        what it finds is not kept, and what comes later looks streams up again, behind the deletion.
        """
        self._generation += 1
        self._known = {}

    async def _flush(self) -> None:
        try:
            while self._pending:
                await self._gather()
                await self._flush_once()
        finally:
            self._flushing = None

    async def _gather(self) -> None:
        """Lets the loop turn as long as each turn brings more.

        The turn in which this task began is the first: an append alone waits for no other. When the loop is busy a commit
        takes ten appends along instead of four, which spares an invoke a sixth of the control process' time. While all are
        patient it waits for more of them.
        """
        if not self._is_urgent and len(self._waiters) < PATIENT_MAX:
            loop = asyncio.get_running_loop()
            self._gathered = loop.create_future()
            timer = loop.call_later(PATIENT_S_MAX, _wake, self._gathered)
            try:
                await self._gathered
            finally:
                timer.cancel()
                self._gathered = None
            return
        until_s = monotonic_s() + GATHER_S_MAX
        count = 1
        while len(self._waiters) > count and monotonic_s() < until_s:
            count = len(self._waiters)
            await asyncio.sleep(0)

    async def _flush_once(self) -> None:
        pending, self._pending = self._pending, {}
        waiters, self._waiters, self._is_urgent = self._waiters, [], False
        generation = self._generation
        try:
            found = await self._store.write_at_once(ingestion.append, pending, self._known, now_ms=self._now_ms)
        except Exception as error:  # noqa: BLE001 - it is told to each of those who wait
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        if found and generation == self._generation:
            self._remember(found)
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _now_ms(self, account: str) -> int:
        return int(self._clock.of(account).now() * 1000)

    def _remember(self, found: dict[LogStreamName, StreamId]) -> None:
        if len(self._known) + len(found) > STREAMS_KNOWN_MAX:
            self._known = {}
        self._known.update(found)


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
