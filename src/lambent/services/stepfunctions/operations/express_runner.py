"""Runs express executions in memory: asynchronous ones off their queue, synchronous ones for the request that waits."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ParamSpec

from lambent.core.clock import Alarm, Clock, acting_for, resting
from lambent.core.log import Log
from lambent.core.ports import LogSink
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.stepfunctions.engine import log_lines
from lambent.services.stepfunctions.engine.express import Express, finish
from lambent.services.stepfunctions.engine.interpreter.loop import Continued, Due, Happening
from lambent.services.stepfunctions.engine.interpreter.run import Call, Run
from lambent.services.stepfunctions.engine.revisions import Compiled, Revisions
from lambent.services.stepfunctions.operations.apart import apart
from lambent.services.stepfunctions.operations.performer import Performer
from lambent.services.stepfunctions.tables import express
from lambent.services.stepfunctions.tables.calls import Queued
from lambent.services.stepfunctions.tables.express import TOPIC, ExpressRow
from lambent.store.database import Database

RUNNING_MAX = 1_000
UNLOGGED_MAX = 1_000
"""Events of one execution: as soon as there are more they are logged, in the midst of it."""

P = ParamSpec("P")

log = Log("stepfunctions")


class ExpressRunner:
    """``worker`` runs what StartExecution has accepted; ``run`` one execution, to its end."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        signals: Signals,
        performer: Performer,
        revisions: Revisions,
        log_sink: LogSink,
    ) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._performer = performer
        self._revisions = revisions
        self._log_sink = log_sink
        self._tasks: set[asyncio.Task[None]] = set()

    def worker(self) -> Worker:
        return Worker("stepfunctions express", self._work)

    async def _work(self) -> None:
        seen = 0
        try:
            with self._signals.listen(TOPIC) as listener:
                while True:
                    room = RUNNING_MAX - len(self._tasks)
                    for row in await self._store.read(express.after, seen, room) if room else ():
                        seen = row.id
                        # In a context of its own: not for the sake of whoever has just made it possible.
                        task = asyncio.create_task(self._run_kept(row), context=contextvars.Context())
                        self._tasks.add(task)
                        task.add_done_callback(self._landed)
                    await listener.wait()
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._signals.notify(TOPIC)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("express.crashed", error=error)

    async def _run_kept(self, row: ExpressRow) -> None:
        with acting_for(row.execution.scope.account):
            compiled = await self._store.read(self._revisions.find, row.execution.scope, row.revision)
            await self.run(row, compiled)
            await self._store.write(finish, row)

    async def run(self, row: ExpressRow, compiled: Compiled) -> Express:
        """Returns it when it has ended and is logged."""
        execution = Express(row, compiled, row.started_at)
        await _Drive(execution, self._clock.of(row.execution.scope.account), self._performer, self._write_log).to_its_end()
        await self._write_log(execution)
        return execution

    async def _write_log(self, execution: Express) -> None:
        row, settings = execution.row, execution.compiled.row.settings
        stream = log_lines.stream_of(settings, row.execution, row.started_at)
        lines = log_lines.lines(settings, row.execution, execution.events)
        execution.events.clear()
        if stream is not None and lines:
            await self._log_sink.append(stream, lines)


@dataclass(slots=True)
class _Drive:
    """One execution under way: its calls, its alarms, and what they bring."""

    execution: Express
    clock: Clock
    performer: Performer
    write_log: Callable[[Express], Awaitable[None]]
    _happened: "asyncio.Queue[Happening | None]" = field(default_factory=asyncio.Queue)
    _alarms: dict[tuple[int, int, str], Alarm] = field(default_factory=dict)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def to_its_end(self) -> None:
        end = self.clock.call_at(self.execution.due_at, lambda: self._happened.put_nowait(None), kind="stepfunctions.express")
        try:
            self._set_going(await self._apart(self.execution.start))
            while self.execution.end is None:
                if len(self.execution.events) > UNLOGGED_MAX:
                    await self.write_log(self.execution)
                with resting():
                    happening = await self._happened.get()
                if happening is None:
                    self.execution.time_out(self.clock.now())
                else:
                    self._set_going(await self._apart(self.execution.happen, happening, self.clock.now()))
        finally:
            for alarm in [end, *self._alarms.values()]:
                alarm.cancel()
            for task in self._tasks:
                task.cancel()

    async def _apart(self, transition: Callable[P, Run], *args: P.args, **kwargs: P.kwargs) -> Run:
        """Lets others have their turn; where expressions are evaluated, which may take long, on a thread of its own."""
        if self.execution.has_queries:
            return await apart(self.clock, transition, *args, **kwargs)
        await asyncio.sleep(0)
        return transition(*args, **kwargs)

    def _set_going(self, run: Run) -> None:
        for key in run.silenced:
            alarm = self._alarms.pop(key, None)
            if alarm is not None:
                alarm.cancel()
        for wanted in run.alarms:
            self._set_alarm((wanted.frame, wanted.attempt, wanted.kind), wanted.due_at)
        for call in run.calls:
            task = asyncio.create_task(self._perform(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for frame in run.unfinished:
            self._happened.put_nowait(Continued(frame.id))

    def _set_alarm(self, key: tuple[int, int, str], due_at: float) -> None:
        before = self._alarms.pop(key, None)
        if before is not None:
            before.cancel()

        def ring() -> None:
            self._alarms.pop(key, None)
            self._happened.put_nowait(Due(*key))

        self._alarms[key] = self.clock.call_at(due_at, ring, kind="stepfunctions.timer")

    async def _perform(self, call: Call) -> None:
        queued = Queued(0, self.execution.row.execution.scope, 0, call)
        self._happened.put_nowait(await self.performer.perform(queued))
