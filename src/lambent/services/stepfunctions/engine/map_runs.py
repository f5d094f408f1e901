"""Map runs: child executions begun as there is room, counted as they end, until all have or too many have failed.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.batches import Batch
from lambent.services.stepfunctions.engine.definition.views import json_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.distributed import WRITE_RESULTS
from lambent.services.stepfunctions.engine.interpreter.loop import HISTORY_IS_FULL, Returned, Stopped
from lambent.services.stepfunctions.engine.interpreter.run import Call, End, MapRunRedriven, MapRunWanted
from lambent.services.stepfunctions.tables import calls, executions, map_runs
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.map_runs import MapRunRow
from lambent.store.database import Transaction

if TYPE_CHECKING:
    from lambent.services.stepfunctions.engine.transitions import Transitions

BEGUN_MAX = 100
"""Children begun in one transaction; the rest is for the next, so that others have their turn."""

FEED = "map:feed"
OVERDUE = "map:overdue"
"""As FEED, but that express children may have run too long."""

OVERDUE_FRAMES = -2 * 10**12
FEED_FRAMES = -1_000
"""Below it are the frames that stand in the queue of calls for map runs that have more children to begin."""

EXPRESS_S_MAX = 300
"""How long an express child may take."""

EXPRESS_TIMER = "stepfunctions.express_children"

REDRIVABLE_S = 14 * 24 * 3600
FLATTEN = "FLATTEN"
EXCEEDED = Failure("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")
PENDING_REDRIVE = "PENDING_REDRIVE"
COUNTS = {runs.SUCCEEDED: "succeeded", runs.FAILED: "failed", runs.TIMED_OUT: "timed_out", runs.ABORTED: "aborted"}


@dataclass(slots=True)
class Counting:
    """Map runs within one transaction: how they stand, and which are to be looked after before it ends.

    Counts change with every child, and a transaction may begin and end hundreds: they are written once. ``batch`` is what else
    is written once for many.
    """

    batch: Batch = field(default_factory=Batch)
    rows: dict[int, MapRunRow] = field(default_factory=dict)
    touched: dict[int, Instant] = field(default_factory=dict)
    ended: dict[int, list[tuple[int, str, bytes]]] = field(default_factory=dict)  # place, status and output of children
    counts: dict[int, Counter[str]] = field(default_factory=dict)  # of children that have ended, by the column that tells it

    def find(self, tx: Transaction, run_id: int) -> MapRunRow | None:
        row = self._known(tx, run_id)
        counts = self.counts.pop(run_id, None)
        if row is not None and counts:
            row = self.rows[run_id] = replace(row, **{name: getattr(row, name) + more for name, more in counts.items()})
        return row

    def is_running(self, tx: Transaction, run_id: int) -> bool:
        row = self._known(tx, run_id)
        return row is not None and row.is_running

    def child_ended(self, run_id: int, item: int, status: str, output: bytes) -> None:
        self.counts.setdefault(run_id, Counter())[COUNTS[status]] += 1
        self.ended.setdefault(run_id, []).append((item, status, output))

    def _known(self, tx: Transaction, run_id: int) -> MapRunRow | None:
        row = self.rows.get(run_id) or map_runs.find(tx, run_id)
        if row is not None:
            self.rows[run_id] = row
        return row

    def keep(self, row: MapRunRow) -> None:
        self.rows[row.id] = row

    def write_ends(self, tx: Transaction) -> None:
        for run_id, ended in self.ended.items():
            map_runs.end_items(tx, self.rows[run_id], ended)
        self.ended.clear()


@contextmanager
def counting(tx: Transaction, transitions: "Transitions") -> Iterator[Counting]:
    """The outermost such block begins and ends what there is to begin and to end, and writes the counts."""
    if transitions.counting is not None:
        yield transitions.counting
        return
    found = transitions.counting = Counting()
    try:
        yield found
        while found.touched:
            run_id, now = found.touched.popitem()
            _settle(tx, transitions, found, run_id, now)
        found.write_ends(tx)
        for run_id in list(found.rows):
            if (row := found.find(tx, run_id)) is not None:
                map_runs.save_counts(tx, row)
        found.batch.flush(tx)
    finally:
        transitions.counting = None


def begin(tx: Transaction, transitions: "Transitions", row: ExecutionRow, wanted: MapRunWanted, now: Instant) -> None:
    path = f"{row.execution.machine.name}/{wanted.label}"
    place = (row.id, wanted.frame, wanted.attempt)
    settings = {
        "processor": wanted.processor,
        "is_express": wanted.is_express,
        "writes_to": wanted.writes_to,
        "writes_as": wanted.writes_as,
    }
    run_id = map_runs.insert(
        tx, row.scope, wanted.uuid, place, path, now, limits=wanted.limits, total=wanted.total, settings=settings
    )
    if wanted.is_express:
        transitions.limit_express(tx, row.scope, run_id, now + EXPRESS_S_MAX)
    settle(tx, transitions, run_id, now)


def redrive(tx: Transaction, transitions: "Transitions", row: ExecutionRow, wanted: MapRunRedriven, now: Instant) -> None:
    """Children that have not succeeded run again as there is room, and the rest begins."""
    with counting(tx, transitions) as found:
        found.batch.flush(tx)
        run = map_runs.newest_of_frame(tx, row.id, wanted.frame)
        assert run is not None, "its state has seen it"
        executions.await_redrive(tx, run.id, stopped_since=now - REDRIVABLE_S, lost_cause=HISTORY_IS_FULL)
        map_runs.redrive(tx, run.id, wanted.attempt, now)
        again = replace(
            run,
            status=executions.RUNNING,
            attempt=wanted.attempt,
            stopped_at=None,
            redrive_count=run.redrive_count + 1,
            redriven_at=now,
        )
        found.keep(_counted(tx, again))
        if run.is_express:
            transitions.limit_express(tx, row.scope, run.id, now + EXPRESS_S_MAX)
        settle(tx, transitions, run.id, now)


def _counted(tx: Transaction, run: MapRunRow) -> MapRunRow:
    """As its children's rows have it."""
    counts = executions.counts_of_map_run(tx, run.id)
    return replace(
        run,
        succeeded=counts.get(runs.SUCCEEDED, 0),
        failed=counts.get(runs.FAILED, 0),
        timed_out=counts.get(runs.TIMED_OUT, 0),
        aborted=counts.get(runs.ABORTED, 0),
        pending_redrive=counts.get(PENDING_REDRIVE, 0),
    )


def time_out_express(tx: Transaction, transitions: "Transitions", run_id: int, now: Instant) -> None:
    """Stops express children that have run too long, and looks again when the next may have."""
    with counting(tx, transitions) as found:
        run = found.find(tx, run_id)
        if run is None or not run.is_running:
            return
        for child in executions.overdue_of_map_run(tx, run_id, now - EXPRESS_S_MAX):
            transitions.happen(tx, child, [Stopped(runs.TIMED_OUT, Failure(failures.TIMEOUT))], now)
        found.batch.flush(tx)
        first = executions.first_open_of_map_run(tx, run_id)
        transitions.limit_express(tx, run.scope, run_id, (now if first is None else first) + EXPRESS_S_MAX)


def settle(tx: Transaction, transitions: "Transitions", run_id: int, now: Instant) -> None:
    """Begins what there is room for, or ends the run."""
    with counting(tx, transitions) as found:
        found.touched[run_id] = now


def _settle(tx: Transaction, transitions: "Transitions", found: Counting, run_id: int, now: Instant) -> None:
    run = found.find(tx, run_id)
    if run is None or not run.is_running:
        return
    run = _feed(tx, transitions, found, run, now)
    if has_failed(run):
        _fail(tx, transitions, found, run, now)
    elif run.done == run.total:
        _finish(tx, transitions, found, run, now)


def has_failed(run: MapRunRow) -> bool:
    """Whether more children have failed than are tolerated. Where no bound is given, none is."""
    failures = run.failed + run.timed_out + run.aborted
    if not failures:
        return False
    bounds = []
    if run.tolerated_count:
        bounds.append(failures > run.tolerated_count)
    if run.tolerated_percentage:
        bounds.append(failures * 100 > run.tolerated_percentage * run.total)
    return any(bounds) if bounds else True


def _feed(tx: Transaction, transitions: "Transitions", found: Counting, run: MapRunRow, now: Instant) -> MapRunRow:
    parent = executions.find(tx, run.execution)
    assert parent is not None, "a run is its execution's"
    # As many as there is room for now: children that end at once make more, for which this is looked at again.
    if run.pending_redrive and not has_failed(run):
        run = _redrive_children(tx, transitions, found, run, now)
    room = min(BEGUN_MAX, run.total - run.next, run.concurrency - run.running)
    given = [data.decode() for data in map_runs.inputs(tx, run, run.next, max(0, room))]
    if given and not has_failed(run):
        run = _begin_children(tx, transitions, found, parent, run, given, now)
    if (run.next < run.total or run.pending_redrive) and run.running < run.concurrency:
        feed = Call("", FEED_FRAMES - run.id, run.id, FEED, b"", "", "", "")
        calls.delete_of_frames(tx, run.execution, [feed.frame])
        calls.insert(tx, run.scope, run.execution, [feed])
        found.touched.pop(run.id, None)  # the rest is for that call, not for this transaction
    return run


def _redrive_children(tx: Transaction, transitions: "Transitions", found: Counting, run: MapRunRow, now: Instant) -> MapRunRow:
    """The run as it stands when as many go on as there is room for."""
    found.batch.flush(tx)
    children = executions.awaiting_redrive(tx, run.id, max(0, min(BEGUN_MAX, run.concurrency - run.running)))
    map_runs.end_items(tx, run, [(child.item, "", b"") for child in children])
    found.keep(replace(run, pending_redrive=run.pending_redrive - len(children)))
    for child in children:
        if child.is_express:
            transitions.restart(tx, child, now)
        else:
            transitions.redrive(tx, child, now)
    again = found.find(tx, run.id)
    assert again is not None, "it was kept"
    return again


def _begin_children(
    tx: Transaction,
    transitions: "Transitions",
    found: Counting,
    parent: ExecutionRow,
    run: MapRunRow,
    inputs: list[str],
    now: Instant,
) -> MapRunRow:
    """The run as it stands then: children may have ended already."""
    place = (run.id, run.next, run.settings["processor"])
    found.keep(replace(run, next=run.next + len(inputs)))
    named = [(ids.uuid4(), ids.uuid4() if run.is_express else "", given) for given in inputs]
    children = executions.insert_children(tx, parent, run.path, named, now, place=place)
    for child, given in zip(children, inputs, strict=True):
        transitions.begin(tx, child, now, given=given)
    again = found.find(tx, run.id)
    assert again is not None, "it was kept"
    return again


def child_ended(tx: Transaction, transitions: "Transitions", row: ExecutionRow, end: End, now: Instant) -> None:
    with counting(tx, transitions) as found:
        if not found.is_running(tx, row.map_run):
            return
        output = end.output.encode() if end.output is not None else json_of((end.failure or Failure(None)).details())
        found.child_ended(row.map_run, row.item, end.status, output)
        found.touched[row.map_run] = now


def abort_of(
    tx: Transaction, transitions: "Transitions", execution: int, now: Instant, *, frames: list[int] | None = None
) -> None:
    """Ends the runs of an execution, or of some of its frames, for which nobody waits any more."""
    for run in map_runs.open_of(tx, execution):
        if frames is None or run.frame in frames:
            with counting(tx, transitions) as found:
                _stop(tx, transitions, found, found.find(tx, run.id) or run, runs.ABORTED, now)


def _fail(tx: Transaction, transitions: "Transitions", found: Counting, run: MapRunRow, now: Instant) -> None:
    _stop(tx, transitions, found, run, runs.FAILED, now)
    told = Returned(run.frame, run.attempt, failure=EXCEEDED, is_from_outside=True)
    transitions.happen(tx, run.execution, [told], now)


def _stop(tx: Transaction, transitions: "Transitions", found: Counting, run: MapRunRow, status: str, now: Instant) -> None:
    if not run.is_running:
        return
    map_runs.end(tx, run.id, status, now)
    transitions.unlimit_express(tx, run)
    found.batch.flush(tx)
    if run.pending_redrive:
        found.write_ends(tx)
        executions.forget_redrive(tx, run.id, run.execution, run.frame)
        run = _counted(tx, run)
    still = executions.open_of_map_run(tx, run.id)
    # From here on its children's ends count for nothing.
    found.keep(replace(run, status=status, aborted=run.aborted + len(still)))
    for child in still:
        transitions.happen(tx, child, [Stopped(runs.ABORTED, Failure(None))], now)


def _finish(tx: Transaction, transitions: "Transitions", found: Counting, run: MapRunRow, now: Instant) -> None:
    found.write_ends(tx)
    map_runs.end(tx, run.id, runs.SUCCEEDED, now)
    transitions.unlimit_express(tx, run)
    found.keep(replace(run, status=runs.SUCCEEDED))
    if run.settings["writes_to"] is not None:
        parent = executions.find(tx, run.execution)
        assert parent is not None, "a run is its execution's"
        role_arn = transitions.role_of(tx, parent)
        given = json_of({"run": run.id, "to": run.settings["writes_to"], "as": run.settings["writes_as"]})
        machine_arn = parent.execution.machine.arn
        call = Call("", run.frame, run.attempt, WRITE_RESULTS, given, role_arn, machine_arn, "")
        calls.insert(tx, run.scope, run.execution, [call])
        return
    outputs = [output for _, status, output in all_ends(tx, run) if status == runs.SUCCEEDED]
    whole = b"[" + b",".join(outputs) + b"]"
    if run.settings["writes_as"][0] == FLATTEN:
        whole = json_of(flattened(value_of(whole)))
    told = Returned(run.frame, run.attempt, whole, is_from_outside=True)
    transitions.happen(tx, run.execution, [told], now)


def all_ends(tx: Transaction, run: MapRunRow) -> Iterator[tuple[int, str, bytes]]:
    yield from map_runs.ends(tx, run, 0, run.total)


def flattened(outputs: Iterable[Any]) -> list[Any]:
    """Arrays among outputs become parts of the one array."""
    return [part for output in outputs for part in (output if isinstance(output, list) else [output])]


# ---- operations ------------------------------------------------------------------------------------------------------


def find(tx: Transaction, arn: str, scope: Scope) -> MapRunRow:
    """Raises ResourceNotFound."""
    run = map_runs.find_named(tx, scope, arn.rpartition(":")[2])
    if run is None or run.arn != arn:
        raise errors.ResourceNotFound(arn=arn)
    return run


class Described(Struct, frozen=True):
    """``lost``: how many of its children will not run again, whatever happens."""

    run: MapRunRow
    parent: ExecutionRow
    items: dict[str, int]
    lost: int


def describe(tx: Transaction, arn: str, scope: Scope, now: Instant) -> Described:
    run = find(tx, arn, scope)
    parent = executions.find(tx, run.execution)
    assert parent is not None, "a run is its execution's"
    lost = executions.count_lost_of_map_run(tx, run.id, stopped_since=now - REDRIVABLE_S, lost_cause=HISTORY_IS_FULL)
    return Described(run, parent, map_runs.item_counts(tx, run), lost)


def update(
    tx: Transaction,
    transitions: "Transitions",
    arn: str,
    scope: Scope,
    now: Instant,
    *,
    concurrency: int | None,
    tolerated_count: int | None,
    tolerated_percentage: float | None,
) -> None:
    """Raises ResourceNotFound, ValidationException where it has ended."""
    run = find(tx, arn, scope)
    if not run.is_running:
        raise errors.ValidationException(reason="Map Run is not in a running state")
    map_runs.save_limits(
        tx,
        run.id,
        run.concurrency if concurrency is None else concurrency or 10_000,
        run.tolerated_count if tolerated_count is None else tolerated_count,
        run.tolerated_percentage if tolerated_percentage is None else tolerated_percentage,
    )
    settle(tx, transitions, run.id, now)
