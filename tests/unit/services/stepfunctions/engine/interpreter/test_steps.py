"""States that need nobody else."""

from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.runs import FACTS, Story, machine, passing


def test_a_pass_state_gives_its_result():
    assert Story(machine(S=passing(Result={"a": 1})), {}).output == {"a": 1}


def test_the_first_state_follows_nothing():
    events = Story(machine(S=passing()), {}).events
    assert [(event.id, event.previous_id, event.type) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]


def test_a_wait_sets_an_alarm_and_goes_on_when_it_rings():
    story = Story(machine(S={"Type": "Wait", "Seconds": 10, "End": True}), {"a": 1})
    (alarm,) = story.alarms
    assert alarm.due_at == FACTS.started_at + 10
    story.ring()
    assert story.output == {"a": 1}


@pytest.mark.parametrize("seconds", ["5", 1.5, -1, True, None, 10**9])
def test_a_wait_needs_a_whole_number_of_seconds(seconds: Any):
    story = Story(machine(S={"Type": "Wait", "SecondsPath": "$.s", "End": True}), {"s": seconds})
    assert story.failure[0] == "States.Runtime"


def test_jsonata_chooses_and_waits():
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.a > 1 %}", "Next": "W", "Output": "{% 5 %}"}],
        "Default": "W",
    }
    wait = {"Type": "Wait", "Seconds": "{% $states.input %}", "End": True}
    story = Story({"QueryLanguage": "JSONata", **machine("C", C=choice, W=wait)}, {"a": 2})
    assert story.alarms[0].due_at == FACTS.started_at + 5
    story.ring()
    assert story.output == 5


def test_a_rules_assign_counts_and_the_states_only_by_default():
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "S", "Assign": {"x": "rule"}}],
        "Default": "S",
        "Assign": {"x": "default"},
    }
    definition = machine("C", C=choice, S=passing(Parameters={"x.$": "$x"}))
    assert Story(definition, {"a": 1}).output == {"x": "rule"}
    assert Story(definition, {}).output == {"x": "default"}


def test_fail_needs_no_error():
    assert Story(machine(S={"Type": "Fail"}), {}).failure == (None, None)


def test_what_one_assign_sets_has_a_size():
    story = Story({"QueryLanguage": "JSONata", **machine(S=passing(Assign={"a": "{% $pad('', 262143, 'x') %}"}, Output=1))}, {})
    assert story.failure[0] == "States.DataLimitExceeded"
