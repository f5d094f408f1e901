"""What is compiled, and how what cannot be run is refused."""

import json
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.runs import machine, passing, task

from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition
from lambent.services.stepfunctions.engine.definition.states import Map, Parallel, Task


def compiled(definition: Any, **options: Any) -> Any:
    return compile_definition(json.dumps(definition), **options)


def test_machines_are_numbered_as_they_are_met():
    inner = machine(S={"Type": "Parallel", "Branches": [machine(S=passing()), machine(S=passing())], "End": True})
    definition = compiled(machine(S={"Type": "Map", "ItemProcessor": inner, "End": True}))
    state = definition.machines[0].states["S"]
    assert isinstance(state, Map)
    assert state.processor == 1
    parallel = definition.machines[1].states["S"]
    assert isinstance(parallel, Parallel)
    assert parallel.branches == (2, 3)


def test_only_states_that_may_ask_for_the_context_are_given_it():
    states = compiled(machine(S=passing(), T=passing(Parameters={"a.$": "$$.State"}))).machines[0].states
    assert [states["S"].sees_context, states["T"].sees_context] == [False, True]


def test_retriers_have_aws_defaults():
    state = compiled(machine(S=task(Retry=[{"ErrorEquals": ["E"]}]))).machines[0].states["S"]
    assert isinstance(state, Task)
    (retrier,) = state.retriers
    assert (retrier.interval_s, retrier.attempts_max, retrier.backoff_rate, retrier.delay_s_max) == (1, 3, 2.0, None)


@pytest.mark.parametrize(
    ("definition", "code", "location"),
    [
        ([], "INVALID_JSON_DESCRIPTION", "/"),
        ({}, "SCHEMA_VALIDATION_FAILED", "/"),
        ({"StartAt": "S", "States": {}}, "SCHEMA_VALIDATION_FAILED", "/States"),
        (machine("X", S=passing()), "MISSING_TRANSITION_TARGET", "/StartAt"),
        (machine(S={"Type": "Pass", "Next": "X"}), "MISSING_TRANSITION_TARGET", "/States/S/Next"),
        (machine(S=task(Resource="nonsense")), "SCHEMA_VALIDATION_FAILED", "/States/S/Resource"),
        (machine(S=task(Retry=[{"ErrorEquals": []}])), "SCHEMA_VALIDATION_FAILED", "/States/S/Retry[0]/ErrorEquals"),
        (machine(S=task(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": -1}])), "SCHEMA_VALIDATION_FAILED",
            "/States/S/Retry[0]/MaxAttempts"),
        (machine(S=task(Catch=[{"ErrorEquals": ["E"], "Next": "X"}])), "MISSING_TRANSITION_TARGET", "/States/S/Catch[0]/Next"),
        (machine(S={"Type": "Wait", "End": True}), "SCHEMA_VALIDATION_FAILED", "/States/S"),
        (machine(S={"Type": "Choice", "Choices": []}), "SCHEMA_VALIDATION_FAILED", "/States/S/Choices"),
        (machine(S={"Type": "Map", "End": True}), "SCHEMA_VALIDATION_FAILED", "/States/S"),
        (machine(S=passing(ResultPath="$..a")), "SCHEMA_VALIDATION_FAILED", "/States/S/ResultPath"),
        (machine(S=passing(QueryLanguage="SQL")), "SCHEMA_VALIDATION_FAILED", "/States/S/QueryLanguage"),
        (machine(S=passing(QueryLanguage="JSONata", Output="{% ( %}")), "SCHEMA_VALIDATION_FAILED", "/States/S/Output"),
    ],
)  # fmt: skip
def test_a_definition_is_refused_where_it_is_wrong(definition: Any, code: str, location: str):
    with pytest.raises(InvalidField) as caught:
        compiled(definition)
    assert (caught.value.code, caught.value.location) == (code, location)


@pytest.mark.parametrize("text", ["", "{", "[1", "nul", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str):
    with pytest.raises(InvalidField):
        compile_definition(text)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("arn:aws:states:::states:startExecution.sync", "Express state machine does not support '.sync' service integration"),
        ("arn:aws:states:us-east-1:111122223333:activity:a", "Express state machine does not support Activity ARN"),
    ],
)
def test_express_machines_cannot_wait_long(resource: str, reason: str):
    with pytest.raises(InvalidField, match=reason.replace("(", r"\(")):
        compiled(machine(S=task(Resource=resource)), machine_type="EXPRESS")
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, **machine(S=task(Resource=resource))}
    with pytest.raises(InvalidField, match=reason):
        compiled(machine("M", M={"Type": "Map", "ItemProcessor": processor, "End": True}))
    processor["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    compiled(machine("M", M={"Type": "Map", "ItemProcessor": processor, "Next": "T"}, T=task(Resource=resource)))


def test_machines_in_machines_have_an_end():
    definition = machine(S=passing())
    for _ in range(40):
        definition = machine(S={"Type": "Map", "ItemProcessor": definition, "End": True})
    with pytest.raises(InvalidField, match="nested too deeply"):
        compiled(definition)
