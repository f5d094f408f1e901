"""Effects on other services: rows written with the change that causes them, delivered after its commit, at least once.

An entry goes when the call was answered and that is committed. A crash between the call and that commit makes the call happen
again after the restart; so does a retry after a failure. Who receives must bear it, as with AWS.

The platform's outbox calls AWS' operations. A service whose effects are slow or of another kind (a POST to a stranger's server)
has a lane of its own: the same rows, delivered by its own worker in its own way, so that they hold up nobody else's.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.clock import Clock, Instant
from lambent.core.context import Context
from lambent.core.errors import Defect, ServiceError
from lambent.core.log import Log
from lambent.core.ports import Caller, Reply
from lambent.durable import tables
from lambent.durable.signals import Signals
from lambent.durable.tables import Call, Entry, Retries
from lambent.durable.workers import Worker
from lambent.store.database import Database, Transaction

TOPIC = "durable.outbox"
CONCURRENCY_MAX = 64
TOO_MANY_REQUESTS = 429
NOT_IMPLEMENTED = 501
RETRIES_DEFAULT = Retries()
TARGET_MEMBERS = ("QueueUrl", "TopicArn", "FunctionName", "EventBusName", "SubscriptionArn")
HELD_BACK_S = 30.0  # how long an entry waits whose end could not be recorded because its handler is at fault

__all__ = ["Call", "Ended", "Entry", "Outbox", "Retries", "is_refusal", "put"]

log = Log("durable")


class Ended(Struct, frozen=True):
    """How an entry ended: with a reply, or given up with the last error after ``attempts`` calls."""

    entry: Entry
    attempts: int
    reply: Reply | None
    error: Exception | None


EndHandler = Callable[[Transaction, Ended], None]

Deliver = Callable[[Entry], Awaitable[Reply]]
"""Makes the call of an entry that was tried ``entry.attempts`` times before."""


class Outbox:
    """One lane of a database's outbox. ``worker`` is the loop that delivers, at most ``concurrency_max`` entries at a time."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        signals: Signals,
        call: Caller,
        concurrency_max: int = CONCURRENCY_MAX,
        lane: str = "",
        deliver: Deliver | None = None,
    ) -> None:
        """``deliver`` stands in for ``call`` in a lane whose calls tell which attempt they are."""
        self._store = store
        self._clock = clock
        self._signals = signals
        self._call = call
        self._make = deliver or self._call_plainly
        self._concurrency_max = concurrency_max
        self._lane = lane
        self._topic = _topic(lane)
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._handlers: dict[str, EndHandler] = {}

    def on_end(self, name: str, handler: EndHandler) -> None:
        """``handler(tx, ended)`` runs in the transaction that removes an entry added with ``on_end=name``."""
        assert name not in self._handlers, f"{name!r} has a handler already"
        self._handlers[name] = handler

    def add(
        self,
        tx: Transaction,
        context: Context,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        retries: Retries = RETRIES_DEFAULT,
        ordering_key: str = "",
        on_end: str = "",
        delay_s: float = 0.0,
    ) -> None:
        """Writes a call that is made after the commit.

        Entries of one account and region with the same ``ordering_key`` are delivered one after another, in the order they were
        added; one that is retried holds up those behind it. A key belongs to one lane. ``parameters``: AWS' member names;
        bytes, aware datetimes survive.
        """
        call = Call(context, service, operation, parameters, ordering_key)
        self.add_all(tx, [call], retries=retries, on_end=on_end, delay_s=delay_s)

    def add_all(
        self,
        tx: Transaction,
        calls: Sequence[Call],
        *,
        retries: Retries = RETRIES_DEFAULT,
        on_end: str = "",
        delay_s: float = 0.0,
    ) -> None:
        """Writes many calls at once, as ``add`` writes one."""
        # On the writer's thread, where nobody acts for an account.
        moments = {account: self._clock.of(account).now() for account in {call.context.account for call in calls}}
        put(tx, calls, lane=self._lane, moments=moments, retries=retries, on_end=on_end, delay_s=delay_s)

    def worker(self) -> Worker:
        return Worker(f"outbox {self._lane}".rstrip(), self.run)

    async def run(self) -> None:
        """Delivers entries as they become due, for ever."""
        try:
            with self._signals.listen(self._topic) as listener:
                while True:
                    next_due_at = await self._deliver_due()
                    await listener.wait(next_due_at, kind="")  # what fires is told entry by entry
        finally:
            await self._cancel_deliveries()

    async def _deliver_due(self) -> Mapping[str, Instant]:
        """Starts what is due and finds room. Returns when to look again, by clock; besides, every end signals."""
        room = self._concurrency_max - len(self._in_flight)
        if room == 0:
            return {}
        in_flight = frozenset(self._in_flight)
        found = await self._store.read(tables.look, self._clock.moments(), lane=self._lane, in_flight=in_flight, count_max=room)
        for entry in found.entries:
            self._clock.note(f"{entry.service}.{entry.operation}", str(entry.id), account=entry.account, region=entry.region)
            self._in_flight[entry.id] = task = asyncio.create_task(self._deliver(entry), name=f"outbox {entry.id}")
            task.add_done_callback(functools.partial(self._landed, entry.id))
        return found.next_due_at

    async def _deliver(self, entry: Entry) -> None:
        try:
            ended = await self._attempt(entry)
            await self._store.write(self._record, ended, self._clock.of(entry.account).now())
        except Exception as error:  # noqa: BLE001 - one handler's defect must not end the other deliveries
            log.error("outbox.record_failed", error=error, entry=entry.id)
            await self._hold_back(entry)

    async def _hold_back(self, entry: Entry) -> None:
        clock = self._clock.of(entry.account)
        due_at = clock.now() + HELD_BACK_S
        try:
            await self._store.write(tables.retry_entry, entry, due_at, entry.attempts)
        except Exception as error:  # noqa: BLE001 - a store that takes nothing: the row still says that the entry is due
            log.error("outbox.hold_back_failed", error=error, entry=entry.id)
            await clock.sleep_until(due_at)  # and stays in flight, or it would be called again and again without a pause

    def _landed(self, entry_id: int, task: asyncio.Task[None]) -> None:
        del self._in_flight[entry_id]
        self._signals.notify(self._topic)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("outbox.delivery_crashed", error=error, entry=entry_id)

    async def _attempt(self, entry: Entry) -> Ended:
        attempts = entry.attempts + 1
        try:
            reply = await self._make(entry)
        except ServiceError as error:
            return Ended(entry, attempts, None, error)
        except Exception as error:  # noqa: BLE001 - the receiver's defect: it is logged, and the call made again
            log.error("outbox.call_failed", error=error, service=entry.service, operation=entry.operation)
            return Ended(entry, attempts, None, error)
        return Ended(entry, attempts, reply, None)

    async def _call_plainly(self, entry: Entry) -> Reply:
        return await self._call(entry.context, entry.service, entry.operation, entry.parameters)

    def _record(self, tx: Transaction, ended: Ended, now: Instant) -> None:
        entry = ended.entry
        retry_at = None if ended.error is None else retry_due_at(entry, ended.error, ended.attempts, now)
        if retry_at is not None:
            tables.retry_entry(tx, entry, retry_at, ended.attempts)
            return
        if not tables.end_entry(tx, entry, now):
            return
        if ended.error is not None:
            reason = type(ended.error).__name__  # not its message, which may quote what the call carried
            log.warning("outbox.given_up", **_whose(entry), attempts=ended.attempts, reason=reason)
        if entry.on_end:
            handler = self._handlers.get(entry.on_end)
            if handler is None:
                raise Defect(f"nobody handles the end of outbox entries of {entry.on_end!r}")
            handler(tx, ended)

    async def _cancel_deliveries(self) -> None:
        tasks = list(self._in_flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def put(
    tx: Transaction,
    calls: Sequence[Call],
    *,
    lane: str,
    moments: Mapping[str, Instant],
    retries: Retries = RETRIES_DEFAULT,
    on_end: str = "",
    delay_s: float = 0.0,
) -> None:
    """Writes calls into a lane, for rules that know the time (``moments``, by account) and not the lane's ``Outbox``."""
    tables.insert_entries(tx, calls, retries=retries, on_end=on_end, lane=lane, moments=moments, delay_s=delay_s)
    tx.signal(_topic(lane))


def _topic(lane: str) -> str:
    return f"{TOPIC}/{lane}" if lane else TOPIC


def _whose(entry: Entry) -> dict[str, str]:
    """Who asked for a call, and of whom: what an operator looks for. Names only, never what the call carries."""
    context = entry.context
    told = {
        "account": entry.account,
        "region": entry.region,
        "principal": context.principal_arn,
        "source": context.source_arn,
        "service": entry.service,
        "operation": entry.operation,
        "target": _target(entry.parameters),
    }
    return {name: value for name, value in told.items() if value}


def _target(parameters: Mapping[str, Any]) -> str:
    """The name of what a call is for, or nothing. PutEvents names its bus in each entry, and Lambda gives it one."""
    entries = parameters.get("Entries")
    inner = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], Mapping) else {}
    names = (given.get(member) for given in (parameters, inner) for member in TARGET_MEMBERS)
    return next((name for name in names if isinstance(name, str)), "")


def retry_due_at(entry: Entry, error: Exception, attempts: int, now: Instant) -> Instant | None:
    """When to call again after ``attempts`` failed calls, or None to give up."""
    retries = entry.retries
    if retries.ends_on_refusal and is_refusal(error):
        return None
    if retries.attempts_max is not None and attempts >= retries.attempts_max:
        return None
    if retries.delays_s:
        delay_s = retries.delays_s[min(attempts, len(retries.delays_s)) - 1]
    else:
        delay_s = min(retries.delay_s_first * retries.delay_factor ** min(attempts - 1, 64), retries.delay_s_max)
    retry_at = now + delay_s
    return retry_at if retry_at <= entry.accepted_at + retries.age_s_max else None


def is_refusal(error: Exception) -> bool:
    """Whether an error blames the request, so that asking again is in vain."""
    if not isinstance(error, ServiceError):
        return False
    # An operation that this platform does not have will not be there a minute later either.
    return (error.is_senders_fault and error.status != TOO_MANY_REQUESTS) or error.status == NOT_IMPLEMENTED
