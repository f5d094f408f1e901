"""Runs accepted events: each stays a row until its function has run, so that a crash has it run again."""

import asyncio
import math

from lambent.core.clock import Clock, Instant
from lambent.durable.signals import Signals
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import async_events
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.tables.async_events import ACCEPTED_TOPIC, AsyncEvent, DueEvent
from lambent.store.database import Database

EVENTS_RUNNING_MAX = 1_000
EVENTS_READ_AT_ONCE = 256


class EventRunner:
    """One worker that starts what is due, up to a bound, and never waits for one event to start the next."""

    def __init__(self, *, store: Database, signals: Signals, clock: Clock, runner: Runner) -> None:
        self._store = store
        self._signals = signals
        self._clock = clock
        self._runner = runner
        self._running: set[tuple[str, str, str]] = set()

    async def run(self) -> None:
        self._running.clear()
        with self._signals.listen(ACCEPTED_TOPIC) as listener:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await listener.wait(await self._start_due(tasks))

    async def _start_due(self, tasks: asyncio.TaskGroup) -> Instant:
        """Starts what is due. Returns when to look again, unless something is signalled before."""
        while len(self._running) < EVENTS_RUNNING_MAX:
            count_max = len(self._running) + EVENTS_READ_AT_ONCE
            events = await self._store.read(async_events.next_due, count_max)
            for event in events:
                if event.due_at > self._clock.now():
                    return event.due_at
                key = _key(event)
                if key not in self._running and len(self._running) < EVENTS_RUNNING_MAX:
                    self._running.add(key)
                    tasks.create_task(self._run(event))
            if len(events) < count_max:
                break
        return math.inf

    async def _run(self, due: DueEvent) -> None:
        event = await self._store.read(async_events.load, due.scope, due.request_id)
        if event is not None:
            await self._run_once(event)
        is_full = len(self._running) >= EVENTS_RUNNING_MAX
        self._running.discard(_key(due))
        if is_full:
            self._signals.notify(ACCEPTED_TOPIC)

    async def _run_once(self, event: AsyncEvent) -> None:
        name = (event.scope.account, event.scope.region, event.function_name, event.qualifier)
        try:
            target = await self._runner.find(name)
            await self._runner.run(target, event.payload, request_id=event.request_id, trace_id=event.trace_id)
        except (errors.TooManyRequests, errors.FunctionNotReady, errors.RuntimeNotInstalled):
            # It never reached the function: it waits, and no attempt is counted.
            await self._store.write(async_events.postpone, event, self._clock.now())
        except errors.FunctionNotFound:
            await self._store.write(async_events.finish, event)
        else:
            await self._store.write(async_events.finish, event)


def _key(event: DueEvent) -> tuple[str, str, str]:
    return event.scope.account, event.scope.region, event.request_id
