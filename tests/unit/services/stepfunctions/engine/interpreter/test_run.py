"""What a transition sees of its execution."""

from tests.unit.services.stepfunctions.engine.runs import FACTS, Story, machine, passing

from lambent.services.stepfunctions.engine.interpreter.run import iso_ms


def test_the_context_object_tells_execution_state_and_item():
    inner = machine(S=passing(Parameters={"c.$": "$$"}))
    (told,) = Story(
        machine(M={"Type": "Map", "ItemProcessor": inner, "End": True}, S=passing()) | {"StartAt": "M"}, ["x"]
    ).output
    context = told["c"]
    assert context["Execution"] == {
        "Id": FACTS.arn,
        "Input": ["x"],
        "StartTime": "2026-01-01T00:00:00.000Z",
        "Name": "e",
        "RoleArn": FACTS.role_arn,
        "RedriveCount": 0,
    }
    assert context["StateMachine"] == {"Id": FACTS.machine_arn, "Name": "m"}
    assert context["Map"] == {"Item": {"Index": 0, "Value": "x"}}
    assert context["State"]["Name"] == "S"


def test_moments_have_milliseconds():
    assert iso_ms(1_767_225_600.0125) == "2026-01-01T00:00:00.012Z"


def test_inner_variables_hide_outer_ones_and_end_with_their_frame():
    branch = machine(S={"Type": "Pass", "Assign": {"x": 2}, "Next": "T"}, T=passing(Parameters={"x.$": "$x"}))
    story = Story(
        machine(
            "A",
            A={"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
            P={"Type": "Parallel", "Branches": [branch], "ResultPath": "$.r", "Next": "Z"},
            Z=passing(Parameters={"r.$": "$.r", "x.$": "$x"}),
        ),
        {},
    )
    assert story.output == {"r": [{"x": 2}], "x": 1}


def assigning(count: int, size: int, *, then: dict[str, object] | None = None, name: str = "v") -> dict[str, object]:
    """So many states that each set a variable of so many bytes, one after another."""
    states = {
        f"S{n}": {"Type": "Pass", "Assign": {f"{name}{n}": "x" * size}, "Next": f"S{n + 1}", "ResultPath": None}
        for n in range(count)
    }
    return machine("S0", **states, **{f"S{count}": then or passing()})


def test_a_variable_has_a_size():
    assert Story(assigning(1, 262_144 - 9), 1).output == 1
    error, cause = Story(assigning(1, 262_144 - 8), 1).failure
    assert error == "States.DataLimitExceeded"
    assert "variables [v0]" in str(cause)


def test_all_variables_of_an_execution_have_a_size():
    """Ten MiB in 41 parts."""
    assert Story(assigning(40, 255_000), 1).output == 1
    error, cause = Story(assigning(42, 255_000), 1).failure
    assert error == "States.DataLimitExceeded"
    assert "The state 'S41'" in str(cause)


def test_inner_variables_count_with_those_outside():
    branches = {"Type": "Parallel", "Branches": [assigning(2, 255_000, name="w")], "End": True}
    assert Story(assigning(40, 255_000, then=branches), 1).failure[0] == "States.DataLimitExceeded"


def test_a_variable_that_is_set_again_counts_once():
    again = {"Type": "Pass", "Assign": {"v0": "y" * 255_000}, "ResultPath": None, "End": True}
    assert Story(assigning(41, 255_000, then=again), 1).output == 1
