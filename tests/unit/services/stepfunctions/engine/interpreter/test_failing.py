"""Retries and catches."""

import pytest
from tests.unit.services.stepfunctions.engine.runs import Story, machine, passing, task

from lambent.core import ids
from lambent.services.stepfunctions.engine.definition.states import Retrier
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.failing import delay_s


def retrier(**fields: object) -> Retrier:
    given = {
        "errors": ("E",),
        "interval_s": 2,
        "attempts_max": 3,
        "backoff_rate": 3.0,
        "delay_s_max": None,
        "has_jitter": False,
    }
    return Retrier(**{**given, **fields})  # type: ignore[arg-type]


def test_delays_grow_up_to_their_bound():
    assert [delay_s(retrier(), attempt) for attempt in (1, 2, 3)] == [2, 6, 18]
    assert [delay_s(retrier(delay_s_max=7), attempt) for attempt in (1, 2, 3)] == [2, 6, 7]
    assert delay_s(retrier(), 10**9) == 99_999_999


def test_full_jitter_takes_a_part_of_the_delay():
    with ids.seeded(1):
        assert all(0 <= delay_s(retrier(has_jitter=True), 2) <= 6 for _ in range(50))


def test_each_retrier_counts_for_itself():
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    story = Story(machine(S=task(Retry=retry)), {})
    for error in ("A", "B"):
        story.answer(failure=Failure(error))
        story.ring()
    story.answer(failure=Failure("A"))
    assert story.failure == ("A", None)
    assert story.types().count("TaskScheduled") == 3


def test_the_first_retrier_that_matches_decides():
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    story = Story(machine(S=task(Retry=retry)), {})
    story.answer(failure=Failure("A"))
    assert story.failure == ("A", None)


def test_a_catch_goes_on_with_the_error():
    story = Story(
        machine(S=task(Catch=[{"ErrorEquals": ["E"], "Next": "C", "Assign": {"e.$": "$.Error"}}]), C=passing()), {"a": 1}
    )
    story.answer(failure=Failure("E", "c"))
    assert story.output == {"Error": "E", "Cause": "c"}
    assert story.events[-4].details["assignedVariables"] == {"e": '"E"'}


def test_what_cannot_be_processed_is_never_caught():
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    story = Story(machine(S=task(Parameters={"a.$": "$.no"}, Catch=catch), C=passing()), {})
    assert story.failure[0] == "States.Runtime"


def test_a_catch_that_fails_ends_the_frame():
    catch = [{"ErrorEquals": ["E"], "Next": "C", "ResultPath": "$.a.b"}]
    story = Story(machine(S=task(Catch=catch), C=passing()), {"a": 1})
    story.answer(failure=Failure("E"))
    assert story.failure[0] == "States.ResultPathMatchFailure"


@pytest.mark.parametrize(
    ("names", "is_caught"), [(["States.TaskFailed"], False), (["States.Timeout"], True), (["States.ALL"], True)]
)
def test_a_timeout_is_no_failure_of_the_task(names: list[str], is_caught: bool):
    catch = [{"ErrorEquals": names, "Next": "C"}]
    story = Story(machine(S=task(TimeoutSeconds=1, Catch=catch), C=passing(Result="caught")), {})
    story.ring()
    assert (story.end is not None and story.end.output == '"caught"') is is_caught


def test_a_map_is_tried_again_from_the_beginning():
    state = {"Type": "Map", "ItemProcessor": machine(S=task()), "Retry": [{"ErrorEquals": ["E"]}], "End": True}
    story = Story(machine(S=state), [1, 2])
    story.answer("done")
    story.answer(failure=Failure("E"))
    story.ring()
    story.answer_all(lambda given: given)
    assert story.output == [1, 2]
    assert story.types().count("MapStateStarted") == 2
