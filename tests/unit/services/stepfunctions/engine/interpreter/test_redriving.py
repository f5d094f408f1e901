"""What a redrive does again, and what it leaves as it is."""

from tests.unit.services.stepfunctions.engine.runs import Story, machine, passing, task

from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import loop, redriving


def redriven(story: Story) -> None:
    story.end = None
    story.calls.clear()
    run = story._run()
    redriving.redrive(run)
    loop.go_on(run)
    story._take(run)


def test_only_iterations_that_failed_or_were_aborted_run_again():
    state = {"Type": "Map", "MaxConcurrency": 3, "ItemProcessor": machine(S=task()), "End": True}
    story = Story(machine("M", M=state), [1, 2, 3, 4])
    story.answer("first")
    story.answer(failure=Failure("E"))
    assert story.end is not None
    redriven(story)
    assert [call.parameters for call in story.calls] == [b"2", b"3", b"4"]
    story.answer_all(lambda given: given)
    assert story.output == ["first", 2, 3, 4]


def test_a_failed_state_begins_again_with_the_input_that_it_had():
    story = Story(machine("P", P={"Type": "Pass", "Result": 7, "Next": "T"}, T=task()), {})
    story.answer(failure=Failure("E"))
    redriven(story)
    assert [call.parameters for call in story.calls] == [b"7"]
    assert story.types().count("TaskStateEntered") == 1
    story.answer(1)
    assert story.output == 1


def test_a_fail_state_fails_again():
    story = Story(machine(S={"Type": "Fail", "Error": "E"}, T=passing()), {})
    redriven(story)
    assert story.failure == ("E", None)
    assert story.types().count("ExecutionRedriven") == 1


def test_an_iteration_whose_selector_failed_is_begun_once_more():
    state = {
        "Type": "Map",
        "ItemsPath": "$.i",
        "ItemSelector": {"a.$": "$.no"},
        "ItemProcessor": machine(S=passing()),
        "End": True,
    }
    story = Story(machine("M", M=state), {"i": [1, 2]})
    assert story.failure[0] == "States.Runtime"
    assert story.types()[3:5] == ["MapIterationStarted", "MapIterationFailed"]
    redriven(story)
    assert story.failure[0] == "States.Runtime"


def test_a_branch_that_was_aborted_before_it_entered_its_state_enters_it():
    slow = machine("A", A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "T"}, T=task())
    state = {"Type": "Parallel", "Branches": [machine(S={"Type": "Fail"}), slow], "End": True}
    story = Story(machine("P", P=state), 1)
    assert story.types().count("PassStateEntered") == 1, "the other branch failed before B was entered"
    redriven(story)
    assert story.types().count("PassStateEntered") == 2
