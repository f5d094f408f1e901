"""Express executions: what is begun, and how one goes on in memory.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

import math
from dataclasses import dataclass, field

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import failures, log_lines, machines
from lambent.services.stepfunctions.engine.executions import EXPRESS, Asked
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, checked_name
from lambent.services.stepfunctions.engine.interpreter import loop
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.frames import MemorySpace
from lambent.services.stepfunctions.engine.interpreter.loop import Happening, Stopped
from lambent.services.stepfunctions.engine.interpreter.run import End, Event, Facts, Run
from lambent.services.stepfunctions.engine.revisions import Compiled, Revisions
from lambent.services.stepfunctions.tables import express
from lambent.services.stepfunctions.tables.express import ExpressRow
from lambent.store.database import Transaction

TIME_S_MAX = 300
MEMORY_MB = 64
BILLED_MS = 100


def begin(tx: Transaction, asked: Asked, now: Instant, *, is_kept: bool) -> ExpressRow:
    """What is to run, and a row where it ``is_kept``. Raises StateMachineDoesNotExist, StateMachineTypeNotSupported."""
    found = machines.resolve_to_start(tx, asked.machine)
    if found.machine.type != EXPRESS:
        raise errors.StateMachineTypeNotSupported()
    name = ids.uuid4() if asked.name is None else checked_name(asked.name)
    execution = ExecutionName(asked.machine.scope, asked.machine.name, name, ids.uuid4())
    row = ExpressRow(0, execution, found.revision.id, found.version, found.alias, now, asked.given)
    if is_kept:
        express.insert(tx, row)
    return row


def finish(tx: Transaction, row: ExpressRow) -> None:
    """Nothing is kept of one that has ended."""
    express.delete(tx, row.id)
    machines.finish_deletion(tx, row.execution.machine)


def prepare(tx: Transaction, asked: Asked, now: Instant, revisions: Revisions) -> tuple[ExpressRow, Compiled]:
    """A synchronous execution, of which nothing is kept."""
    row = begin(tx, asked, now, is_kept=False)
    return row, revisions.find(tx, row.execution.scope, row.revision)


@dataclass(slots=True)
class Express:
    """One execution in memory. ``events`` are those that are to be logged and are not yet, each with its time."""

    row: ExpressRow
    compiled: Compiled
    now: Instant
    events: list[tuple[Event, Instant]] = field(default_factory=list)
    end: End | None = None
    stopped_at: Instant = 0.0
    last_event_id: int = 0
    _space: MemorySpace = field(init=False)

    def __post_init__(self) -> None:
        self._space = MemorySpace(self.row.given)

    @property
    def due_at(self) -> Instant:
        """When it times out."""
        return self.row.started_at + min(self.compiled.definition.timeout_s or TIME_S_MAX, TIME_S_MAX)

    @property
    def has_queries(self) -> bool:
        """Whether JSONata is evaluated in it."""
        return self.compiled.has_queries

    def start(self) -> Run:
        run = self._run(self.row.started_at)
        loop.start(run, {})
        return self._taken(run)

    def happen(self, happening: Happening, now: Instant) -> Run:
        run = self._run(now)
        loop.happen(run, happening)
        return self._taken(run)

    def time_out(self, now: Instant) -> None:
        self.happen(Stopped(runs.TIMED_OUT, Failure(failures.TIMEOUT)), now)

    def billed_ms(self) -> int:
        duration_ms = (self.stopped_at - self.row.started_at) * 1000
        return max(1, math.ceil(duration_ms / BILLED_MS)) * BILLED_MS

    def _run(self, now: Instant) -> Run:
        execution = self.row.execution
        facts = Facts(
            arn=execution.arn,
            name=execution.name,
            machine_arn=execution.machine.arn,
            machine_name=execution.machine.name,
            role_arn=self.compiled.row.role_arn,
            region=execution.scope.region,
            started_at=self.row.started_at,
        )
        return Run(facts, self.compiled.definition, self._space, self.last_event_id, now, "", has_history=False)

    def _taken(self, run: Run) -> Run:
        run.flush()
        self.last_event_id = run.last_event_id
        level = self.compiled.row.settings["loggingConfiguration"]["level"]
        # Their number has no bound, so nothing is kept of what nobody will read.
        self.events += [(event, run.now) for event in run.events if log_lines.is_wanted(level, event.type)]
        if run.end is not None:
            self.end, self.stopped_at = run.end, run.now
        return run
