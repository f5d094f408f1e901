"""Takes calls off their queue, has them made, and records what came of them: many ends share a transaction."""

import asyncio
import contextvars
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from lambent.core.clock import Clock, Instant, acting_for, monotonic_s
from lambent.core.log import Log
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.lang import jsonata
from lambent.services.stepfunctions.engine import map_runs
from lambent.services.stepfunctions.engine.definition import resources
from lambent.services.stepfunctions.engine.map_runs import FEED, OVERDUE
from lambent.services.stepfunctions.engine.transitions import WORK_MAX, Overfull, Result, TooLong, Transitions
from lambent.services.stepfunctions.operations.performer import Performer
from lambent.services.stepfunctions.operations.settling import Settling
from lambent.services.stepfunctions.operations.windows import PERIOD_S, Window
from lambent.services.stepfunctions.tables import calls
from lambent.services.stepfunctions.tables.calls import TOPIC, Queued
from lambent.store.database import Database, Transaction

RESULTS_MAX = 256
"""In one transaction: bounds how long others wait for the writer."""

CALLS_MAX = {resources.ORDINARY: 500, resources.FUNCTIONS: 2_000, resources.WAITING: 1_000}
"""At once, by lane."""

log = Log("stepfunctions")


@dataclass(slots=True)
class Lane:
    """``seen`` is the id of the last call that was read; ``has_more``: there may be others behind it."""

    name: str
    window: Window
    running: int = 0
    seen: int = 0
    has_more: bool = False
    look: asyncio.TimerHandle | None = None

    @property
    def room(self) -> int:
        return self.window.size - self.running


def _lanes() -> dict[str, Lane]:
    return {name: Lane(name, Window(CALLS_MAX[name])) for name in resources.LANES}


@dataclass(slots=True)
class Calls:
    """The loop. All that it holds can be read again from the rows."""

    store: Database
    clock: Clock
    signals: Signals
    transitions: Transitions
    performer: Performer
    settling: Settling
    _lanes: dict[str, Lane] = field(default_factory=_lanes)
    _results: list[Result] = field(default_factory=list)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _is_recording: bool = False

    def worker(self) -> Worker:
        return Worker("stepfunctions calls", self.run)

    async def run(self) -> None:
        """Makes calls as they are queued, for ever; after a restart those that were in flight first."""
        self._lanes, self._results, self._is_recording = _lanes(), [], False
        try:
            with self.signals.listen(TOPIC) as listener:
                while True:
                    for lane in self._lanes.values():
                        await self._fill(lane)
                    await listener.wait()
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.performer.close()

    async def _fill(self, lane: Lane) -> None:
        lane.window.look(monotonic_s())
        room = lane.room
        lane.has_more = room <= 0
        if lane.has_more:
            self._look_again(lane)
            return
        found = await self.store.read(calls.after, lane.name, lane.seen, room)
        lane.has_more = len(found) == room
        for queued in found:
            lane.seen = queued.id
            lane.running += 1
            self._begin(self._perform(lane, queued))
        if lane.has_more:
            self._look_again(lane)

    def _look_again(self, lane: Lane) -> None:
        """Soon, when it can be told whether more calls at once get more done."""
        lane.window.full()
        if lane.look is None:
            lane.look = asyncio.get_running_loop().call_later(PERIOD_S, self._look, lane)

    def _look(self, lane: Lane) -> None:
        lane.look = None
        if lane.has_more:
            self.signals.notify(TOPIC)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: not for the sake of whoever has just made it possible.
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call.crashed", error=error)

    async def _perform(self, lane: Lane, queued: Queued) -> None:
        began_s = monotonic_s()
        try:
            with acting_for(queued.scope.account):
                if queued.call.resource in (FEED, OVERDUE):
                    await self._look_after(queued)
                    return
                happening = await self.performer.perform(queued)
        finally:
            lane.running -= 1
            lane.window.ended(monotonic_s() - began_s)
            if lane.has_more:
                self.signals.notify(TOPIC)
        self._results.append(Result(queued.id, queued.scope.account, queued.execution, happening))
        if not self._is_recording:
            self._is_recording = True
            self._begin(self._record_all())

    async def _look_after(self, queued: Queued) -> None:
        """A map run has more children to begin than one transaction should, or some that may have run too long."""
        now = self.clock.of(queued.scope.account).now()
        await self.settling.write(_look_after, self.transitions, queued, now)

    async def _record_all(self) -> None:
        try:
            while self._results:
                results, self._results = self._results[:RESULTS_MAX], self._results[RESULTS_MAX:]
                await self._record(results)
        finally:
            self._is_recording = False

    async def _record(self, results: list[Result]) -> None:
        allowance = jsonata.Allowance(WORK_MAX)
        try:
            await self.settling.write_once(allowance, self.transitions.record, results, self._moments(results))
        except Overfull as full:
            whose = set(list(dict.fromkeys(result.whose for result in results))[: full.count])
            self._results = [result for result in results if result.whose not in whose] + self._results
            await self._record([result for result in results if result.whose in whose])
        except TooLong as error:
            # Its results alone wait for what takes long; the others go on. Where it is of none of these, but of one that waits
            # for their ends, they all wait.
            theirs = [result for result in results if result.whose == error.whose] or results
            self._begin(self._record_apart(theirs))
            others = [result for result in results if result not in theirs]
            if others:
                await self._record(others)
        except Exception as error:  # noqa: BLE001 - one execution that cannot go on must not stop the others
            log.error("results.not_recorded", error=error, count=len(results))
            await self._record_singly(results)

    async def _record_apart(self, results: list[Result]) -> None:
        """However long it takes."""
        try:
            await self.settling.write(self.transitions.record, results, self._moments(results))
        except Overfull:
            await self._record_singly(results)
        except Exception as error:  # noqa: BLE001 - the guilty one
            log.error("execution.broken", error=error, execution=results[0].execution)
            if len(results) > 1:
                await self._record_singly(results)
            else:
                await self._give_up(results[0])

    async def _record_singly(self, results: list[Result]) -> None:
        for result in results:
            await self._record_apart([result])

    async def _give_up(self, result: Result) -> None:
        for way in (self.transitions.give_up, self.transitions.abandon):
            try:
                await self.settling.write(way, result, self.clock.of(result.account).now())
            except Exception as error:  # noqa: BLE001 - the others must go on, whatever is the matter with this one
                log.error("execution.not_given_up", error=error, execution=result.execution)
            else:
                return

    def _moments(self, results: list[Result]) -> dict[str, Instant]:
        return {result.account: self.clock.of(result.account).now() for result in results}


def _look_after(tx: Transaction, transitions: Transitions, queued: Queued, now: Instant) -> None:
    calls.delete(tx, [queued.id])
    if queued.call.resource == OVERDUE:
        map_runs.time_out_express(tx, transitions, queued.call.attempt, now)
    map_runs.settle(tx, transitions, queued.call.attempt, now)
