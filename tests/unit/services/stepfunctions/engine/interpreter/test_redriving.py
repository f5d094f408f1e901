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
