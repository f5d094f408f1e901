"""The transition function: something happens to an execution, and it goes on as far as it can.

It does no input or output: what it needs it asks of the run's Space, what comes of it stands in the run.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from lambent.lang import jsonata
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap
from lambent.services.stepfunctions.engine.definition.states import (
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    State,
    Succeed,
    Task,
    Wait,
)
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter import distributed, failing, fans, steps, tasks
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.frames import (
    ASKED,
    CALL,
    DELAY,
    FAILED,
    FAN,
    NOBODY,
    READY,
    RETRY,
    ROOT,
    WAIT,
    Frame,
)
from lambent.services.stepfunctions.engine.interpreter.run import End, HistoryIsFull, Run

STEPS_MAX = 200
"""States entered in one transition; the rest is for the next, so that others have their turn."""

WORK_MAX = 500
"""Evaluations of JSONata (a hundred take a millisecond or two) after which no more states are entered, either."""

_STOPPED = {runs.ABORTED: "ExecutionAborted", runs.TIMED_OUT: "ExecutionTimedOut", runs.FAILED: "ExecutionFailed"}

NESTED_TOO_DEEPLY = "The data of the execution is nested too deeply."

HISTORY_IS_FULL = f"The execution reached the maximum number of history events ({runs.EVENTS_MAX})."

_BEGIN: Mapping[type[State], Callable[[Run, Frame, Any], None]] = {
    Pass: steps.do_pass,
    Choice: steps.do_choice,
    Wait: steps.do_wait,
    Succeed: steps.do_succeed,
    Fail: steps.do_fail,
    Task: tasks.do_task,
    Parallel: fans.do_parallel,
    Map: fans.do_map,
    DistributedMap: distributed.do_distributed,
}


# ---- what may happen -------------------------------------------------------------------------------------------------


class Returned(Struct, frozen=True):
    """What came of a call, or what the holder of a token tells: JSON, or a failure."""

    frame: int
    attempt: int
    output: bytes = b""
    failure: Failure | None = None
    secret: str = ""  # where it is told with a token
    is_final: bool = True  # False where a call has only handed over to who will tell the outcome
    is_from_outside: bool = False  # not what a call of the queue returned
    submitted: bytes = b""  # what the call would have returned, had the outcome not come first


class Beat(Struct, frozen=True):
    frame: int
    attempt: int
    secret: str


class Taken(Struct, frozen=True):
    """A worker has taken an activity's task."""

    frame: int
    attempt: int
    worker: str


class Due(Struct, frozen=True):
    """A timer has fired."""

    frame: int
    attempt: int
    kind: str


class Continued(Struct, frozen=True):
    """A frame that had used up its steps has its turn again."""

    frame: int


class Stopped(Struct, frozen=True):
    status: str  # ABORTED, TIMED_OUT, or FAILED where a defect forbids to go on
    failure: Failure


Happening = Returned | Beat | Taken | Due | Continued | Stopped


def start(run: Run, details: dict[str, Any]) -> None:
    """Begins an execution; ``details`` go into its first event."""
    number, given = run.facts.machine, run.space.input()
    machine = run.definition.machines[number]
    frame = Frame(ROOT, NOBODY, 0, number, machine.start_at, READY, data=given.encode())
    run.add(frame)
    run.event(frame, "ExecutionStarted", {"input": given, "roleArn": run.facts.role_arn, **details})
    frame.last_id = 0  # AWS lets the first state follow nothing
    run.enter(frame)
    go_on(run)


def happen(run: Run, happening: Happening) -> bool:
    """False where nobody waits for it any more, and nothing has changed."""
    if isinstance(happening, Stopped):
        _stop(run, happening)
        return True
    frame = run.find(happening.frame)
    if frame is None or not _is_awaited(frame, happening):
        return False
    try:
        try:
            _apply(run, frame, happening)
        except RecursionError:
            _end_failed(run, Failure(failures.RUNTIME, NESTED_TOO_DEEPLY))
        except StateFailed as failed:
            failing.state_failed(run, frame, failed.failure, failed.location)
    except HistoryIsFull:
        _end_full(run)
    go_on(run)
    return True


def go_on(run: Run, *, steps_max: int = STEPS_MAX) -> None:
    """Does what there is to do, entering at most so many states."""
    try:
        _go_on(run, steps_max)
    except HistoryIsFull:
        _end_full(run)


def _go_on(run: Run, steps_max: int) -> None:
    steps_left, work_end = steps_max, jsonata.work_done() + WORK_MAX
    while run.todo and run.end is None:
        kind, frame, given = run.todo.popleft()
        if frame.phase == FAILED:
            continue  # it was aborted meanwhile
        if kind == runs.ENTER:
            if run.facts.is_doomed:
                _end_failed(run, Failure(failures.RUNTIME, f"State machine {run.facts.machine_name} has been deleted."))
                return
            if steps_left == 0 or jsonata.work_done() > work_end:
                run.touch(frame)
                run.unfinished.append(frame)
                continue
            steps_left -= 1
        try:
            _do(run, kind, frame, given)
        except RecursionError:
            _end_failed(run, Failure(failures.RUNTIME, NESTED_TOO_DEEPLY))
        except StateFailed as failed:
            # What fails while the next child is begun is a failure of the state that it works for.
            owner = run.frame(frame.parent) if kind == runs.ENDED else frame
            if owner.phase == FAN:
                fans.fail(run, owner)
            failing.state_failed(run, owner, failed.failure, failed.location)


def _do(run: Run, kind: str, frame: Frame, given: Any) -> None:
    if kind == runs.ENTER:
        begin(run, frame, steps.enter(run, frame))
    elif kind == runs.RESUME:
        begin(run, frame, run.state(frame))
    elif kind == runs.FINISH:
        state = run.state(frame)
        steps.leave(run, frame, state.flow.finish(run.view(frame, state), given), state.next)
    elif kind == runs.ENDED:
        if frame.parent == NOBODY:
            _end_succeeded(run, frame)
        else:
            fans.child_ended(run, frame)
    elif kind == runs.FAIL:
        failing.state_failed(run, frame, given)
    else:
        failing.frame_broken(run, frame)
        if frame.parent == NOBODY:
            _end_failed(run, given)
        else:
            fans.child_failed(run, frame, given)


def fail(run: Run, frame: Frame, failure: Failure, location: str | None) -> None:
    """The frame's state has failed."""
    failing.state_failed(run, frame, failure, location)


def begin(run: Run, frame: Frame, state: State) -> None:
    """Begins, or begins again, the work of a state that has been entered."""
    _BEGIN[type(state)](run, frame, state)


# ---- happenings ------------------------------------------------------------------------------------------------------


def _is_awaited(frame: Frame, happening: Happening) -> bool:
    if isinstance(happening, Continued):
        return frame.phase == READY
    if isinstance(happening, Stopped) or frame.attempt != happening.attempt:
        return False
    if isinstance(happening, Due):
        return frame.is_open
    if isinstance(happening, Taken):
        return frame.phase == ASKED
    if happening.secret:
        return frame.phase in (CALL, ASKED) and frame.secret == happening.secret
    # A result that comes by itself ends the call, or the wait for a child; never the wait for a token.
    return frame.phase == CALL or (frame.phase == ASKED and not frame.secret)


def _apply(run: Run, frame: Frame, happening: Happening) -> None:
    state = run.state(frame)
    if isinstance(happening, Continued):
        run.enter(frame)
    elif isinstance(happening, Due):
        _due(run, frame, state, happening.kind)
    elif isinstance(happening, Beat):
        tasks.beat(run, frame)
    elif isinstance(happening, Taken):
        tasks.started(run, frame, happening.worker)
    elif isinstance(happening, Returned) and isinstance(state, DistributedMap):
        if happening.failure is not None:
            distributed.broken(run, frame, happening.failure)
        else:
            distributed.returned(run, frame, state, happening.output, is_end=happening.is_from_outside)
    elif isinstance(happening, Returned):
        assert isinstance(state, Task), "only tasks call"
        _returned(run, frame, state, happening)


def _returned(run: Run, frame: Frame, state: Task, happening: Returned) -> None:
    if happening.is_from_outside and frame.phase == CALL:
        run.recall(frame)  # the call's own end is of no interest any more
        if happening.submitted:
            tasks.submitted(run, frame, state, happening.submitted)
    if happening.failure is not None:
        tasks.failed_with(run, frame, state, happening.failure)
    elif not happening.is_final:
        tasks.submitted(run, frame, state, happening.output)
    else:
        tasks.succeeded(run, frame, state, happening.output)


def _due(run: Run, frame: Frame, state: State, kind: str) -> None:
    run.touch(frame)
    frame.timers = tuple(timer for timer in frame.timers if timer != kind)
    if kind != DELAY:
        assert isinstance(state, Task), "only tasks time out"
        tasks.timed_out(run, frame, state, kind)
        return
    if frame.phase == RETRY:
        begin(run, frame, state)
        return
    assert frame.phase == WAIT, "nothing else is delayed"
    assert isinstance(state, Wait), "nothing else waits"
    steps.end_wait(run, frame, state)


# ---- the end ---------------------------------------------------------------------------------------------------------


def _end_succeeded(run: Run, frame: Frame) -> None:
    output = frame.data.decode()
    run.event(frame, "ExecutionSucceeded", {"output": output})
    run.end = End(runs.SUCCEEDED, output=output)


def _end_failed(run: Run, failure: Failure) -> None:
    root = run.frame(ROOT)
    run.event(root, "ExecutionFailed", failure.details())
    run.end = End(runs.FAILED, failure=failure)


def _end_full(run: Run) -> None:
    """As AWS does: the event before the last is the last that the execution has brought about."""
    failure = Failure(failures.RUNTIME, HISTORY_IS_FULL)
    run.event(run.frame(ROOT), "ExecutionFailed", failure.details(), previous_id=run.last_event_id)
    run.end = End(runs.FAILED, failure=failure)


def _stop(run: Run, happening: Stopped) -> None:
    root = run.frame(ROOT)
    run.event(root, _STOPPED[happening.status], happening.failure.details(), previous_id=0)
    run.end = End(happening.status, failure=happening.failure)
