"""TestState: one state alone, with a mock of its work or the work itself.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition
from lambent.services.stepfunctions.engine.definition.flows import PathFlow
from lambent.services.stepfunctions.engine.definition.states import Definition, Map, Parallel, State, Task
from lambent.services.stepfunctions.engine.definition.views import json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter import loop, steps
from lambent.services.stepfunctions.engine.interpreter.frames import NOBODY, ROOT, Frame, MemorySpace
from lambent.services.stepfunctions.engine.interpreter.run import Call, Facts, Run

NAME = "StateName"
"""What a state is called that is given without a name."""

SUCCEEDED, FAILED, RETRIABLE, CAUGHT_ERROR = "SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"
AFTER_WORK = ("Task", "Map", "Parallel")


class Mock(Struct, frozen=True):
    """Either ``result`` is there, JSON, or ``failure``."""

    result: bytes | None
    failure: Failure | None


class Verdict(Struct, frozen=True):
    """``output`` is JSON. ``details``: which Retry or Catch met the error, and how long a retry waits."""

    status: str
    output: str | None = None
    failure: Failure | None = None
    next: str | None = None
    details: Mapping[str, int] | None = None


class StateTest:
    """One state under test. ``call`` is the work to be done for it, if there is any."""

    def __init__(
        self, definition: Definition, name: str, given: str, facts: Facts, variables: bytes, now: Instant, retries: int
    ) -> None:
        self.state: State = definition.machines[0].states[name]
        self._run = run = Run(facts, definition, MemorySpace(given), 0, now, "")
        self._frame = Frame(ROOT, NOBODY, 0, 0, name, data=given.encode(), variables=variables)
        self._retries = [retries] * len(self.state.retriers)
        self._failure: Failure | None = None
        run.add(self._frame)
        steps.enter(run, self._frame)
        self._frame.retries = list(self._retries)

    def begin(self) -> Call | None:
        """Does the state's own part. Returns the call whose answer it needs."""
        self._guarded(lambda: loop.begin(self._run, self._frame, self.state))
        return self._run.calls[0] if self._run.calls else None

    def finish(self, result: bytes | None, failure: Failure | None) -> None:
        """The work has come to this."""
        if failure is not None:
            self._fail(failure, None)
        else:
            assert result is not None, "there is one of both"
            self._run.finish(self._frame, value_of(result))
            self._go_on()

    def verdict(self) -> Verdict:
        run, frame = self._run, self._frame
        left = next((event for event in run.events if event.type.endswith("StateExited")), None)
        if run.end is not None and run.end.failure is not None:
            return Verdict(FAILED, failure=run.end.failure)
        if left is None:
            if run.alarms and self._failure is not None:
                return self._to_be_tried_again(self._failure)
            return Verdict(SUCCEEDED, frame.data.decode(), next=self.state.next)
        following = frame.state if frame.state != self.state.name else None
        if self._failure is not None:
            number = next(n for n, catcher in enumerate(self.state.catchers) if self._failure.matches(catcher.errors))
            details = {"catchIndex": number}
            return Verdict(CAUGHT_ERROR, left.details["output"], self._failure, following, details)
        return Verdict(SUCCEEDED, left.details["output"], next=following)

    def inspection(self, result: bytes | None) -> dict[str, str]:
        """What the data was on its way, as far as it came."""
        told = {"input": self._run.space.input()}
        view = self._run.view(self._frame, self.state)
        view.input = value_of(told["input"])
        flow = self.state.flow
        try:
            document = flow.effective_input(view)
            arguments = flow.arguments(view, document)
            if not isinstance(flow, PathFlow):
                return told | {"afterArguments": text_of(arguments)}
            told |= {"afterInputPath": text_of(document), "afterParameters": text_of(arguments)}
            if result is not None and type(self.state).__name__ in AFTER_WORK:
                selected = flow.selected(view, value_of(result))
                told |= {"result": result.decode(), "afterResultSelector": text_of(selected)}
                told["afterResultPath"] = text_of(flow.placed(view, selected))
        except StateFailed:
            pass  # the verdict says so
        return told

    def _to_be_tried_again(self, failure: Failure) -> Verdict:
        (alarm,) = self._run.alarms
        number = next(n for n, retrier in enumerate(self.state.retriers) if failure.matches(retrier.errors))
        wait_s = int(alarm.due_at - self._run.now)
        return Verdict(RETRIABLE, failure=failure, details={"retryIndex": number, "retryBackoffIntervalSeconds": wait_s})

    def _fail(self, failure: Failure, location: str | None) -> None:
        self._failure = failure
        loop.fail(self._run, self._frame, failure, location)
        self._go_on()

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except StateFailed as failed:
            self._fail(failed.failure, failed.location)
            return
        self._go_on()

    def _go_on(self) -> None:
        """To the way out of the state, and no further."""
        loop.go_on(self._run, steps_max=0)


def prepared(text: str, name: str | None) -> tuple[Definition, str]:
    """The definition of one state, or of a machine that has it, and the state's name. Raises InvalidDefinition."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidDefinition(reason="INVALID_JSON_DESCRIPTION: Definition must be a valid JSON object") from error
    if not isinstance(document, dict):
        raise errors.InvalidDefinition(reason="INVALID_JSON_DESCRIPTION: Definition must be a valid JSON object")
    if name is None or "States" not in document:
        name = NAME if name is None else name
        targets = dict.fromkeys(_targets(document))
        states = {**{target: {"Type": "Succeed"} for target in targets}, name: document}
        document = {"StartAt": name, "States": states}
    elif name not in document["States"]:
        raise errors.ValidationException(reason="State not found in definition")
    try:
        return compile_definition(json.dumps(document)), name
    except InvalidField as error:
        raise errors.InvalidDefinition(reason=str(error)) from error


def _targets(state: Mapping[str, Any]) -> list[str]:
    """All states that it names, and that are not there when it stands alone."""
    places = [state, *_objects(state.get("Catch")), *_objects(state.get("Choices"))]
    named = [place.get(member) for place in places for member in ("Next", "Default")]
    return [target for target in named if isinstance(target, str)]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def mock_of(given: Mapping[str, Any] | None, state: State) -> Mock | None:
    """Raises ValidationException."""
    if not given:
        return None
    if not isinstance(state, Task | Map | Parallel):
        reason = "State type must be Task, Parallel, or Map when specifying a mock"
        raise errors.ValidationException(reason=reason)
    failed = given.get("errorOutput")
    if (failed is None) == (given.get("result") is None):
        raise errors.ValidationException(
            reason="A test mock should have only one of the following fields: [result, errorOutput]."
        )
    if failed is not None:
        return Mock(None, Failure(failed.get("error"), failed.get("cause")))
    try:
        return Mock(json_of(json.loads(given["result"])), None)
    except (ValueError, RecursionError) as error:
        raise errors.ValidationException(reason="Mocked result must be valid JSON") from error
