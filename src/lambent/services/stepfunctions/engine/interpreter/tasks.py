"""Tasks: what is to be called, and what comes back of it."""

from typing import Any

from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.resources import ACTIVITY, FUNCTION, Resource
from lambent.services.stepfunctions.engine.definition.states import Evaluate, Task
from lambent.services.stepfunctions.engine.definition.views import View, json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter import tokens
from lambent.services.stepfunctions.engine.interpreter.frames import ASKED, CALL, HEARTBEAT, TIMEOUT, Frame
from lambent.services.stepfunctions.engine.interpreter.run import Call, Run
from lambent.services.stepfunctions.engine.interpreter.steps import checked

WORDS = {FUNCTION: "LambdaFunction", ACTIVITY: "Activity"}
"""What events of a task begin with; "Task" for integrations."""


def do_task(run: Run, frame: Frame, state: Task) -> None:
    resource = state.resource
    frame.secret, token = "", ""
    if resource.waits_for_token or resource.kind == ACTIVITY:
        # It names the event that is written next, which is what the frame will wait for.
        frame.secret = run.new_secret()
        token = tokens.Token(run.scope_id, frame.id, run.last_event_id + 1, frame.secret).text()
    view = run.view(frame, state, token=token)
    document = state.flow.effective_input(view)
    parameters = checked(json_of(state.flow.arguments(view, document)), run.state(frame).name)
    view.document = document
    timeout_s = _seconds(view, state.timeout_s, "TimeoutSeconds")
    frame.heartbeat_s = _seconds(view, state.heartbeat_s, "HeartbeatSeconds") or 0.0
    role_arn = run.facts.role_arn if state.role_arn is None else _role(view, state.role_arn)
    _schedule(run, frame, state, parameters.decode(), timeout_s)
    run.wait_for(frame, ASKED if resource.kind == ACTIVITY else CALL)
    frame.attempt = frame.last_id
    if timeout_s is not None:
        run.set_alarm(frame, TIMEOUT, run.now + timeout_s)
    if not _is_beating_later(resource, parameters):
        _start_heartbeat(run, frame)
    machine_arn, has_own_role = run.facts.machine_arn, state.role_arn is not None
    what = (resource.arn, parameters, role_arn, machine_arn, token, has_own_role)
    run.calls.append(Call(resource.lane, frame.id, frame.attempt, *what))
    if resource.kind != ACTIVITY:
        run.event(frame, f"{word(state)}Started", {} if resource.kind == FUNCTION else resource.event_names)


def _is_beating_later(resource: Resource, parameters: bytes) -> bool:
    """An activity's heart begins to beat when a worker has taken it, a function's when the function has returned."""
    if resource.kind == ACTIVITY:
        return True
    if resource.service != "lambda" or not resource.waits_for_token:
        return False
    given = value_of(parameters)
    return not isinstance(given, dict) or given.get("InvocationType") != "Event"


def _start_heartbeat(run: Run, frame: Frame) -> None:
    if frame.heartbeat_s:
        run.set_alarm(frame, HEARTBEAT, run.now + frame.heartbeat_s)


def _schedule(run: Run, frame: Frame, state: Task, parameters: str, timeout_s: float | None) -> None:
    resource = state.resource
    limits: dict[str, Any] = {}
    if timeout_s is not None:
        limits["timeoutInSeconds"] = int(timeout_s)
    if frame.heartbeat_s and resource.kind != FUNCTION:
        limits["heartbeatInSeconds"] = int(frame.heartbeat_s)
    if resource.kind in (FUNCTION, ACTIVITY):
        details = {"resource": resource.arn, "input": parameters}
    else:
        details = {**resource.event_names, "region": run.facts.region, "parameters": parameters}
    run.event(frame, f"{word(state)}Scheduled", details | limits)


def _seconds(view: View, evaluate: Evaluate | None, field: str) -> float | None:
    if evaluate is None:
        return None
    value = evaluate(view)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 99_999_999:
        raise view.failed(failures.RUNTIME, f"The {field} field must be a positive integer, but was: {text_of(value)}")
    return float(value)


def _role(view: View, evaluate: Evaluate) -> str:
    value = evaluate(view)
    if not isinstance(value, str):
        raise view.failed(failures.RUNTIME, f"The RoleArn field must be a string, but was: {text_of(value)}")
    return value


def word(state: Task) -> str:
    return WORDS.get(state.resource.kind, "Task")


def succeeded(run: Run, frame: Frame, state: Task, output: bytes) -> None:
    """What a function answered, a call returned, a worker or the holder of a token sent: JSON."""
    try:
        checked(output, state.resource.service or state.resource.arn)
    except StateFailed as failed:
        failed_with(run, frame, state, failed.failure)
        return
    run.touch(frame)
    run.silence(frame)
    run.event(frame, f"{word(state)}Succeeded", {**_names(state), "output": output.decode()})
    run.finish(frame, value_of(output))


def submitted(run: Run, frame: Frame, state: Task, output: bytes) -> None:
    """The call of a task that waits for its token has been made."""
    run.touch(frame)
    frame.phase = ASKED
    run.event(frame, "TaskSubmitted", {**_names(state), "output": output.decode()})
    if HEARTBEAT not in frame.timers:
        _start_heartbeat(run, frame)


def started(run: Run, frame: Frame, worker: str) -> None:
    """A worker has taken an activity's task."""
    run.touch(frame)
    run.event(frame, "ActivityStarted", {"workerName": worker} if worker else {})
    _start_heartbeat(run, frame)


def failed_with(run: Run, frame: Frame, state: Task, failure: Failure) -> None:
    run.touch(frame)
    run.silence(frame)
    run.event(frame, f"{word(state)}Failed", {**_names(state), **failure.details()})
    run.fail(frame, failure)


def timed_out(run: Run, frame: Frame, state: Task, kind: str) -> None:
    run.touch(frame)
    run.silence(frame)
    run.recall(frame)
    run.aborted.append(frame.id)
    failure = Failure(failures.HEARTBEAT_TIMEOUT if kind == HEARTBEAT else failures.TIMEOUT)
    run.event(frame, f"{word(state)}TimedOut", {**_names(state), **failure.details()})
    run.fail(frame, failure)


def beat(run: Run, frame: Frame) -> None:
    """Whoever works has told that it still does."""
    if HEARTBEAT in frame.timers:
        run.touch(frame)
        _start_heartbeat(run, frame)


def _names(state: Task) -> dict[str, str]:
    return {} if state.resource.kind in WORDS else state.resource.event_names
