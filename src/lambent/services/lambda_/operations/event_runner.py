"""Runs accepted events: each stays a row until its function has run or it was given up, so that a crash has it run again.

Each function has a lane of its own, which starts no more events than the function's concurrency has room for: a function that
is slow, throttled or switched off keeps no other waiting.
"""

import asyncio
import contextlib
import contextvars
import functools
from collections.abc import Awaitable, Callable, Iterator

from lambent.core import clock as clocks
from lambent.core.clock import NEVER, Clock, Instant
from lambent.core.context import Scope
from lambent.core.log import Log
from lambent.core.ports import Metrics
from lambent.durable.signals import Listener, Signals
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import async_events, retries
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations.attempts import Attempts
from lambent.services.lambda_.operations.lanes import QUEUED_BYTES_MAX, Lane
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX, Name, Resolved
from lambent.services.lambda_.tables.async_events import CHANGED_PREFIX, AsyncEvent
from lambent.store.database import Database

EVENTS_RUNNING_MAX = 2_000
EVENTS_READ_MAX = 128

WAKE_TOPIC = "lambda.async-events"

Work = Callable[[], Awaitable[bool]]
"""Tells whether all that was to be written is written, or only the event's row is left to be deleted."""

log = Log("lambda")


class EventRunner:
    """One worker that starts what is due and never waits for one event to start the next."""

    def __init__(
        self, *, store: Database, signals: Signals, clock: Clock, runner: Runner, attempts: Attempts, metrics: Metrics
    ) -> None:
        self._store = store
        self._signals = signals
        self._clock = clock
        self._runner = runner
        self._attempts = attempts
        self._metrics = metrics
        self._tasks: asyncio.TaskGroup | None = None
        self._lanes: dict[FunctionName, Lane] = {}
        self._awake: dict[FunctionName, None] = {}
        self._later: dict[FunctionName, Instant] = {}
        self._starved: set[FunctionName] = set()
        self._running = 0
        self._offered: dict[str, AsyncEvent] = {}
        self._done: list[tuple[Lane, AsyncEvent]] = []
        self._is_finishing = False
        store.on_signal(self._hear)

    async def accept(self, event: AsyncEvent) -> None:
        """Returns when the event is kept: its caller may be told 202."""
        self._offered[event.request_id] = event
        try:
            is_new = await self._store.write(async_events.accept, event)
        finally:
            self._offered.pop(event.request_id, None)
        if is_new:
            self._metrics.add("lambent_async_events_received_total")

    def forget(self, account: str | None) -> None:
        """After a reset: the rows are gone, so nothing of what waits in memory may run."""
        for lane in list(self._lanes.values()):
            if account in (None, lane.function.scope.account):
                self._read_again(lane)

    async def run(self) -> None:
        self._running = 0
        self._is_finishing = False
        for forgotten in (self._lanes, self._later, self._starved, self._done, self._awake):
            forgotten.clear()
        with self._signals.listen(WAKE_TOPIC) as listener:
            async with asyncio.TaskGroup() as self._tasks:
                try:
                    await self._serve(listener)
                finally:
                    self._tasks = None

    async def _serve(self, listener: Listener) -> None:
        for function in await self._store.read(async_events.functions_waiting):
            self._look(self._lane(function))
        while True:
            while self._awake:
                function = next(iter(self._awake))
                del self._awake[function]
                await self._fill(self._lane(function))
            # What fires is told event by event.
            if not await listener.wait(self._clock.earliest(self._dues()), kind=""):
                self._wake_late()

    # ---- what wakes a lane -------------------------------------------------------------------------------------------

    def _hear(self, topic: str) -> None:
        """After a commit: an event was accepted, or something changed that may matter to those that wait."""
        if topic.startswith(CHANGED_PREFIX):
            account, region, name, *request_id = topic.removeprefix(CHANGED_PREFIX).split("/")
            lane = self._lane(FunctionName(Scope(account, region), name))
            event = self._offered.pop(request_id[0], None) if request_id else None
            if event is not None and self._tasks is not None and lane.takes_more:
                self._push(lane, event)
                self._go(lane)
            else:
                self._look(lane)
        elif topic.startswith(TOPIC_PREFIX) and self._lanes:
            account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
            for lane in list(self._lanes.values()):
                if lane.function.scope == Scope(account, region) and name in ("*", lane.function.name):
                    self._read_again(lane)

    def _lane(self, function: FunctionName) -> Lane:
        lane = self._lanes.get(function)
        if lane is None:
            lane = self._lanes[function] = Lane(function)
        return lane

    def _read_again(self, lane: Lane) -> None:
        lane.forget_queue()
        self._look(lane)

    def _look(self, lane: Lane) -> None:
        """Has the lane's rows looked at soon."""
        lane.has_rows = True
        self._wake(lane)

    def _wake(self, lane: Lane) -> None:
        self._awake[lane.function] = None
        self._signals.notify(WAKE_TOPIC)

    def _dues(self) -> Iterator[tuple[str, Instant]]:
        return ((function.scope.account, at) for function, at in self._later.items())

    def _wake_late(self) -> None:
        for function, at in list(self._later.items()):
            if at <= self._now(function):
                self._awake[function] = None
                self._lane(function).has_rows = True

    def _now(self, function: FunctionName) -> Instant:
        return self._clock.of(function.scope.account).now()

    # ---- from rows to memory -----------------------------------------------------------------------------------------

    async def _fill(self, lane: Lane) -> None:
        """Starts what there is room for, reads more where nothing waits in memory, and notes when to look again."""
        if lane.room_at <= self._now(lane.function):
            lane.room_at = NEVER
        if not lane.queue and lane.has_rows:
            await self._read(lane)
        if lane.has_unknown:
            await self._get_to_know(lane)
        while lane.queue and self._runner.known(_name(lane.queue[0])) is None:
            event = lane.queue[0]
            target = await self._resolve(lane, event)
            if target is not None and lane.queue and lane.queue[0] is event:
                self._go(lane, target)
            if lane.queue and lane.queue[0] is event:
                break
        else:
            self._go(lane)
        if lane.wake_at < NEVER:
            self._later[lane.function] = lane.wake_at
        else:
            self._later.pop(lane.function, None)
            self._forget_unneeded(lane)

    def _forget_unneeded(self, lane: Lane) -> None:
        if not lane.is_needed and self._lanes.get(lane.function) is lane:
            del self._lanes[lane.function]

    async def _read(self, lane: Lane) -> None:
        until = NEVER if await self._is_switched_off(lane.function) else self._now(lane.function)
        lane.has_rows = False  # a signal from here on sets it again
        lane.is_reading, lane.is_outdated = True, False
        try:
            due = await self._store.read(
                async_events.due,
                lane.function,
                until=until,
                held=frozenset(lane.held),
                count_max=EVENTS_READ_MAX,
                bytes_max=QUEUED_BYTES_MAX,
            )
        finally:
            lane.is_reading = False
        if lane.is_outdated:
            self._wake(lane)  # the function changed meanwhile: what was read may be gone with it
            return
        lane.too_old_at = NEVER
        for event in due.events:
            self._push(lane, event)
        lane.has_rows |= due.has_more  # what was accepted or put off meanwhile only comes on top of it
        lane.next_row_at = due.next_due_at

    def _push(self, lane: Lane, event: AsyncEvent) -> None:
        lane.push(event)
        target = self._runner.known(_name(event))
        if target is None:
            lane.has_unknown = True
            self._wake(lane)
        elif (at := event.accepted_at + target.rules.age_s_max) < lane.too_old_at < NEVER:
            lane.too_old_at = at  # it has joined those that wait, and will be the first to become too old
            self._note(lane)

    async def _get_to_know(self, lane: Lane) -> None:
        """Finds what the events that wait are sent to: their age counts also while they are not the first."""
        lane.has_unknown = False
        lane.too_old_at = NEVER
        for name in {_name(event) for event in lane.queue}:
            if self._runner.known(name) is None:
                with contextlib.suppress(Exception):  # it is met again, and dealt with, where an event is to run
                    await self._runner.find(name)

    async def _is_switched_off(self, function: FunctionName) -> bool:
        """Whether nothing of the function may run, so that also those are ended that wait for their next attempt."""
        try:
            target = await self._runner.find((function.scope.account, function.scope.region, function.name, None))
        except Exception:  # noqa: BLE001 - it is met again, and dealt with, where an event is to run
            return False
        return target.reserved_concurrency == 0

    async def _resolve(self, lane: Lane, event: AsyncEvent) -> Resolved | None:
        """What the event, the first of its lane, is sent to now; None where that cannot be known."""
        work: Work | None = None
        try:
            return await self._runner.find(_name(event))
        except errors.FunctionNotFound:
            work = functools.partial(self._attempts.drop, event)
        except errors.FunctionNotReady as unready:
            work = functools.partial(self._attempts.put_off, event, unready.status, unready.message)
        except Exception as error:  # noqa: BLE001 - one function that cannot be read must not stop the others
            log.error("events.unreadable", error=error, function=lane.function.arn)
        if work is None:
            self._wait_for_room(lane)
        elif lane.queue and lane.queue[0] is event:
            self._start(lane, lane.pop(), work)
        return None

    # ---- from memory to environments ---------------------------------------------------------------------------------

    def _go(self, lane: Lane, found: Resolved | None = None) -> None:
        """Starts what waits in memory, as far as there is room. ``found`` is what the first of them is sent to."""
        while lane.queue and self._tasks is not None:
            event = lane.queue[0]
            target = found or self._runner.known(_name(event))
            found = None
            if target is None:
                self._wake(lane)
                return
            condition = self._condition(event, target)
            if condition is not None:
                lane.pop()
                self._give_up(lane, event, target, condition)
            elif self._has_room(lane, target):
                lane.pop()
                lane.entering += 1
                lane.starting[event.request_id] = clocks.monotonic_s()
                self._start(lane, event, functools.partial(self._attempt, lane, event, target))
            else:
                self._give_up_old(lane)
                return
        if lane.has_rows:
            self._wake(lane)

    def _condition(self, event: AsyncEvent, target: Resolved) -> str | None:
        now, reserved = self._now(event.function), target.reserved_concurrency
        return retries.before_attempt(event.accepted_at, target.rules, reserved=reserved, now=now)

    def _give_up(self, lane: Lane, event: AsyncEvent, target: Resolved, condition: str) -> None:
        self._start(lane, event, functools.partial(self._attempts.give_up, event, target, condition))

    def _give_up_old(self, lane: Lane) -> None:
        """What waits for room is not to wait beyond its age. Looks at each only when the first of them may be too old."""
        if self._now(lane.function) < lane.too_old_at < NEVER:
            return
        lane.too_old_at = NEVER
        for event in lane.pop_all():
            target = self._runner.known(_name(event))
            condition = None if target is None else self._condition(event, target)
            if target is not None and condition is not None:
                self._give_up(lane, event, target, condition)
                continue
            lane.push(event)
            if target is not None:
                lane.too_old_at = min(lane.too_old_at, event.accepted_at + target.rules.age_s_max)
        self._note(lane)

    def _has_room(self, lane: Lane, target: Resolved) -> bool:
        if self._running >= EVENTS_RUNNING_MAX:
            self._starved.add(lane.function)
            return False
        if self._runner.room(target) <= lane.entering:
            self._wait_for_room(lane)
            return False
        wait_s = lane.starts_wait_s(clocks.monotonic_s())
        if wait_s:
            if lane.timer is None:
                lane.timer = asyncio.get_running_loop().call_later(wait_s, self._start_more, lane)
            return False
        lane.throttles = 0
        return True

    def _start_more(self, lane: Lane) -> None:
        lane.timer = None
        if self._tasks is not None and self._lanes.get(lane.function) is lane:
            self._go(lane)

    def _wait_for_room(self, lane: Lane) -> None:
        """An event of the lane that ends makes room; where none runs, others hold it, and it is looked for in time."""
        if not lane.running and lane.room_at == NEVER:
            lane.room_at = self._now(lane.function) + retries.throttle_delay_s(lane.throttles)
            lane.throttles += 1
            self._note(lane)

    def _note(self, lane: Lane) -> None:
        """Has the loop wake the lane in time."""
        if self._later.get(lane.function, NEVER) > lane.wake_at:
            self._later[lane.function] = lane.wake_at
            self._signals.notify(WAKE_TOPIC)

    def _start(self, lane: Lane, event: AsyncEvent, work: Work) -> None:
        """Has the work of an event done that has left the queue."""
        lane.running += 1
        self._running += 1
        if event.due_at > event.accepted_at:
            scope = event.scope
            self._clock.note("lambda.async-event", event.request_id, account=scope.account, region=scope.region)
        self._begin(functools.partial(self._run, lane, event, work))

    def _begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """In a context of its own: not for the sake of the request or the event that has just made it possible."""
        assert self._tasks is not None, "nothing is started but by the worker"
        self._tasks.create_task(self._watched(work), context=contextvars.Context())

    async def _watched(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except BaseException:
            self._tasks = None  # the worker ends: from here on nothing is started any more, until it begins anew
            raise

    async def _attempt(self, lane: Lane, event: AsyncEvent, target: Resolved) -> bool:
        lane.entering -= 1
        try:
            return await self._attempts.attempt(event, target)
        except errors.TooManyRequests:
            # Others were quicker. That is no change of the event: it is read again when there is room.
            lane.has_rows = True
            return True

    async def _run(self, lane: Lane, event: AsyncEvent, work: Work) -> None:
        with clocks.acting_for(event.scope.account):
            try:
                is_written = await work()
            except Exception as error:  # noqa: BLE001 - one event that cannot be run must not stop the others
                log.error("event.failed", error=error, function=event.function.invoked_arn, request_id=event.request_id)
                is_written = await self._attempts.put_off(event, errors.SystemFailed.status, errors.SystemFailed.wording)
        lane.running -= 1
        self._running -= 1
        lane.starting.pop(event.request_id, None)
        if is_written:
            lane.held.discard(event.request_id)
        else:
            self._finish(lane, event)
        self._go(lane)
        self._feed_starved()
        self._forget_unneeded(lane)

    def _feed_starved(self) -> None:
        for function in self._starved:
            self._wake(self._lane(function))
        self._starved.clear()

    def _finish(self, lane: Lane, event: AsyncEvent) -> None:
        """Deletes the row soon: those that end while a transaction is under way share the next one."""
        self._done.append((lane, event))
        if not self._is_finishing and self._tasks is not None:
            self._is_finishing = True
            self._begin(self._finish_all)

    async def _finish_all(self) -> None:
        while self._done:
            done, self._done = self._done, []
            await self._store.write(async_events.end_many, [event for _, event in done])
            for lane, event in done:
                lane.held.discard(event.request_id)
                self._forget_unneeded(lane)
        self._is_finishing = False


def _name(event: AsyncEvent) -> Name:
    return event.scope.account, event.scope.region, event.function_name, event.qualifier
