"""The pure steps in JSONata give what they give in Python."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.unit.sdk.random_pipelines import LISTS, PURE, VALUES, outcome, said, same

from lambent import distinct, distinct_by, filter, flat_map, group_by, max_by, path, reduce, sort_by  # noqa: A004 - their names
from lambent.lang.jsonata import JsonataFailure, compile_template
from lambent.lang.jsonata.limits import work_done
from lambent.sdk.jsonata import NotInJsonata, constant, expression, template

NO_SHRINKING = tuple(phase for phase in Phase if phase not in (Phase.shrink, Phase.explain))
EXAMPLES, EXAMPLES_IN_REAL_TIME = 60, 5_000
ITEMS = 2_000
"""So many small records at least fit into what an expression may do."""


def evaluated(step, value):
    text = template(expression(step, "$states.input"))
    try:
        return "ok", compile_template(text, "Output").evaluate({"input": value}, {}, 0.0)
    except JsonataFailure as failure:
        return "error", said("States.QueryEvaluationError", str(failure))


def often(examples):
    return settings(max_examples=examples, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))


@often(EXAMPLES)
@given(PURE, LISTS | VALUES)
def test_a_random_step_over_random_json_gives_the_same_in_python_and_in_jsonata(step, value):
    check(step, value)


@pytest.mark.realtime
@often(EXAMPLES_IN_REAL_TIME)
@given(PURE, LISTS | VALUES)
def test_thousands_of_random_steps_give_the_same_in_python_and_in_jsonata(step, value):
    check(step, value)


def check(step, value):
    here, there = outcome(step, value), evaluated(step, value)
    assert here[0] == there[0], (here, there)
    assert same(json.loads(json.dumps(here[1])), there[1]), (here, there)


@pytest.mark.parametrize(
    "items",
    [
        [[1, 2]],
        [[]],
        [[], [1]],
        [None],
        [None, None, 0, False, "", "null"],
        [0.3, 0.1 + 0.2, 1, 1.0, "1", True],
        [1e308, 1.7976931348623157e308, 5e-324, -0.0, 0],
        [[-1.7976931348623157e308], {}, {}],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [9007199254740993, 9007199254740992, 9007199254740992.0],
        ["s", "j", "#1", "jnull", "a\nb", '"', "%}"],
    ],
)
def test_equal_values_and_only_they_are_one_key(items):
    for step in (distinct(), distinct_by(path(), order="key"), group_by(path()), sort_by(path(), reverse=True)):
        here, there = step(items), evaluated(step, items)
        assert there[0] == "ok"
        assert same(here, there[1]), (here, there)


@pytest.mark.parametrize("step", [distinct_by("id"), distinct_by("n", keep="last"), distinct(), group_by("id"), filter("n")])
def test_thousands_of_records_fit_into_what_an_expression_may_do(step):
    items = [{"id": f"id-{number % 1_000}", "n": number} for number in range(ITEMS)]
    assert evaluated(step, items) == ("ok", step(items))


def test_time_grows_with_the_number_of_items_and_not_with_its_square():
    def work(count):
        before = work_done()
        evaluated(sort_by("n"), [{"n": number} for number in range(count)])
        return work_done() - before

    assert work(800) < 2.3 * work(400)


def test_a_python_callable_is_refused():
    for step in (
        distinct_by(len),
        distinct_by(("id", len)),
        distinct_by("id", keep=max),
        reduce(max),
        filter(bool),
        flat_map(list),
    ):
        with pytest.raises(NotInJsonata):
            expression(step, "$states.input")


def test_a_name_of_any_characters_is_found():
    for name in ('"', "`", "\\", "%}", "a b", "$", "😀", "\n", "and"):
        step = distinct_by(path(name), keep=max_by(path(name)))
        assert evaluated(step, [{name: 1}, {name: 1}, {name: 2}]) == ("ok", [{name: 1}, {name: 2}])


def test_text_that_looks_like_an_expression_stays_text():
    value = {"a": ["{% 1 + 1 %}", "{%"], "b": 1}
    assert compile_template(constant(value), "Output").evaluate({}, {}, 0.0) == value
