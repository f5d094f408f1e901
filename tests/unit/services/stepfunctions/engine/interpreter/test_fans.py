"""Parallel and Map."""

from tests.unit.services.stepfunctions.engine.runs import Story, machine, passing, task

from lambent.services.stepfunctions.engine.failures import Failure


def mapping(inner: object, **fields: object) -> dict[str, object]:
    return machine(M={"Type": "Map", "ItemProcessor": inner, "End": True, **fields}) | {"StartAt": "M"}


def test_results_keep_the_order_of_items_whatever_the_order_of_answers():
    story = Story(mapping(machine(S=task())), [0, 1, 2])
    story.calls.reverse()
    story.answer_all(lambda given: given * 10)
    assert story.output == [0, 10, 20]


def test_at_most_forty_iterations_run_at_once():
    story = Story(mapping(machine(S=task())), list(range(100)))
    assert len(story.calls) == 40
    story.answer(0)
    assert len(story.calls) == 40
    story.answer_all(lambda given: given)
    assert len(story.output) == 100


def test_nothing_is_left_of_the_iterations_of_a_map_that_has_ended():
    story = Story(
        machine(
            "M",
            M={"Type": "Map", "ItemProcessor": machine(S=task()), "Next": "W"},
            W={"Type": "Wait", "Seconds": 5, "End": True},
        ),
        [1, 2],
    )
    story.answer_all(lambda given: given)
    assert list(story.space.frames) == [0]
    assert story.space.fans == {}


def test_events_of_iterations_follow_one_another_within_their_iteration():
    story = Story(mapping(machine(S=passing())), ["a", "b"])
    previous = {event.id: event.previous_id for event in story.events}
    started = [event.id for event in story.events if event.type == "MapIterationStarted"]
    assert [previous[each] for each in started] == [3, 3]
    entered = [event.id for event in story.events if event.type == "PassStateEntered"]
    assert [previous[each] for each in entered] == started


def test_a_failure_aborts_what_runs_and_what_is_late_is_ignored():
    story = Story(mapping(machine(S=task())), [1, 2])
    late = story.calls[1]
    story.answer(failure=Failure("E", "c"))
    assert story.failure == ("E", "c")
    assert story.types()[-6:] == [
        "TaskFailed",
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert late.frame != 0


def test_a_selector_that_fails_fails_the_map():
    story = Story(mapping(machine(S=task()), ItemSelector={"a.$": "$$.Map.Item.Value.x"}), [{"x": 1}, {}])
    assert story.failure[0] == "States.Runtime"


def test_objects_are_mapped_over_in_jsonata():
    inner = machine(S={"Type": "Pass", "Output": "{% $states.context.Map.Item.Key %}", "End": True})
    story = Story({"QueryLanguage": "JSONata", **mapping(inner)}, {"a": 1, "b": 2})
    assert story.output == ["a", "b"]


def test_a_failing_branch_within_a_branch_reaches_the_outside():
    inner = machine(S={"Type": "Parallel", "Branches": [machine(S={"Type": "Fail", "Error": "E"})], "End": True})
    story = Story(machine(S={"Type": "Parallel", "Branches": [inner, machine(S=task())], "End": True}), {})
    assert story.failure == ("E", None)
