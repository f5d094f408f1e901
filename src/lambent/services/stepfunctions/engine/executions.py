"""Executions: started, stopped, described, told again, and driven on after a failure."""

from collections.abc import Sequence

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import machines, map_runs
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, MachineName, checked_name
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.loop import Stopped
from lambent.services.stepfunctions.engine.json_words import checked, refusal
from lambent.services.stepfunctions.engine.machines import Found
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import executions, history
from lambent.services.stepfunctions.tables import machines as machine_rows
from lambent.services.stepfunctions.tables import map_runs as map_run_rows
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.history import Recorded
from lambent.services.stepfunctions.tables.machines import RevisionRow, find_revision
from lambent.store.database import Transaction

EXPRESS = "EXPRESS"
INPUT_BYTES_MAX = 262_144
CHILD_OF_MAP_RUN = "Child executions of a Map Run are redriven with its parent execution"


class Asked(Struct, frozen=True):
    """What StartExecution asks for. ``waiter`` is the task that begins it (execution/frame/attempt/pattern), or empty."""

    machine: MachineName
    name: str | None
    given: str
    trace_header: str
    endpoint_url: str
    waiter: str = ""


class Page(Struct, frozen=True):
    """Executions, and the id below which the next page begins."""

    rows: list[ExecutionRow]
    next_before: int | None


class Described(Struct, frozen=True):
    """``map_run_arn`` is empty where no map run has begun it, ``not_redrivable`` None where nothing forbids a redrive."""

    row: ExecutionRow
    given: str
    output: str | None
    map_run_arn: str
    not_redrivable: str | None


def checked_input(text: str | None) -> str:
    """Raises InvalidExecutionInput."""
    if text is None:
        return "{}"
    if not text:
        raise errors.InvalidExecutionInput(reason="Invalid execution input.")
    if len(text.encode("utf-8", "surrogatepass")) > INPUT_BYTES_MAX:
        raise errors.ValidationException(
            reason="1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {INPUT_BYTES_MAX}"
        )
    try:
        checked(text)
    except ValueError as error:
        raise errors.InvalidExecutionInput(reason=refusal(text)) from error
    return text


def start(tx: Transaction, transitions: Transitions, asked: Asked, now: Instant) -> ExecutionRow:
    """Raises what ``resolve_to_start`` does, StateMachineTypeNotSupported, InvalidName, ExecutionAlreadyExists."""
    found = machines.resolve_to_start(tx, asked.machine)
    if found.machine.type == EXPRESS:
        raise errors.StateMachineTypeNotSupported()
    return begin(tx, transitions, found, asked, now)


def begin(tx: Transaction, transitions: Transitions, found: Found, asked: Asked, now: Instant) -> ExecutionRow:
    """Of a standard machine. Raises InvalidName, ExecutionAlreadyExists.

    The same name and input while that execution runs is the same execution.
    """
    name = ids.uuid4() if asked.name is None else checked_name(asked.name)
    execution = ExecutionName(asked.machine.scope, asked.machine.name, name)
    if asked.waiter and not transitions.is_waited(tx, asked.waiter):
        raise errors.TaskTimedOut()  # its task was stopped or timed out while it was about to begin this
    row = insert(tx, execution, found, asked, now)
    if row is None:
        return _again(tx, execution, asked)
    transitions.begin(tx, row, now, given=asked.given)
    return row


def insert(tx: Transaction, execution: ExecutionName, found: Found, asked: Asked, now: Instant) -> ExecutionRow | None:
    """The new row, or None where there is one of this name."""
    return executions.insert(
        tx,
        execution,
        revision=found.revision.id,
        version=found.version,
        alias=found.alias,
        started_at=now,
        endpoint_url=asked.endpoint_url,
        trace_header=asked.trace_header,
        waiter=asked.waiter,
        given=asked.given,
    )


def _again(tx: Transaction, execution: ExecutionName, asked: Asked) -> ExecutionRow:
    row = executions.find_named(tx, execution)
    assert row is not None, "its name is taken"
    if asked.waiter and row.waiter == asked.waiter:
        return row  # its task has begun it before, and a crash came in between: it may have ended meanwhile
    if not row.is_running or executions.read_input(tx, row.id) != asked.given:
        raise errors.ExecutionAlreadyExists(arn=execution.arn)
    return row


def find(tx: Transaction, execution: ExecutionName) -> ExecutionRow:
    """Raises ExecutionDoesNotExist."""
    row = executions.find_named(tx, execution)
    if row is None or row.execution.run_id != execution.run_id:
        raise errors.ExecutionDoesNotExist(arn=execution.arn)
    return row


def find_standard(tx: Transaction, execution: ExecutionName) -> ExecutionRow:
    """For what AWS does not do to express executions. Raises ExecutionDoesNotExist."""
    row = find(tx, execution)
    if row.is_express:
        raise errors.ExecutionDoesNotExist(arn=execution.arn)
    return row


def describe(tx: Transaction, execution: ExecutionName, now: Instant) -> Described:
    row = find(tx, execution)
    run = map_run_rows.find(tx, row.map_run) if row.map_run else None
    map_run_arn = "" if run is None else run.arn
    given, output = executions.read_input(tx, row.id), executions.read_output(tx, row.id)
    return Described(row, given, output, map_run_arn, not_redrivable(tx, row, now))


def stop(tx: Transaction, transitions: Transitions, execution: ExecutionName, failure: Failure, now: Instant) -> Instant:
    """When it ended, also where it had ended before."""
    row = find_standard(tx, execution)
    if row.stopped_at is not None:
        return row.stopped_at
    transitions.happen(tx, row.id, [Stopped(runs.ABORTED, failure)], now)
    return now


def redrive(tx: Transaction, transitions: Transitions, execution: ExecutionName, now: Instant) -> Instant:
    """When it goes on. Raises ExecutionNotRedrivable."""
    row = find(tx, execution)
    why = not_redrivable(tx, row, now) or (CHILD_OF_MAP_RUN if row.map_run else None)
    if why is not None:
        raise errors.ExecutionNotRedrivable(reason=why)
    transitions.redrive(tx, row, now)
    return now


def not_redrivable(tx: Transaction, row: ExecutionRow, now: Instant) -> str | None:
    """Why it cannot be redriven, in AWS' words, or None."""
    if row.status in (executions.RUNNING, runs.SUCCEEDED, map_runs.PENDING_REDRIVE):
        return f"Execution is {row.status} and cannot be redriven"
    if history.last_id(tx, row.id) >= runs.EVENTS_MAX - 1:
        return "Execution history event limit exceeded"
    if row.stopped_at is not None and now > row.stopped_at + map_runs.REDRIVABLE_S:
        return "Execution redrivable period exceeded"
    machine = machine_rows.find(tx, row.execution.machine)
    if machine is None or machine.created_at > row.started_at:
        return "State machine does not exist"
    if machine.is_deleting:
        return "State machine is in DELETING status"
    return None


def events(
    tx: Transaction, execution: ExecutionName, *, start: int, count_max: int, is_reversed: bool
) -> tuple[Sequence[Recorded], int]:
    """The events from ``start`` on (0: the first, or the last where reversed), and where the next page begins, or 0."""
    row = find_standard(tx, execution)
    last = history.last_id(tx, row.id)
    if is_reversed:
        begin = start or last
        page = history.between(tx, row.id, max(1, begin - count_max + 1), begin)[::-1]
        return page, max(0, begin - count_max)
    begin = start or 1
    page = history.between(tx, row.id, begin, begin + count_max - 1)
    return page, begin + count_max if begin + count_max <= last else 0


def newest(tx: Transaction, machine: MachineName, *, status: str | None, before: int, count_max: int) -> Page:
    """Those of a machine, a version or an alias. Raises StateMachineDoesNotExist, StateMachineTypeNotSupported."""
    found = machines.resolve(tx, machine)
    if found.machine.type == EXPRESS:
        raise errors.StateMachineTypeNotSupported()
    rows = executions.newest(tx, machine, status=status, before=before, count_max=count_max + 1)
    page = rows[:count_max]
    shown = [row for row in page if machine.qualifier in ("", row.alias, str(row.version))]
    return Page(shown, page[-1].id if len(rows) > count_max else None)


def newest_of_map_run(tx: Transaction, *, arn: str, scope: Scope, status: str | None, before: int, count_max: int) -> Page:
    """Child executions of a map run. Raises ResourceNotFound."""
    run = map_runs.find(tx, arn, scope)
    rows = executions.newest_of_map_run(tx, run.id, before=before, count_max=count_max + 1)
    page = rows[:count_max]
    return Page([row for row in page if status in (None, row.status)], page[-1].id if len(rows) > count_max else None)


def with_revision(tx: Transaction, execution: ExecutionName) -> tuple[ExecutionRow, RevisionRow]:
    """What the execution runs. Raises ExecutionDoesNotExist."""
    row = find(tx, execution)
    revision = find_revision(tx, row.scope, row.revision)
    assert revision is not None, "revisions stay"
    return row, revision
