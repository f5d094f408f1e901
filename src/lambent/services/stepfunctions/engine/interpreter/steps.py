"""Entering and leaving states, and the states that need nobody else: Pass, Choice, Wait, Succeed, Fail."""

from datetime import datetime
from typing import Any

from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition import choices
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap
from lambent.services.stepfunctions.engine.definition.flows import Left
from lambent.services.stepfunctions.engine.definition.states import Choice, Fail, Pass, State, Succeed, Wait
from lambent.services.stepfunctions.engine.definition.views import View, json_of, text_of
from lambent.services.stepfunctions.engine.failures import PAYLOAD_BYTES_MAX, Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter.frames import DELAY, READY, WAIT, Frame
from lambent.services.stepfunctions.engine.interpreter.run import Run

WAIT_S_MAX = 99_999_999


def enter(run: Run, frame: Frame) -> State:
    """Writes the event, and returns the state whose work is to begin."""
    state = run.state(frame)
    run.touch(frame)
    frame.phase = READY
    frame.entered_at = run.now
    frame.retries, frame.secret = [], ""
    details = {"name": state.name, "input": frame.data.decode()}
    frame.entered_id = run.event(frame, f"{kind_of(state)}StateEntered", details)
    return state


def leave(run: Run, frame: Frame, left: Left, target: str | None) -> None:
    """Writes the event, and goes on to ``target``, or to the frame's end."""
    state = run.state(frame)
    run.touch(frame)
    data = frame.data if left.output is run.value(frame) else checked(json_of(left.output), state.name)
    run.set_value(frame, data, left.output)
    details: dict[str, Any] = {"name": state.name, "output": data.decode()}
    if left.assigned:
        run.check_variables(frame, left.assigned, state.name)
        details["assignedVariables"] = {name: text_of(value) for name, value in left.assigned.items()}
        run.assign(frame, left.assigned)
    run.event(frame, f"{kind_of(state)}StateExited", details)
    if target is None:
        run.ended(frame)
    else:
        frame.state, frame.phase, frame.entered_id = target, READY, 0
        run.enter(frame)


def kind_of(state: State) -> str:
    return "Map" if isinstance(state, DistributedMap) else type(state).__name__


def checked(data: bytes, name: str) -> bytes:
    """Raises StateFailed for what is too large to be passed on."""
    if len(data) > PAYLOAD_BYTES_MAX:
        raise StateFailed(
            failures.DATA_LIMIT_EXCEEDED,
            f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit.",
        )
    return data


def do_pass(run: Run, frame: Frame, state: Pass) -> None:
    view = run.view(frame, state)
    if state.flow.is_jsonata:
        left = state.flow.passed(view, view.input)
    else:
        document = state.flow.effective_input(view)
        result = state.flow.arguments(view, document) if state.result is None else state.result(view)
        left = state.flow.finish(view, result)
    leave(run, frame, left, state.next)


def do_succeed(run: Run, frame: Frame, state: Succeed) -> None:
    view = run.view(frame, state)
    leave(run, frame, state.flow.passed(view, state.flow.effective_input(view)), None)


def do_fail(run: Run, frame: Frame, state: Fail) -> None:
    view = run.view(frame, state)
    view.document = view.input
    error = None if state.error is None else _text(view, state.error(view), "Error")
    cause = None if state.cause is None else _text(view, state.cause(view), "Cause")
    run.broken(frame, Failure(error, cause))


def _text(view: View, value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise view.failed(failures.RUNTIME, f"The {field} field must be a String.")
    return value


def do_choice(run: Run, frame: Frame, state: Choice) -> None:
    view = run.view(frame, state)
    document = view.document = state.flow.effective_input(view)
    for rule in state.rules:
        if rule.test(view):
            leave(run, frame, rule.flow.passed(view, document), rule.next)
            return
    if state.default is None:
        reason = "Failed to transition out of the state. The state does not point to a next state."
        raise view.failed(failures.NO_CHOICE_MATCHED, reason)
    leave(run, frame, state.flow.passed(view, document), state.default)


def do_wait(run: Run, frame: Frame, state: Wait) -> None:
    view = run.view(frame, state)
    view.document = state.flow.effective_input(view)
    due_at = _due_at(view, state, run.now)
    if due_at <= run.now:
        end_wait(run, frame, state)
        return
    run.wait_for(frame, WAIT)
    run.set_alarm(frame, DELAY, due_at)


def end_wait(run: Run, frame: Frame, state: Wait) -> None:
    view = run.view(frame, state)
    leave(run, frame, state.flow.passed(view, state.flow.effective_input(view)), state.next)


def _due_at(view: View, state: Wait, now: float) -> float:
    if state.seconds is not None:
        seconds = state.seconds(view)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds % 1:
            raise view.failed(failures.RUNTIME, f"The Seconds field must be an integer, but was: {text_of(seconds)}")
        if not 0 <= seconds <= WAIT_S_MAX:
            reason = f"The Seconds field must be between 0 and {WAIT_S_MAX}, but was: {text_of(seconds)}"
            raise view.failed(failures.RUNTIME, reason)
        return now + float(seconds)
    assert state.timestamp is not None, "one of both is there"
    return _moment(view, state.timestamp(view)).timestamp()


def _moment(view: View, value: Any) -> datetime:
    moment = choices.moment(value)
    if moment is None:
        shown = value if isinstance(value, str) else text_of(value)
        reason = f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {shown}"
        raise view.failed(failures.RUNTIME, reason)
    return moment
