"""Distributed Maps as the execution sees them that waits: items are read, a map run begins, and ends."""

from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap
from lambent.services.stepfunctions.engine.definition.states import Evaluate
from lambent.services.stepfunctions.engine.definition.views import View, json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.frames import ASKED, CALL, Frame
from lambent.services.stepfunctions.engine.interpreter.run import Call, MapRunWanted, Run

READ_ITEMS = "map:readItems"
WRITE_RESULTS = "map:writeResults"
CONCURRENCY_MAX = 10_000
LABEL_DIGITS = 32


class Sight(Struct, frozen=True):
    """What the state saw when its items were to be read, kept with the call that reads them."""

    entered_id: int
    input: Any
    document: Any
    context: dict[str, Any]
    variables: dict[str, Any]

    def view(self, state: DistributedMap, now: float) -> View:
        return View(state.name, self.entered_id, self.input, self.context, self.variables, now, document=self.document)


def sight_of(parameters: bytes) -> Sight:
    told = value_of(parameters)
    return Sight(told["entered"], told["input"], told["document"], told["context"], told["variables"])


def do_distributed(run: Run, frame: Frame, state: DistributedMap) -> None:
    view = run.view(frame, state)
    view.document = state.flow.effective_input(view)
    length = 0
    if state.reader is None:
        items = state.items(view)
        if not isinstance(items, list | dict):
            raise view.failed(failures.RUNTIME, 'Reference path "$" must point to array.')
        length = len(items)
    _limits(view, state)  # what is wrong with them is told before anything is read
    run.event(frame, "MapStateStarted", {"length": length})
    run.wait_for(frame, CALL)
    sight = {
        "entered": frame.entered_id,
        "input": view.input,
        "document": view.document,
        "context": view.context,
        "variables": view.variables,
    }
    facts = run.facts
    where = (frame.id, frame.attempt, READ_ITEMS, json_of(sight), facts.role_arn, facts.machine_arn, "")
    run.calls.append(Call("", *where))


def _limits(view: View, state: DistributedMap) -> tuple[int, int, float]:
    """Concurrency, and how many and what percentage of children may fail."""
    concurrency = int(_number(view, state.concurrency_max, "MaxConcurrency", 10**9))
    count = int(_number(view, state.tolerated_count, "ToleratedFailureCount", 10**9))
    percentage = _number(view, state.tolerated_percentage, "ToleratedFailurePercentage", 100)
    return min(concurrency or CONCURRENCY_MAX, CONCURRENCY_MAX), count, percentage


def _number(view: View, evaluate: Evaluate | None, field: str, most: float) -> float:
    value = 0 if evaluate is None else evaluate(view)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise view.failed(failures.RUNTIME, f"The {field} field must be a number, but was: {text_of(value)}")
    return float(value)


def returned(run: Run, frame: Frame, state: DistributedMap, output: bytes, *, is_end: bool) -> None:
    """Items have been read, and their number is told; or the map run has ended, and what it comes to is."""
    run.touch(frame)
    if is_end:
        run.event(frame, "MapRunSucceeded")
        run.event(frame, "MapStateSucceeded")
        run.finish(frame, value_of(output))
        return
    view = run.view(frame, state)
    view.document = state.flow.effective_input(view)
    wanted = MapRunWanted(
        frame.id,
        frame.attempt,
        ids.uuid4(),
        state.label or ids.hex_digits(LABEL_DIGITS),
        state.processor,
        state.is_express,
        int(value_of(output)),
        _limits(view, state),
        None if state.writer is None or state.writer.parameters is None else state.writer.parameters(view),
        ("NONE", "JSON") if state.writer is None else (state.writer.transformation, state.writer.output_type),
    )
    frame.phase = ASKED
    run.map_runs.append(wanted)
    machine = run.facts.machine_arn.replace(":stateMachine:", ":mapRun:")
    run.event(frame, "MapRunStarted", {"mapRunArn": f"{machine}/{wanted.label}:{wanted.uuid}"})


def broken(run: Run, frame: Frame, failure: Failure) -> None:
    """Items could not be read, or too many children have failed."""
    run.touch(frame)
    if frame.phase == ASKED:
        run.event(frame, "MapRunFailed", failure.details())
    run.event(frame, "MapStateFailed")
    run.fail(frame, failure)
