"""An execution is its frames and nothing else: from any prefix of what has happened to it, it goes on in the same way."""

import copy
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.unit.services.stepfunctions.engine.runs import FACTS, machine, passing, task

from lambent.core import ids
from lambent.services.stepfunctions.engine.definition import compile_definition
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import loop
from lambent.services.stepfunctions.engine.interpreter.frames import Fan, Frame, MemorySpace
from lambent.services.stepfunctions.engine.interpreter.loop import Beat, Continued, Due, Happening, Returned, Stopped
from lambent.services.stepfunctions.engine.interpreter.run import Alarm, Call, End, Event, Run

STEPS_MAX = 25
NO_SHRINKING = tuple(phase for phase in Phase if phase not in (Phase.shrink, Phase.explain))


class Rows(MemorySpace):
    """Gives away copies, as rows are: what is changed of them and not saved is lost."""

    def frame(self, frame_id: int) -> Frame | None:
        return copy.deepcopy(super().frame(frame_id))

    def frames_from(self, first: int, count_max: int) -> list[Frame]:
        return copy.deepcopy(super().frames_from(first, count_max))

    def fan(self, frame_id: int) -> Fan | None:
        return copy.deepcopy(super().fan(frame_id))

    def open_children(self, parent: int) -> list[Frame]:
        return copy.deepcopy(super().open_children(parent))

    def unfinished_children(self, parent: int) -> list[Frame]:
        return copy.deepcopy(super().unfinished_children(parent))

    def save(self, *, added: list[Frame], changed: list[Frame], fans: list[Fan]) -> None:
        super().save(added=copy.deepcopy(added), changed=copy.deepcopy(changed), fans=copy.deepcopy(fans))


@dataclass
class Outcome:
    """All that comes of one transition, and how the rows stand after it, which nobody asks behind the end."""

    was_awaited: bool
    events: list[Event]
    calls: list[Call]
    alarms: list[Alarm]
    silenced: list[tuple[int, int, str]]
    recalled: list[int]
    unfinished: list[int]
    end: End | None
    frames: dict[int, Frame]
    fans: dict[int, Fan]


class Life:
    """One life of an execution: it begins with what is kept of another, and with nothing else of it."""

    def __init__(self, definition: str, given_text: str, space: type[MemorySpace]) -> None:
        self.definition, self.given = definition, given_text
        self.compiled = compile_definition(definition)
        self.space = space(given_text)
        self.last_event_id = 0

    def after(self, outcomes: "list[Outcome]") -> "Life":
        """Another life on rows, as after a crash right behind those transitions."""
        other = Life(self.definition, self.given, Rows)
        other.space.frames, other.space.fans = copy.deepcopy((outcomes[-1].frames, outcomes[-1].fans))
        other.last_event_id = sum(len(outcome.events) for outcome in outcomes)
        return other

    def step(self, number: int, happening: Happening | None) -> Outcome:
        """The ``number``th transition, with the chance and at the time of that number."""
        run = Run(FACTS, self.compiled, self.space, self.last_event_id, FACTS.started_at + number, "1")
        with ids.seeded(number):
            if happening is None:
                loop.start(run, {})
            was_awaited = happening is None or loop.happen(run, happening)
            run.flush()
        self.last_event_id = run.last_event_id
        return Outcome(
            was_awaited,
            list(run.events),
            list(run.calls),
            list(run.alarms),
            list(run.silenced),
            list(run.recalled),
            [frame.id for frame in run.unfinished],
            run.end,
            *(({}, {}) if run.end is not None else copy.deepcopy((self.space.frames, self.space.fans))),
        )


RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}]
TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"
PAYLOAD = {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}
LEAVES = st.sampled_from(
    [
        passing(Parameters={"a.$": "$.a"}),
        passing(QueryLanguage="JSONata", Output="{% {'n': $exists($x) ? $x : 0, 'r': $random() < 2} %}", Assign={"x": 1}),
        passing(Assign={"x.$": "$"}),
        task(),
        task(Retry=RETRY, TimeoutSeconds=50),
        task(Resource=TOKEN, Parameters=PAYLOAD, HeartbeatSeconds=30, Retry=RETRY),
        {"Type": "Wait", "Seconds": 1, "End": True},
        {"Type": "Fail", "Error": "E"},
        {"Type": "Succeed"},
    ]
)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = children.map(lambda state: machine(S=state))
    chains = st.tuples(children, children).map(
        lambda two: machine("A", A=_followed(two[0], "B"), B=two[1])  # variables go from state to state
    )
    bodies = st.one_of(inner, chains)
    maps = st.builds(
        lambda one, most: {"Type": "Map", "ItemProcessor": one, "MaxConcurrency": most, "End": True, "Retry": RETRY},
        bodies,
        st.integers(0, 2),
    )
    both = st.builds(lambda some: {"Type": "Parallel", "Branches": some, "End": True}, st.lists(bodies, min_size=1, max_size=3))
    return st.one_of(maps, both)


def _followed(state: dict[str, Any], following: str) -> dict[str, Any]:
    if not state.get("End"):
        return state
    return {name: value for name, value in state.items() if name != "End"} | {"Next": following}


CATCHING = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "C"}]
MACHINES = st.recursive(LEAVES, _nested, max_leaves=5).flatmap(
    lambda state: st.sampled_from(
        [machine(S=state)]
        + ([machine(S=state | {"Catch": CATCHING}, C=passing())] if state["Type"] in ("Task", "Map", "Parallel") else [])
    )
)
INPUTS = st.sampled_from([[1, 2, 3], [], {"a": 1}, [[3], []]])


def ways(outcomes: list[Outcome]) -> list[Happening]:
    """What may happen next: answers and failures of calls, beats, timers, turns; and what comes twice or too late."""
    found: list[Happening] = []
    for outcome in outcomes:
        for call in outcome.calls:
            secret = outcome.frames[call.frame].secret if call.frame in outcome.frames else ""
            told = {"secret": secret, "is_from_outside": bool(secret)}
            found += [
                Returned(call.frame, call.attempt, b'{"a":[1]}', **told),
                Returned(call.frame, call.attempt, failure=Failure("E", "c"), **told),
            ]
            if secret:
                found.append(Beat(call.frame, call.attempt, secret))
        found += [Due(alarm.frame, alarm.attempt, alarm.kind) for alarm in outcome.alarms]
        found += [Continued(frame) for frame in outcome.unfinished]
    return found


@settings(max_examples=50, deadline=None, phases=NO_SHRINKING)
@given(MACHINES, INPUTS, st.data())
def test_from_any_prefix_of_its_history_an_execution_goes_on_in_the_same_way(
    definition: Any, given_input: Any, data: st.DataObject
) -> None:
    life = Life(json.dumps(definition), json.dumps(given_input), MemorySpace)
    happenings: list[Happening | None] = [None]
    outcomes = [life.step(0, None)]
    while outcomes[-1].end is None and len(outcomes) < STEPS_MAX:
        choices = ways(outcomes)
        assert choices, "it waits for nothing"
        happenings.append(data.draw(st.sampled_from([*choices, Stopped("ABORTED", Failure("E"))])))
        outcomes.append(life.step(len(outcomes), happenings[-1]))
    for prefix in range(len(outcomes)):
        again = life.after(outcomes[:prefix]) if prefix else Life(life.definition, life.given, Rows)
        continued = [again.step(number, happenings[number]) for number in range(prefix, len(outcomes))]
        assert continued == outcomes[prefix:]


def test_the_timer_of_a_map_that_is_tried_again_is_kept_with_its_frame() -> None:
    definition = machine(S={"Type": "Map", "ItemProcessor": machine(S=task()), "Retry": RETRY, "End": True})
    life = Life(json.dumps(definition), "[1]", Rows)
    (call,) = life.step(0, None).calls
    retried = life.step(1, Returned(call.frame, call.attempt, failure=Failure("E")))
    assert retried.frames[0].timers == ("delay",)
