"""Transitions of standard executions inside transactions: load, interpret, write what has changed."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.core.errors import Defect, LambentError
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.lang import jsonata
from lambent.services.stepfunctions.engine import failures, machines, map_runs
from lambent.services.stepfunctions.engine.batches import Batch
from lambent.services.stepfunctions.engine.definition import resources
from lambent.services.stepfunctions.engine.descriptions import begun_result, child_result
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import MachineName, parse_activity
from lambent.services.stepfunctions.engine.interpreter import loop, redriving
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.frames import ROOT, TIMEOUT, Frame
from lambent.services.stepfunctions.engine.interpreter.loop import Due, Happening, Returned, Stopped
from lambent.services.stepfunctions.engine.interpreter.run import Call, End, Facts, Run
from lambent.services.stepfunctions.engine.map_runs import Counting, counting
from lambent.services.stepfunctions.engine.revisions import Compiled, NotCompiled, Revisions
from lambent.services.stepfunctions.engine.spaces import RowSpace
from lambent.services.stepfunctions.tables import activities, calls, executions, frames, history, savepoints
from lambent.services.stepfunctions.tables import map_runs as map_run_rows
from lambent.services.stepfunctions.tables.activities import ActivityTask
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.frames import Loaded
from lambent.services.stepfunctions.tables.map_runs import MapRunRow
from lambent.store.database import Transaction

TIMER = "stepfunctions.timer"
WORK_MAX = 2 * loop.WORK_MAX
"""Evaluations of JSONata in one transaction: what takes more is evaluated elsewhere (`operations.settling`)."""

DUE = "due"
"""Stands where a resource does: a timer has fired, and what comes of it takes too long for its transaction."""

DUE_FRAMES = -(10**12)
"""Less the frame's own number is that of such an entry in the queue of calls, since the frame may have another there."""

DEFECT = "An internal error keeps the execution from going on."
LOGGED_PREFIX = "stepfunctions.logged/"
"""Begins the topic that is signalled for events that are to be logged; execution, first and last id follow."""

WHOLE = -1
"""Stands where a frame does, for the time that the execution as a whole may take."""


TooLong = (jsonata.Overworked, NotCompiled)


class Overfull(LambentError):
    """There is more to evaluate than one transaction should: it could take so many of the executions that it was given."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


class Result(Struct, frozen=True):
    """What came of a call of the queue."""

    call_id: int
    account: str
    execution: int
    happening: Happening

    @property
    def whose(self) -> tuple[str, int]:
        return self.account, self.execution


class Transitions:
    """Everything that happens to standard executions goes through here."""

    def __init__(self, *, timers: Timers, revisions: Revisions) -> None:
        self._timers = timers
        self._revisions = revisions
        self.counting: Counting | None = None  # how map runs stand within the transaction under way
        self._waiting: deque[tuple[int, Happening, Instant]] = deque()  # what happens to others in it
        self._is_under_way = False
        timers.on(TIMER, self._fired)
        timers.on(map_runs.EXPRESS_TIMER, self._express_overdue)

    def begin(self, tx: Transaction, row: ExecutionRow, now: Instant, *, given: str, last_event_id: int = 0) -> None:
        """Of an execution whose row has just been written, with its input."""
        with counting(tx, self) as found:
            compiled = self._revisions.find_at_once(tx, row.scope, row.revision)
            space = RowSpace(tx, row.scope, row.id, given, batch=found.batch)
            run = _run(row, compiled, now, space, last_event_id)
            loop.start(run, qualifiers(row))
            self._limit_time(tx, row, compiled, run)
            self._write(tx, found.batch, row, run, space)

    def happen(
        self,
        tx: Transaction,
        execution_id: int,
        happenings: Sequence[Happening],
        now: Instant,
        *,
        known: Loaded | None = None,
    ) -> int:
        """How many of the happenings somebody still waited for. ``known``: what has just been read of the execution."""
        with counting(tx, self) as found:
            loaded = known or found.batch.take(tx, execution_id, map(_frame_of, happenings))
            if loaded is None or not loaded.row.is_running:
                return 0
            row = loaded.row
            compiled = self._revisions.find_at_once(tx, row.scope, row.revision)
            space = RowSpace(tx, row.scope, row.id, batch=found.batch, known=loaded.frames)
            run = _run(row, compiled, now, space, loaded.last_event_id, look_ahead=len(happenings), is_doomed=loaded.is_doomed)
            count = 0
            for happening in happenings:
                if run.end is None:
                    count += loop.happen(run, happening)
            self._write(tx, found.batch, row, run, space)
            if loaded.is_doomed and run.end is not None:
                found.batch.flush(tx)
                machines.finish_deletion(tx, row.execution.machine)
            return count

    def record(self, tx: Transaction, results: Sequence[Result], moments: Mapping[str, Instant]) -> None:
        """What came of calls; those of one execution share one load of it. ``moments``: what time it is for each account.

        Raises Overfull, Overworked and NotCompiled, which tell whose (account and execution) they are.
        """
        by_execution: dict[tuple[str, int], list[Happening]] = {}
        for result in results:
            by_execution.setdefault(result.whose, []).append(result.happening)
        work_end = jsonata.work_done() + loop.WORK_MAX
        # First, because an execution that ends takes its calls with it, and one that goes on queues new ones.
        calls.delete(tx, [result.call_id for result in results])
        with counting(tx, self) as found:
            found.batch.load(tx, [(result.execution, _frame_of(result.happening)) for result in results])
            for count, (whose, happenings) in enumerate(by_execution.items()):
                if count and jsonata.work_done() > work_end:
                    raise Overfull(count)
                try:
                    self.happen(tx, whose[1], happenings, moments[whose[0]])
                except TooLong as error:
                    error.whose = whose
                    raise

    def give_up(self, tx: Transaction, result: Result, now: Instant) -> None:
        """Fails an execution that a defect keeps from going on, so that nobody waits for it for ever."""
        calls.delete(tx, [result.call_id])
        self.happen(tx, result.execution, [Stopped(runs.FAILED, Failure(failures.RUNTIME, DEFECT))], now)

    def abandon(self, tx: Transaction, result: Result, now: Instant) -> None:
        """Ends an execution without looking at it, when even to give it up fails."""
        calls.delete(tx, [result.call_id])
        calls.delete_of(tx, result.execution)
        activities.delete_tasks_of(tx, result.execution)
        executions.end(tx, [(result.execution, runs.FAILED, now, None, failures.RUNTIME, DEFECT)])

    def role_of(self, tx: Transaction, row: ExecutionRow) -> str:
        return self._revisions.find_at_once(tx, row.scope, row.revision).row.role_arn

    def redrive(self, tx: Transaction, ended: ExecutionRow, now: Instant) -> None:
        """Goes on where an execution failed, was stopped or timed out."""
        executions.redrive(tx, ended.id, now)
        row = replace(
            ended,
            status=executions.RUNNING,
            redrive_count=ended.redrive_count + 1,
            redriven_at=now,
            stopped_at=None,
            error=None,
            cause=None,
        )
        with counting(tx, self) as found:
            compiled = self._revisions.find_at_once(tx, row.scope, row.revision)
            space = RowSpace(tx, row.scope, row.id, batch=found.batch)
            run = _run(row, compiled, now, space, history.last_id(tx, row.id))
            redriving.redrive(run)
            loop.go_on(run)
            self._limit_time(tx, row, compiled, run)
            self._write(tx, found.batch, row, run, space)

    def restart(self, tx: Transaction, ended: ExecutionRow, now: Instant) -> None:
        """Begins an express child anew: nothing is left of what it did."""
        executions.restart(tx, ended.id, now)
        frames.delete_execution(tx, ended.id)
        row = replace(ended, status=executions.RUNNING, started_at=now, stopped_at=None, error=None, cause=None)
        self.begin(tx, row, now, given=executions.read_input(tx, ended.id), last_event_id=history.last_id(tx, ended.id))

    def limit_express(self, tx: Transaction, scope: Scope, run_id: int, due_at: Instant) -> None:
        """When express children of a map run are looked after that may take too long."""
        self._timers.set(tx, map_runs.EXPRESS_TIMER, str(run_id), due_at, run_id, account=scope.account, region=scope.region)

    def unlimit_express(self, tx: Transaction, run: MapRunRow) -> None:
        if run.is_express:
            account, region = run.scope
            self._timers.cancel(tx, map_runs.EXPRESS_TIMER, str(run.id), account=account, region=region)

    def _express_overdue(self, tx: Transaction, timer: Timer) -> None:
        match timer.payload:
            case int(run_id):
                run = map_run_rows.find(tx, run_id)
                if run is not None and run.is_running:
                    overdue = Call("", map_runs.OVERDUE_FRAMES - run.id, run.id, map_runs.OVERDUE, b"", "", "", "")
                    calls.delete_of_frames(tx, run.execution, [overdue.frame])
                    calls.insert(tx, run.scope, run.execution, [overdue])
            case _:
                raise Defect("a timer of express children names their run")

    def _limit_time(self, tx: Transaction, row: ExecutionRow, compiled: Compiled, run: Run) -> None:
        if compiled.definition.timeout_s is not None and run.end is None and not row.map_run:
            self._set(tx, row, WHOLE, 0, TIMEOUT, run.now + compiled.definition.timeout_s)

    # ---- what is written ---------------------------------------------------------------------------------------------

    def _write(self, tx: Transaction, batch: Batch, row: ExecutionRow, run: Run, space: RowSpace) -> None:
        is_logged = (
            self._revisions.find_at_once(tx, row.scope, row.revision).row.settings["loggingConfiguration"]["level"] != "OFF"
        )
        if run.end is None or run.end.status != runs.SUCCEEDED:
            run.flush()  # of a success nothing is kept but its history and its output
        if run.events:
            # Of an express child nothing is kept but how far it has come, where its events are not to be logged.
            batch.add_events(row.scope, row.id, run.events, run.now, are_kept=is_logged or not row.is_express)
            if is_logged:
                tx.signal(f"{LOGGED_PREFIX}{row.id}/{run.events[0].id}/{run.events[-1].id}")
        self._cancel(tx, row, [_key(row.id, frame, attempt, kind) for frame, attempt, kind in run.silenced])
        if run.recalled:
            calls.delete_of_frames(tx, row.id, run.recalled)
            activities.delete_tasks_of_frames(tx, row.id, run.recalled)
            map_runs.abort_of(tx, self, row.id, run.now, frames=run.recalled)
        for frame in run.aborted:
            self._stop_awaited(tx, f"{row.id}/{frame}/", run.now)
        if run.end is not None:
            if run.end.status == runs.SUCCEEDED and space.has_rows:
                batch.drop_frames(row.id)  # nothing is open below a success
            self._end(tx, batch, row, run.end, run.now)
            return
        for alarm in run.alarms:
            self._set(tx, row, alarm.frame, alarm.attempt, alarm.kind, alarm.due_at)
        _queue(tx, batch, row, run.calls, run.unfinished)
        for wanted in run.map_runs:
            map_runs.begin(tx, self, row, wanted, run.now)
        for redriven in run.map_runs_redriven:
            map_runs.redrive(tx, self, row, redriven, run.now)

    def _set(self, tx: Transaction, row: ExecutionRow, frame: int, attempt: int, kind: str, due_at: Instant) -> None:
        key, payload = _key(row.id, frame, attempt, kind), [row.id, frame, attempt, kind]
        self._timers.set(tx, TIMER, key, due_at, payload, account=row.scope.account, region=row.scope.region)

    def _fired(self, tx: Transaction, timer: Timer) -> None:
        match timer.payload:
            case [int(execution), int(frame), int(attempt), str(kind)]:
                happening = due(frame, attempt, kind)
                loaded = frames.load(tx, [(execution, _frame_of(happening))]).get(execution)
                if loaded is not None and loaded.row.is_running:
                    self._come_due(
                        tx, loaded, happening, Call("", DUE_FRAMES - frame, attempt, DUE, kind.encode(), "", "", ""), timer
                    )
            case _:
                raise Defect("a timer of stepfunctions names its frame")

    def _come_due(self, tx: Transaction, loaded: Loaded, happening: Happening, otherwise: Call, timer: Timer) -> None:
        """At once, or, where it takes too long for the timers of others, as a call of the queue."""
        row = loaded.row
        is_short = not row.waiter and not row.map_run and self._revisions.is_short(row.scope, row.revision)
        if is_short:  # and who waits for its end is nobody
            self.happen(tx, row.id, [happening], timer.due_at, known=loaded)
            return
        savepoints.begin(tx)
        try:
            with jsonata.allowing(jsonata.Allowance(WORK_MAX)):
                self.happen(tx, row.id, [happening], timer.due_at, known=loaded)
        except TooLong:
            savepoints.undo(tx)
            calls.delete_of_frames(tx, row.id, [otherwise.frame])
            calls.insert(tx, row.scope, row.id, [otherwise])
        savepoints.end(tx)

    # ---- the end -----------------------------------------------------------------------------------------------------

    def _end(self, tx: Transaction, batch: Batch, row: ExecutionRow, end: End, now: Instant) -> None:
        batch.end(row, end, now)
        if end.status == runs.SUCCEEDED:
            self._silence(tx, row, [])
        else:
            # The frames are kept: a redrive goes on with them.
            batch.flush_of(tx, row.id)
            self._silence(tx, row, frames.timed(tx, row.id))
            calls.delete_of(tx, row.id)
            activities.delete_tasks_of(tx, row.id)
            map_runs.abort_of(tx, self, row.id, now)
            self._stop_awaited(tx, f"{row.id}/", now)
        if row.map_run:
            map_runs.child_ended(tx, self, row, end, now)
        if row.waiter:
            self._tell(tx, row, end, now)

    def _silence(self, tx: Transaction, row: ExecutionRow, timed: Sequence[Frame]) -> None:
        keys = [_key(row.id, frame.id, frame.attempt, kind) for frame in timed for kind in frame.timers]
        if self._revisions.find_at_once(tx, row.scope, row.revision).definition.timeout_s is not None:
            keys.append(_key(row.id, WHOLE, 0, TIMEOUT))
        self._cancel(tx, row, keys)

    def _cancel(self, tx: Transaction, row: ExecutionRow, keys: Sequence[str]) -> None:
        account, region = row.scope
        for key in keys:
            self._timers.cancel(tx, TIMER, key, account=account, region=region)

    def _tell(self, tx: Transaction, row: ExecutionRow, end: End, now: Instant) -> None:
        """Whose task waits for this execution's end."""
        execution, frame, attempt, pattern = row.waiter.split("/")
        if not pattern.startswith("sync"):
            return  # it was begun, and that was all
        given = executions.read_input(tx, row.id)
        output, failure = child_result(row, end, given, now, is_parsed=pattern == "sync:2")
        submitted = begun_result(row)
        told = Returned(int(frame), int(attempt), output, failure, is_from_outside=True, submitted=submitted)
        self._afterwards(tx, int(execution), told, now)

    def is_waited(self, tx: Transaction, waiter: str) -> bool:
        """Whether the task still waits that begins an execution, if it waits at all for what it begins."""
        execution, frame, attempt, pattern = waiter.split("/")
        if not pattern.startswith("sync"):
            return True
        found = frames.load(tx, [(int(execution), int(frame))]).get(int(execution))
        if found is None or not found.row.is_running:
            return False
        waiting = found.frames.get(int(frame))
        return waiting is not None and waiting.is_open and waiting.attempt == int(attempt)

    def _stop_awaited(self, tx: Transaction, waiting: str, now: Instant) -> None:
        """Executions that were begun for a task (``.sync``) end with it."""
        for execution in executions.awaited(tx, waiting):
            self._afterwards(tx, execution, Stopped(runs.ABORTED, Failure(None)), now)

    def _afterwards(self, tx: Transaction, execution: int, happening: Happening, now: Instant) -> None:
        """In the same transaction, one after another: executions may wait for one another in chains of any length."""
        self._waiting.append((execution, happening, now))
        if self._is_under_way:
            return
        self._is_under_way = True
        try:
            while self._waiting:
                other, what, moment = self._waiting.popleft()
                self.happen(tx, other, [what], moment)
        finally:
            self._waiting.clear()
            self._is_under_way = False


def due(frame: int, attempt: int, kind: str) -> Happening:
    """What a timer stands for."""
    return Stopped(runs.TIMED_OUT, Failure(failures.TIMEOUT)) if frame == WHOLE else Due(frame, attempt, kind)


def qualifiers(row: ExecutionRow) -> dict[str, Any]:
    """What the first event and descriptions say of version and alias."""
    machine = row.execution.machine
    told = {}
    if row.alias:
        told["stateMachineAliasArn"] = machine.at(row.alias)
    if row.version:
        told["stateMachineVersionArn"] = machine.at(row.version)
    return told


def facts_of(row: ExecutionRow, compiled: Compiled, *, is_doomed: bool = False) -> Facts:
    machine: MachineName = row.execution.machine
    return Facts(
        arn=row.execution.arn,
        name=row.execution.name,
        machine_arn=machine.arn,
        machine_name=machine.name,
        role_arn=compiled.row.role_arn,
        machine=row.machine,
        region=row.scope.region,
        started_at=row.started_at,
        redrive_count=row.redrive_count,
        redriven_at=row.redriven_at,
        is_doomed=is_doomed,
    )


def _run(
    row: ExecutionRow,
    compiled: Compiled,
    now: Instant,
    space: RowSpace,
    last_event_id: int = 0,
    *,
    look_ahead: int = 1,
    is_doomed: bool = False,
) -> Run:
    return Run(
        facts_of(row, compiled, is_doomed=is_doomed), compiled.definition, space, last_event_id, now, str(row.id), look_ahead
    )


def _frame_of(happening: Happening) -> int:
    return ROOT if isinstance(happening, Stopped) else happening.frame


def _queue(tx: Transaction, batch: Batch, row: ExecutionRow, made: Sequence[Call], unfinished: Sequence[Frame]) -> None:
    """Hands over what is to be called, and offers workers their tasks."""
    due: list[Call] = []
    for call in made:
        resource = resources.parse(call.resource)
        if resource is not None and resource.kind == resources.ACTIVITY:
            task = ActivityTask(row.id, call.frame, call.attempt, call.token, call.parameters.decode())
            activities.insert_task(tx, parse_activity(call.resource), task)
        else:
            due.append(call)
    due += [Call("", frame.id, frame.attempt, calls.CONTINUE, b"", "", "", "") for frame in unfinished]
    if due:
        batch.add_calls(row.scope, row.id, due)


def _key(execution: int, frame: int, attempt: int, kind: str) -> str:
    return f"{execution}/{frame}/{attempt}/{kind}"


__all__ = ["Result", "Scope", "Transitions", "facts_of", "qualifiers"]
