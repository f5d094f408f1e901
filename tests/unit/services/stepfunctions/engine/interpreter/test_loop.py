"""The transition function: bounds, and that any definition and any order of events come to an end."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.services.stepfunctions.engine.runs import Story, machine, passing, task

from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.loop import STEPS_MAX, Continued, Due, Stopped


def test_a_long_chain_takes_several_transitions():
    states = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(STEPS_MAX)}
    story = Story(machine("S0", **states, **{f"S{STEPS_MAX}": passing(Result=1)}), {})
    assert story.output == 1
    assert story.transitions == 2


def test_a_stopped_execution_has_ended():
    story = Story(machine(S=task()), {})
    story.happen(Stopped("ABORTED", Failure("E", "c")))
    assert story.end is not None
    assert (story.end.status, story.events[-1].previous_id) == ("ABORTED", 0)


def test_what_nobody_waits_for_changes_nothing():
    story = Story(machine(S=task()), {})
    before = list(story.events)
    assert not story.happen(Due(0, 99, "timeout"))
    assert not story.happen(Due(77, 1, "timeout"))
    assert not story.happen(Continued(0))
    assert story.events == before


LEAVES = st.sampled_from(
    [
        passing(),
        passing(Result=[1, {"a": 2}]),
        passing(Parameters={"a.$": "$.a"}),
        task(),
        task(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]),
        {"Type": "Wait", "Seconds": 1, "End": True},
        {"Type": "Fail", "Error": "E"},
        {"Type": "Succeed"},
    ]
)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = children.map(lambda state: machine(S=state))
    catch = st.sampled_from([[], [{"ErrorEquals": ["States.ALL"], "Next": "C"}]])
    maps = st.builds(lambda one, c: {"Type": "Map", "ItemProcessor": one, "Catch": c, "End": True}, inner, st.just([]))
    both = st.builds(lambda some: {"Type": "Parallel", "Branches": some, "End": True}, st.lists(inner, min_size=1, max_size=3))
    return st.one_of(maps, both, catch.flatmap(lambda _: both))


@settings(max_examples=60, deadline=None)
@given(st.recursive(LEAVES, _nested, max_leaves=5), st.sampled_from([[1, 2], [], {"a": 1}, [[3], []]]), st.data())
def test_any_machine_ends_once_whatever_comes_first(state: Any, given_input: Any, data: st.DataObject):
    story = Story(machine(S=state), given_input)
    for _ in range(300):
        if story.end is not None:
            break
        ways = (
            [("answer", None)] * bool(story.calls)
            + [("fail", None)] * bool(story.calls)
            + [("ring", None)] * bool(story.alarms)
        )
        assert ways, "it waits for nothing"
        way, _none = data.draw(st.sampled_from(ways))
        if way == "answer":
            story.answer([1])
        elif way == "fail":
            story.answer(failure=Failure("E"))
        else:
            story.ring()
    assert story.end is not None
    assert [event.id for event in story.events] == list(range(1, len(story.events) + 1))
    ends = [kind for kind in story.types() if kind.startswith("Execution") and kind != "ExecutionStarted"]
    assert len(ends) == 1


def test_data_that_grows_deeper_and_deeper_ends_the_execution():
    story = Story(machine(S={"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "S"}), 1)
    assert story.failure[0] == "States.Runtime"


def test_long_expressions_take_several_transitions_so_that_others_have_their_turn():
    states = {f"S{n}": passing(Output="{% $sum([1..3000].($ * 2)) %}", Next=f"S{n + 1}") | {"End": False} for n in range(3)}
    story = Story({"QueryLanguage": "JSONata", **machine("S0", **states, S3=passing(Output=1))}, {})
    assert story.output == 1
    assert story.transitions == 4


# ---- the bound of a history ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["PassStateExited", "PassStateEntered"])
def test_the_last_event_of_a_history_that_is_full_is_its_failure(last: str):
    """Recorded of AWS: 24,999 is the last event that the machine has brought about, 25,000 is ExecutionFailed."""
    first = {"Type": "Task", "Next": "A", "Resource": "arn:aws:states:::sqs:sendMessage"}
    story = Story(machine("A" if last == "PassStateExited" else "T", A={"Type": "Pass", "Next": "A"}, T=first), {})
    if story.calls:
        story.answer({})  # five events of its own, so that the bound is met within a state
    assert story.events[-2].type == last
    assert (len(story.events), story.events[-1].id) == (25_000, 25_000)
    assert (story.events[-1].type, story.events[-1].previous_id) == ("ExecutionFailed", 24_999)
    assert story.types().count("ExecutionFailed") == 1
    cause = "The execution reached the maximum number of history events (25000)."
    assert story.failure == ("States.Runtime", cause)


def test_a_history_may_end_with_its_last_event(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "EVENTS_MAX", 4)
    assert Story(machine(S=passing()), 1).output == 1
    monkeypatch.setattr(runs, "EVENTS_MAX", 3)
    assert Story(machine(S=passing()), 1).types() == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]


def test_what_no_catch_meets_ends_a_full_history(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "EVENTS_MAX", 6)
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S"}])
    story = Story(machine("T", T=caught, S=passing()), 1)
    story.answer(failure=Failure("E"))
    assert story.types()[-2:] == ["TaskFailed", "ExecutionFailed"]
    assert len(story.events) == 6
