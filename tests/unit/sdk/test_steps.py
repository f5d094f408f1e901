"""What all steps share."""

import pytest

from lambent import distinct_by, function
from lambent.sdk.steps import Step


@function
def double(number):
    return 2 * number


@function
def inc(number):
    return number + 1


def test_a_chain_is_first_the_first():
    assert (double >> inc)(3) == 7
    assert (double >> inc >> double)(3) == 14


def test_plain_callables_chain_on_both_sides():
    assert (double >> str)(3) == "6"
    assert (int >> double)("3") == 6


def test_a_chain_goes_on_with_the_names_of_the_pure_steps():
    books = [{"id": 2}, {"id": 1}, {"id": 2}]
    same = function(lambda value: value)
    assert same.distinct_by("id")(books) == [{"id": 2}, {"id": 1}]
    assert same.distinct().sort_by("id").batched(1)(books) == [[{"id": 1}], [{"id": 2}]]
    assert same.group_by("id", order="key")(books)[0] == {"key": 1, "items": [{"id": 1}]}


def test_a_step_that_does_nothing_says_so():
    with pytest.raises(NotImplementedError, match="Step"):
        Step()(1)


@pytest.mark.parametrize(
    ("step", "name", "advice"),
    [
        (double.map(), "deploy", r"double.map\(\) is a step.*compose\(double.map\(\)\)\.deploy"),
        (distinct_by("id"), "definition", r"compose\(distinct_by\('id'\)\)\.definition"),
        (double, "run", r"compose\(double\)\.run"),
        (double, "undeploy", r"lambent\.undeploy\(double\)"),
        (double, "dploy", r"^'Function' object has no attribute 'dploy'$"),
    ],
)
def test_what_only_pipelines_can_do_is_told_how_to_come_by(step, name, advice):
    assert not hasattr(step, name)
    with pytest.raises(AttributeError, match=advice):
        getattr(step, name)


def test_pure_steps_are_steps():
    assert (distinct_by("id") >> len)([{"id": 1}, {"id": 1}]) == 1
