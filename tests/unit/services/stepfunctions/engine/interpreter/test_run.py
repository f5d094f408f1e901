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
