"""Runs a definition in memory: what a test says happens, happens."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lambent.services.stepfunctions.engine.definition import compile_definition
from lambent.services.stepfunctions.engine.interpreter import loop
from lambent.services.stepfunctions.engine.interpreter.frames import MemorySpace
from lambent.services.stepfunctions.engine.interpreter.loop import Continued, Happening, Returned
from lambent.services.stepfunctions.engine.interpreter.run import Alarm, Call, End, Event, Facts, Run

FACTS = Facts(
    arn="arn:aws:states:us-east-1:111122223333:execution:m:e",
    name="e",
    machine_arn="arn:aws:states:us-east-1:111122223333:stateMachine:m",
    machine_name="m",
    role_arn="arn:aws:iam::111122223333:role/states",
    region="us-east-1",
    started_at=1_767_225_600.0,
)


def machine(start: str = "S", /, **states: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True, **fields}


@dataclass
class Story:
    """One execution. ``calls`` and ``alarms`` are all that were made and not yet answered by the test."""

    definition: Any
    given: Any = None
    now: float = FACTS.started_at
    events: list[Event] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    silenced: list[tuple[int, int, str]] = field(default_factory=list)
    end: End | None = None
    transitions: int = 0

    def __post_init__(self) -> None:
        self.compiled = compile_definition(json.dumps(self.definition))
        self.space = MemorySpace(json.dumps(self.given, separators=(",", ":")))
        run = self._run()
        loop.start(run, {})
        self._take(run)

    def happen(self, happening: Happening) -> bool:
        run = self._run()
        was_awaited = loop.happen(run, happening)
        self._take(run)
        return was_awaited

    def answer(self, value: Any = None, **options: Any) -> bool:
        """Answers the first call that waits."""
        call = self.calls.pop(0)
        output = b"" if "failure" in options else json.dumps(value, separators=(",", ":")).encode()
        return self.happen(Returned(call.frame, call.attempt, output, **options))

    def answer_all(self, answer: Callable[[Any], Any]) -> None:
        """Answers every call with what ``answer`` makes of its parameters, until none waits."""
        while self.calls:
            self.answer(answer(json.loads(self.calls[0].parameters)))

    def ring(self) -> bool:
        """Lets the first alarm go off."""
        alarm = min(self.alarms, key=lambda each: each.due_at)
        self.alarms.remove(alarm)
        self.now = alarm.due_at
        return self.happen(loop.Due(alarm.frame, alarm.attempt, alarm.kind))

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def output(self) -> Any:
        assert self.end is not None, "it goes on"
        assert self.end.output is not None, self.end.failure
        return json.loads(self.end.output)

    @property
    def failure(self) -> tuple[str | None, str | None]:
        assert self.end is not None, "it goes on"
        assert self.end.failure is not None, self.end.output
        return self.end.failure.error, self.end.failure.cause

    def _run(self) -> Run:
        return Run(FACTS, self.compiled, self.space, len(self.events), self.now, "1")

    def _take(self, run: Run) -> None:
        run.flush()
        self.transitions += 1
        self.events += run.events
        self.calls += run.calls
        self.alarms += run.alarms
        self.silenced += run.silenced
        self.end = self.end or run.end
        gone = {(frame, attempt, kind) for frame, attempt, kind in run.silenced}
        self.alarms = [alarm for alarm in self.alarms if (alarm.frame, alarm.attempt, alarm.kind) not in gone]
        for frame in run.unfinished:
            self.happen(Continued(frame.id))
