"""Runs accepted events: each stays a row until its function has run, so that a crash has it run again.

Each function has a lane of its own, which starts no more events than the function's concurrency has room for: a function that
is slow, throttled or switched off keeps no other waiting.
"""

import asyncio
import math
from dataclasses import dataclass, field

from lambent.core.clock import Clock, Instant
from lambent.core.log import Log
from lambent.durable.signals import Signals
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import async_events
from lambent.services.lambda_.engine.identifiers import FunctionName, Scope
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.tables.async_events import CHANGED_PREFIX, AsyncEvent
from lambent.store.database import Database

EVENTS_RUNNING_MAX = 2_000
EVENTS_STARTED_AT_ONCE = 256

WAKE_TOPIC = "lambda.async-events"

log = Log("lambda")


@dataclass(slots=True)
class Lane:
    """The events of one function. ``throttles`` counts the looks in a row that found no room and nothing running.

    ``entering`` are those of ``running`` that the ledger does not count yet: their room is taken all the same.
    """

    running: set[str] = field(default_factory=set)
    entering: set[str] = field(default_factory=set)
    throttles: int = 0


class EventRunner:
    """One worker that starts what is due and never waits for one event to start the next."""

    def __init__(self, *, store: Database, signals: Signals, clock: Clock, runner: Runner) -> None:
        self._store = store
        self._signals = signals
        self._clock = clock
        self._runner = runner
        self._lanes: dict[FunctionName, Lane] = {}
        self._awake: set[FunctionName] = set()
        self._later: dict[FunctionName, Instant] = {}
        self._starved: set[FunctionName] = set()
        self._running = 0
        store.on_signal(self._hear)

    async def run(self) -> None:
        self._running = 0
        for forgotten in (self._lanes, self._later, self._starved):
            forgotten.clear()
        with self._signals.listen(WAKE_TOPIC) as listener:
            self._awake.update(await self._store.read(async_events.functions_waiting))
            async with asyncio.TaskGroup() as tasks:
                while True:
                    while self._awake:
                        await self._fill(tasks, self._awake.pop())
                    if not await listener.wait(min(self._later.values(), default=math.inf)):
                        self._awake |= {function for function, at in self._later.items() if at <= self._clock.now()}

    def wake(self, function: FunctionName) -> None:
        """Has it look at the function's events soon."""
        self._awake.add(function)
        self._signals.notify(WAKE_TOPIC)

    def _hear(self, topic: str) -> None:
        if topic.startswith(CHANGED_PREFIX):
            account, region, name = topic.removeprefix(CHANGED_PREFIX).split("/")
            self.wake(FunctionName(Scope(account, region), name))

    async def _fill(self, tasks: asyncio.TaskGroup, function: FunctionName) -> None:
        """Starts as many of the function's events as are due and have room, and notes when to look again."""
        lane = self._lanes.setdefault(function, Lane())
        self._later.pop(function, None)
        room = min(await self._room(function) - len(lane.entering), EVENTS_STARTED_AT_ONCE)
        if self._running + room > EVENTS_RUNNING_MAX:
            self._starved.add(function)
            room = EVENTS_RUNNING_MAX - self._running
        if room <= 0:
            self._wait_for_room(function, lane)
            return
        lane.throttles = 0
        started = 0
        for event in await self._store.read(async_events.next_due, function, len(lane.running) + room):
            if event.due_at > self._clock.now():
                self._later[function] = event.due_at
                break
            if event.request_id not in lane.running and started < room:
                started += 1
                lane.running.add(event.request_id)
                lane.entering.add(event.request_id)
                self._running += 1
                tasks.create_task(self._run(function, lane, event.request_id))
        if started == EVENTS_STARTED_AT_ONCE:
            self._awake.add(function)
        if not lane.running and function not in self._later:
            del self._lanes[function]

    async def _room(self, function: FunctionName) -> int:
        try:
            return await self._runner.room(function)
        except errors.FunctionNotFound:
            return EVENTS_STARTED_AT_ONCE  # they will find out, and end
        except errors.FunctionNotReady:
            return 0
        except Exception as error:  # noqa: BLE001 - one function that cannot be read must not stop the others
            log.error("events.unreadable", error=error, function=function.arn)
            return 0

    def _wait_for_room(self, function: FunctionName, lane: Lane) -> None:
        """An event of the lane that ends makes room; where none runs, others hold it, and it is looked for in time."""
        if not lane.running:
            self._later[function] = self._clock.now() + async_events.throttle_delay_s(lane.throttles)
            lane.throttles += 1

    async def _run(self, function: FunctionName, lane: Lane, request_id: str) -> None:
        event = await self._store.read(async_events.load, function.scope, request_id)
        if event is not None:
            await self._run_once(event, lane)
        lane.entering.discard(request_id)
        lane.running.discard(request_id)
        self._running -= 1
        self.wake(function)
        for starved in self._starved:
            self.wake(starved)
        self._starved.clear()

    async def _run_once(self, event: AsyncEvent, lane: Lane) -> None:
        name = (event.scope.account, event.scope.region, event.function_name, event.qualifier)
        try:
            target = await self._runner.find(name)
            lane.entering.discard(event.request_id)  # `run` counts it before it waits for anything
            await self._runner.run(target, event.payload, request_id=event.request_id, trace_id=event.trace_id)
        except (errors.TooManyRequests, errors.FunctionNotReady, errors.RuntimeNotInstalled):
            # It never reached the function: it waits, and no attempt is counted.
            await self._store.write(async_events.postpone, event, self._clock.now())
        except errors.FunctionNotFound:
            await self._store.write(async_events.finish, event)
        except Exception as error:  # noqa: BLE001 - one event that cannot be run must not stop the others
            log.error("event.failed", error=error, function=event.function.invoked_arn, request_id=event.request_id)
            await self._store.write(async_events.postpone, event, self._clock.now())
        else:
            await self._store.write(async_events.finish, event)
