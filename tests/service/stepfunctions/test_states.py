"""Each type of state, its data flow and its history, through the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import Execution, machine, passing

Run = Callable[..., Execution]


def test_a_pass_state_leaves_the_history_that_aws_records(run: Run) -> None:
    execution = run(machine(S=passing(Result={"Arg1": "argument1"})))
    events = execution.events()
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]
    assert events[1]["stateEnteredEventDetails"] == {"name": "S", "input": "{}", "inputDetails": {"truncated": False}}
    assert events[3]["executionSucceededEventDetails"] == {
        "output": '{"Arg1":"argument1"}',
        "outputDetails": {"truncated": False},
    }


def test_paths_and_templates_lead_data_through_a_state(run: Run) -> None:
    state = passing(
        InputPath="$.in",
        Parameters={"a.$": "$.a", "n.$": "States.MathAdd($.a, 1)", "c": 3},
        ResultPath="$.out.here",
        OutputPath="$.out",
    )
    assert run(machine(S=state), {"in": {"a": 1}}).output == {"here": {"a": 1, "n": 2, "c": 3}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"InputPath": None}, {}),
        ({"ResultPath": None, "Result": 1}, {"k": 1}),
        ({"OutputPath": None}, {}),
        ({"Result": [1]}, [1]),
        ({"Result": 5, "ResultPath": "$.a.b"}, {"k": 1, "a": {"b": 5}}),
    ],
)
def test_what_a_path_that_is_null_selects(run: Run, fields: dict[str, Any], expected: Any) -> None:
    assert run(machine(S=passing(**fields)), {"k": 1}).output == expected


def test_a_path_that_finds_nothing_fails_the_execution_in_aws_words(run: Run) -> None:
    execution = run(machine(pass1=passing(Parameters={"value.$": "$.x"}), S=passing(Next="pass1") | {"End": False}), {"a": 1})
    assert execution.failure == (
        "States.Runtime",
        "An error occurred while executing the state 'pass1' (entered at the event id #4). The JSONPath '$.x' specified for "
        "the field 'value.$' could not be found in the input '{\"a\":1}'",
    )


def test_an_input_path_that_finds_nothing_says_so_as_jayway_does(run: Run) -> None:
    error, cause = run(machine(S=passing(InputPath="$.no.such"))).failure
    assert error == "States.Runtime"
    assert cause is not None
    assert cause.endswith("Invalid path '$.no.such' : Missing property in path $['no']")


def test_variables_are_set_with_their_old_values_and_seen_from_the_next_state_on(run: Run) -> None:
    execution = run(
        machine(
            "A",
            A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
            B={"Type": "Pass", "Assign": {"x.$": "States.MathAdd($x, 1)", "old.$": "$x"}, "Next": "C"},
            C=passing(Parameters={"x.$": "$x", "old.$": "$old"}),
        )
    )
    assert execution.output == {"x": 2, "old": 1}
    assert execution.details("PassStateExited")[0]["assignedVariables"] == {"x": "1"}


def test_jsonata_and_jsonpath_states_stand_side_by_side(run: Run) -> None:
    execution = run(
        machine(
            "A",
            A={"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"n": "{% $states.input.a + 1 %}"}, "Next": "B"},
            B=passing(Parameters={"m.$": "$.n"}),
        ),
        {"a": 1},
    )
    assert execution.output == {"m": 2}


def test_a_jsonata_expression_that_yields_nothing_fails_and_is_told(run: Run) -> None:
    execution = run({"QueryLanguage": "JSONata", **machine(S=passing(Output="{% $nothing %}"))})
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). "
        "The JSONata expression '$nothing' specified for the field 'Output' returned nothing (undefined)."
    )
    assert execution.failure == ("States.QueryEvaluationError", cause)
    (details,) = execution.details("EvaluationFailed")
    assert details == {"error": "States.QueryEvaluationError", "cause": cause, "location": "Output", "state": "S"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"n": 5}, "low"), ({"n": 50}, "high"), ({"n": "x"}, "other"), ({"s": "a*b", "n": None}, "star")],
)
def test_a_choice_goes_where_its_first_rule_that_holds_says(run: Run, given: Any, expected: str) -> None:
    choices = [
        {"Variable": "$.s", "StringMatches": "a\\*?".replace("?", "*"), "Next": "star"},
        {"And": [{"Variable": "$.n", "NumericLessThan": 10}, {"Not": {"Variable": "$.n", "IsNull": True}}], "Next": "low"},
        {"Variable": "$.n", "NumericGreaterThanEquals": 10, "Next": "high"},
    ]
    choices[0] = {"And": [{"Variable": "$.s", "IsPresent": True}, choices[0] | {}], "Next": "star"}
    del choices[0]["And"][1]["Next"]  # type: ignore[index]
    ends = {name: passing(Result=name) for name in ("low", "high", "other", "star")}
    assert run(machine(S={"Type": "Choice", "Choices": choices, "Default": "other"}, **ends), given).output == expected


def test_a_choice_without_a_way_out_fails(run: Run) -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "T"}]}
    assert run(machine(S=state, T=passing())).failure[0] == "States.NoChoiceMatched"


def test_a_wait_ends_when_its_time_has_come(run: Run, advance: Callable[[float], None]) -> None:
    execution = run(machine(S={"Type": "Wait", "SecondsPath": "$.s", "End": True}), {"s": 60})
    advance(59)
    assert execution.status == "RUNNING"
    advance(1)
    assert execution.output == {"s": 60}
    assert execution.types() == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_a_wait_until_a_moment_that_is_past_ends_at_once(run: Run) -> None:
    assert run(machine(S={"Type": "Wait", "Timestamp": "2020-01-01T00:00:00Z", "End": True}), 1).output == 1


def test_a_timestamp_that_is_none_fails(run: Run) -> None:
    error, cause = run(machine(S={"Type": "Wait", "TimestampPath": "$.t", "End": True}), {"t": "soon"}).failure
    assert error == "States.Runtime"
    assert str(cause).endswith(
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: soon"
    )


def test_fail_ends_with_its_error_and_succeed_with_its_output(run: Run) -> None:
    failed = run(machine(S={"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('c {}', $.e)"}), {"e": "E"})
    assert failed.failure == ("E", "c E")
    assert failed.types() == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    assert run(machine(S={"Type": "Succeed", "OutputPath": "$.a"}), {"a": [1]}, "m2").output == [1]


def test_a_parallel_gathers_its_branches_in_order(run: Run, advance: Callable[[float], None]) -> None:
    slow = machine("W", W={"Type": "Wait", "Seconds": 5, "Next": "T"}, T=passing(Result="slow"))
    state = {"Type": "Parallel", "Branches": [slow, machine("Q", Q=passing(Result="quick"))], "ResultPath": "$.r", "End": True}
    execution = run(machine(S=state), {"k": 1})
    advance(5)
    assert execution.output == {"k": 1, "r": ["slow", "quick"]}
    assert execution.types().count("ParallelStateStarted") == 1


def test_a_branch_that_fails_aborts_the_others_and_may_be_caught(run: Run) -> None:
    branches = [
        machine("W", W={"Type": "Wait", "Seconds": 500, "End": True}),
        machine("F", F={"Type": "Fail", "Error": "E", "Cause": "c"}),
    ]
    catch = [{"ErrorEquals": ["E"], "ResultPath": "$.failed", "Next": "T"}]
    execution = run(machine(S={"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}, T=passing()), {"k": 1})
    assert execution.output == {"k": 1, "failed": {"Error": "E", "Cause": "c"}}
    assert execution.types()[3:8] == [
        "WaitStateEntered",
        "FailStateEntered",
        "WaitStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
    ]


def test_branches_see_the_variables_of_the_outside_and_keep_theirs(run: Run) -> None:
    branch = machine(S={"Type": "Pass", "Assign": {"y": 2}, "Next": "T"}, T=passing(Parameters={"x.$": "$x", "y.$": "$y"}))
    execution = run(
        machine(
            "A",
            A={"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
            P={"Type": "Parallel", "Branches": [branch], "Next": "Z"},
            Z=passing(Parameters={"r.$": "$", "y.$": "$y"}),
        )
    )
    assert execution.failure[0] == "States.Runtime"
    assert execution.details("ParallelStateExited")[0]["output"] == '[{"x":1,"y":2}]'


def test_a_map_runs_its_processor_for_each_item_and_keeps_their_order(run: Run) -> None:
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.k"},
        "ItemProcessor": machine("I", I=passing()),
        "ResultPath": "$.r",
        "End": True,
    }
    execution = run(machine(S=state), {"items": ["a", "b"], "k": 7})
    assert execution.output["r"] == [{"i": 0, "v": "a", "all": 7}, {"i": 1, "v": "b", "all": 7}]
    assert execution.details("MapIterationSucceeded") == [{"name": "S", "index": 0}, {"name": "S", "index": 1}]
    assert execution.details("MapStateStarted") == [{"length": 2}]


def test_a_map_over_nothing_yields_nothing(run: Run) -> None:
    execution = run(machine(S={"Type": "Map", "ItemProcessor": machine("I", I=passing()), "End": True}), [])
    assert execution.output == []
    assert execution.types()[1:5] == ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"]


def test_a_map_over_what_is_no_array_fails(run: Run) -> None:
    execution = run(machine(S={"Type": "Map", "ItemProcessor": machine("I", I=passing()), "End": True}), {"a": 1})
    assert str(execution.failure[1]).endswith('Reference path "$" must point to array.')


def test_no_more_iterations_run_at_once_than_allowed(run: Run, advance: Callable[[float], None]) -> None:
    waiting = machine("W", W={"Type": "Wait", "Seconds": 10, "End": True})
    execution = run(machine(S={"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": waiting, "End": True}), [1, 2, 3])
    assert execution.types().count("MapIterationStarted") == 2
    advance(10)
    assert execution.types().count("MapIterationStarted") == 3
    advance(10)
    assert execution.output == [1, 2, 3]


def test_an_iteration_that_fails_fails_the_map(run: Run) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}], "Default": "W"}
    failing = machine("C", C=choice, F={"Type": "Fail", "Error": "two"}, W={"Type": "Wait", "Seconds": 60, "End": True})
    execution = run(machine(S={"Type": "Map", "ItemProcessor": failing, "End": True}), [1, 2])
    assert execution.failure == ("two", None)
    assert execution.types()[-5:] == [
        "MapIterationFailed",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]


def test_maps_may_stand_in_maps(run: Run) -> None:
    inner = machine("M", M={"Type": "Map", "ItemProcessor": machine("I", I=passing()), "End": True})
    assert run(machine(S={"Type": "Map", "ItemProcessor": inner, "End": True}), [[1, 2], [], [3]]).output == [[1, 2], [], [3]]


def test_a_result_that_is_too_large_is_refused(run: Run) -> None:
    error, cause = run(machine(S=passing(Parameters={"a.$": "$.s", "b.$": "$.s"})), {"s": "x" * 140_000}).failure
    assert error == "States.DataLimitExceeded"
    assert "exceeding the maximum number of bytes" in str(cause)


def test_an_execution_ends_when_its_history_is_full(run: Run, advance: Callable[[float], None]) -> None:
    again = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "C"}], "Default": "A"}
    execution = run(machine("A", A={"Type": "Pass", "Next": "B"}, B=again, C=passing()))
    advance(0)
    assert execution.failure == ("States.Runtime", "The execution reached the maximum number of history events (25000).")


def test_the_context_object_says_where_an_execution_is(run: Run) -> None:
    output = run(machine(S=passing(Parameters={"c.$": "$$"})), {"in": 1}).output["c"]
    assert output["Execution"]["Input"] == {"in": 1}
    assert output["Execution"]["StartTime"].endswith("Z")
    assert output["State"]["Name"] == "S"
    assert output["StateMachine"]["Name"] == "m"
    assert json.dumps(output).count("stateMachine:m") == 1


LONG = "{% $sum($map([1..4000], function($i) { $i })) %}"


def test_what_takes_long_to_evaluate_comes_to_what_it_should(run: Run, advance: Callable[[float], None], sfn: Any) -> None:
    """Begun by a request, by a timer, and by what a call has returned: each time it is done elsewhere."""
    passes = {"Type": "Pass", "Output": LONG}
    waits = {"Type": "Wait", "Seconds": 5, "Output": "{% $states.input + $count($map([1..4000], function($i) { $i })) %}"}
    lists = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "Arguments": {}}
    states = {
        "P": {**passes, "Next": "W"},
        "W": {**waits, "Next": "T"},
        "T": {**lists, "Output": "{% $states.input + $sum($map([1..4000], function($i) { 1 })) %}", "End": True},
    }
    execution = run({"QueryLanguage": "JSONata", **machine("P", **states)})
    assert execution.status == "RUNNING"
    advance(5)
    assert execution.output == 8_002_000 + 4_000 + 4_000
