"""Pipelines as state machines: what the engine of Step Functions makes of them, and what it says of their definitions."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.unit.sdk import random_pipelines
from tests.unit.sdk.random_pipelines import (
    LISTS,
    PIPELINES,
    VALUES,
    as_deployed,
    as_state_machine,
    kind,
    longer,
    outcome,
    same,
    size,
)

from lambent import compose, distinct_by, function, gather, partial, reduce, sort_by
from lambent import path as at_path
from lambent.sdk.states import NoStateMachine, functions_of
from lambent.services.stepfunctions.engine.definition.validation import validate

NO_SHRINKING = tuple(phase for phase in Phase if phase not in (Phase.shrink, Phase.explain))
EXAMPLES, EXAMPLES_IN_REAL_TIME = 30, 3_000


def often(examples):
    return settings(max_examples=examples, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))


@often(EXAMPLES)
@given(PIPELINES, LISTS | VALUES)
def test_a_random_pipeline_gives_the_same_here_with_deployed_functions_and_as_a_state_machine(pipeline, value):
    check(pipeline, value)


@pytest.mark.realtime
@often(EXAMPLES_IN_REAL_TIME)
@given(PIPELINES, LISTS | VALUES)
def test_thousands_of_random_pipelines_give_the_same_in_all_three_ways(pipeline, value):
    check(pipeline, value)


def check(pipeline, value):
    here, called, machine = (
        outcome(pipeline.local, value),
        outcome(as_deployed, pipeline, value),
        as_state_machine(pipeline, value),
    )
    assert (here[0], called[0], machine[0]) == (here[0],) * 3, (here, called, machine)
    plain = json.loads(json.dumps(here[1]))
    assert same(plain, called[1]), (here, called)
    assert same(plain, machine[1]), (here, machine)


@often(EXAMPLES)
@given(PIPELINES)
def test_a_random_pipelines_definition_has_nothing_that_validation_finds(pipeline):
    assert validate(json.dumps(pipeline.definition())) == []


@function
def double(number):
    return 2 * number


@function
def inc(number):
    return number + 1


def states(*steps):
    return compose(*steps).definition()["States"]


def test_steps_follow_one_another_and_the_last_is_the_end():
    found = states(double, inc, double)
    assert [(name, state.get("Next")) for name, state in found.items()] == [
        ("double", "inc"),
        ("inc", "double 2"),
        ("double 2", None),
    ]
    assert found["double 2"]["End"] is True


def test_a_pure_step_is_evaluated_in_the_output_of_the_state_before_it():
    found = states(double.map(), distinct_by("id"), sort_by("id"))
    assert [state["Type"] for state in found.values()] == ["Map", "Pass"]
    assert "$states.result" in found["map double"]["Output"]


def test_a_pipeline_that_begins_with_a_pure_step_begins_with_a_pass():
    assert [state["Type"] for state in states(distinct_by("id")).values()] == ["Pass"]


@pytest.mark.parametrize(
    ("options", "mode", "concurrency"),
    [
        ({}, "INLINE", None),
        ({"concurrency": 40}, "INLINE", 40),
        ({"concurrency": 41}, "DISTRIBUTED", 41),
        ({"concurrency": 20_000}, "DISTRIBUTED", 10_000),
        ({"expected": 1_000}, "INLINE", None),
        ({"expected": 1_001}, "DISTRIBUTED", None),
        ({"expected": 5_000, "concurrency": 8}, "DISTRIBUTED", 8),
    ],
)
def test_a_map_is_distributed_where_much_is_expected_of_it(options, mode, concurrency):
    (found,) = states(double.map(**options)).values()
    assert (found["ItemProcessor"]["ProcessorConfig"]["Mode"], found.get("MaxConcurrency")) == (mode, concurrency)
    assert validate(json.dumps(compose(double.map(**options)).definition())) == []


def test_no_two_states_have_one_name_wherever_they_stand():
    found = compose(gather(double, double), double.map(), compose(double.map()).map()).definition()
    names = []

    def collect(machine):
        for name, state in machine["States"].items():
            names.append(name)
            for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
                collect(inner)

    collect(found)
    assert len(names) == len(set(names)) > 6
    assert max(map(len, names)) <= 80


def test_a_long_title_makes_a_name_that_aws_takes():
    (name,) = states(distinct_by(tuple(f"property{number}" for number in range(20))))
    assert len(name) <= 80


def test_arguments_that_are_known_are_written_into_the_payload():
    add = random_pipelines.beside
    (found,) = states(partial(add, other="{% 1 %}")).values()
    assert found["Arguments"]["Payload"] == {"other": '{% "{% 1 \\u0025}" %}', "value": "{% $states.input %}"}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda value: value, "one of the steps"),
        (distinct_by(lambda book: book), "the name of a property"),
        (distinct_by("id", keep=lambda kept, item: item), "keep='first', 'last', max_by(key) or min_by(key)"),
        (reduce(max), "one of the steps"),
        (compose(int).map(), "one of the steps"),
        (gather(double, int), "one of the steps"),
    ],
)
def test_python_code_is_refused_with_what_may_stand_in_its_place(step, said):
    with pytest.raises(NoStateMachine, match="Python code") as refused:
        compose(double, step).definition()
    assert said in str(refused.value)
    assert "@function" in str(refused.value)


def test_reduce_needs_a_function_of_two_parameters():
    with pytest.raises(NoStateMachine, match="two parameters"):
        compose(double.reduce()).definition()


def test_a_definition_larger_than_aws_takes_is_refused():
    with pytest.raises(NoStateMachine, match="bytes"):
        compose(partial(random_pipelines.beside, other="x" * 1_100_000)).definition()


def test_all_functions_of_a_pipeline_are_found_each_once():
    pipeline = compose(gather(double, double >> inc), distinct_by(("id", kind), keep=longer), size.map(), partial(double))
    assert functions_of(pipeline) == [double, inc, kind, longer, size]


def test_an_index_may_be_a_key():
    assert as_state_machine(compose(distinct_by(0)), [[1, "a"], [1, "b"]]) == ("ok", [[1, "a"]])
    assert as_state_machine(compose(distinct_by(at_path(1))), [[1, "a"], [1, "b"]]) == ("ok", [[1, "a"], [1, "b"]])
