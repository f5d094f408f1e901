"""Parallel and Map: the frames below them, begun as there is room, and gathered when all have ended."""

from typing import Any

from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.states import Map, Parallel, State
from lambent.services.stepfunctions.engine.definition.views import View, json_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter.frames import (
    DONE,
    FAILED,
    FAN,
    PENDING,
    READY,
    Fan,
    Frame,
)
from lambent.services.stepfunctions.engine.interpreter.run import Run
from lambent.services.stepfunctions.engine.interpreter.steps import kind_of

INLINE_CONCURRENCY_MAX = 40


def do_parallel(run: Run, frame: Frame, state: Parallel) -> None:
    view = run.view(frame, state)
    data = json_of(state.flow.arguments(view, state.flow.effective_input(view)))
    run.event(frame, "ParallelStateStarted")
    first = run.new_frame_ids(len(state.branches))
    for index, machine in enumerate(state.branches):
        run.add(Frame(first + index, frame.id, index, machine, "", PENDING, data=data))
    _begin(run, frame, first, total=len(state.branches), concurrency=len(state.branches))


def do_map(run: Run, frame: Frame, state: Map) -> None:
    view = run.view(frame, state)
    view.document = state.flow.effective_input(view)
    items = _items(view, state)
    concurrency = _concurrency(view, state)
    run.event(frame, "MapStateStarted", {"length": len(items)})
    if not items:
        run.event(frame, "MapStateSucceeded")
        run.finish(frame, [])
        return
    first = run.new_frame_ids(len(items))
    for index, item in enumerate(items):
        run.add(Frame(first + index, frame.id, index, state.processor, "", PENDING, item=json_of({"Index": index} | item)))
    _begin(run, frame, first, total=len(items), concurrency=concurrency)


def _items(view: View, state: Map) -> list[dict[str, Any]]:
    """What ``$$.Map.Item`` says of each, besides its index."""
    found = state.items(view)
    if isinstance(found, list):
        return [{"Value": value} for value in found]
    if state.flow.is_jsonata:
        if isinstance(found, dict):
            return [{"Key": key, "Value": value} for key, value in found.items()]
        raise view.failed(failures.QUERY_EVALUATION_ERROR, "The Items field must be an array or an object.", location="Items")
    raise view.failed(failures.RUNTIME, 'Reference path "$" must point to array.')


def _concurrency(view: View, state: Map) -> int:
    asked = 0 if state.concurrency_max is None else state.concurrency_max(view)
    if isinstance(asked, bool) or not isinstance(asked, int | float) or asked < 0:
        raise view.failed(failures.RUNTIME, f"The MaxConcurrency field must be a non-negative integer, but was: {asked}")
    return min(int(asked) or INLINE_CONCURRENCY_MAX, INLINE_CONCURRENCY_MAX)


def _begin(run: Run, frame: Frame, first: int, *, total: int, concurrency: int) -> None:
    run.wait_for(frame, FAN)
    fan = Fan(frame.id, first, total, 0, 0, frame.last_id, concurrency)
    run.add_fan(fan)
    while fan.next < min(total, concurrency):
        begin_next(run, frame, fan)


def begin_next(run: Run, frame: Frame, fan: Fan) -> None:
    """Begins the first branch or iteration that has not begun. Raises StateFailed where an ItemSelector does."""
    state = run.state(frame)
    child = run.next_child(fan)
    run.touch(child)
    child.last_id = fan.started_id
    if isinstance(state, Map):
        run.event(child, "MapIterationStarted", _iteration(state, child))
        try:
            _select(run, frame, child, state)
        except StateFailed:
            run.event(child, "MapIterationFailed", _iteration(state, child))
            raise  # it has not begun: a redrive begins it
    fan.next += 1
    child.state = run.definition.machines[child.machine].start_at
    child.phase = READY
    run.enter(child)


def _select(run: Run, frame: Frame, child: Frame, state: Map) -> None:
    item = value_of(child.item)
    if state.selector is None:
        run.set_value(child, json_of(item["Value"]), item["Value"])
        return
    view = run.view(frame, state)
    view.document = state.flow.effective_input(view)
    view.context = {**view.context, "Map": {"Item": item}}
    value = state.selector(view)
    run.set_value(child, json_of(value), value)


def _iteration(state: State, child: Frame) -> dict[str, Any]:
    return {"name": state.name, "index": child.index}


def child_ended(run: Run, child: Frame) -> None:
    frame = run.frame(child.parent)
    state, fan = run.state(frame), run.fan(frame)
    run.touch(child)
    if isinstance(state, Map):
        run.event(child, "MapIterationSucceeded", _iteration(state, child))
    child.phase = DONE
    fan.done += 1
    if fan.next < fan.total:
        begin_next(run, frame, fan)
    elif fan.done == fan.total:
        _gather(run, frame, state, child.last_id)


def _gather(run: Run, frame: Frame, state: State, last_id: int) -> None:
    result = value_of(b"[" + b",".join(run.outputs(frame)) + b"]")
    run.drop_below(frame)
    run.touch(frame)
    run.event(frame, f"{kind_of(state)}StateSucceeded", previous_id=last_id)
    run.finish(frame, result)


def child_failed(run: Run, child: Frame, failure: Failure) -> None:
    """One failure fails the whole: the others are aborted."""
    frame = run.frame(child.parent)
    state = run.state(frame)
    run.touch(child)
    child.phase = FAILED
    if isinstance(state, Map):
        run.event(child, "MapIterationFailed", _iteration(state, child))
    fail(run, frame, child.last_id)
    run.fail(frame, failure)


def fail(run: Run, frame: Frame, previous_id: int | None = None) -> None:
    """Aborts what is below the frame, whose state has failed."""
    run.touch(frame)
    abort_below(run, frame)
    run.event(frame, f"{kind_of(run.state(frame))}StateFailed", previous_id=previous_id)


def abort_below(run: Run, frame: Frame) -> None:
    """Ends what is open below a frame; what it waits for is wanted no longer."""
    state = run.state(frame)
    for child in run.open_children(frame):
        abort(run, child)
        if isinstance(state, Map):
            run.event(child, "MapIterationAborted", _iteration(state, child))


def abort(run: Run, frame: Frame) -> None:
    if frame.phase == FAN:
        abort_below(run, frame)
    run.touch(frame)
    run.silence(frame)
    run.recall(frame)
    run.aborted.append(frame.id)
    kind = kind_of(run.state(frame))
    if frame.phase != READY and kind in ("Task", "Wait", "Map", "Parallel"):
        run.event(frame, f"{kind}StateAborted")
    frame.phase = FAILED
    frame.attempt = run.last_event_id
