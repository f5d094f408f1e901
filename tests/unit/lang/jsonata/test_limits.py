"""The guard of one evaluation."""

import threading

import pytest

from lambent.lang.jsonata import compile_template
from lambent.lang.jsonata.errors import EvaluationError, JsonataFailure
from lambent.lang.jsonata.limits import VALUE_BYTES_MAX, Allowance, Guard, Limits, Overworked, allowing, work_done


def test_levels_are_entered_and_left():
    guard = Guard(Limits(depth_max=2))
    for _ in range(10):
        guard.enter()
        guard.enter()
        guard.leave()
        guard.leave()
    guard.enter()
    guard.enter()
    with pytest.raises(EvaluationError, match="Depth=3 max=2"):
        guard.enter()


def test_evaluations_are_counted():
    guard = Guard(Limits(evaluations_max=3))
    guard.spend(3)
    with pytest.raises(EvaluationError, match="timeout"):
        guard.spend(1)


def test_numbers_count_eight_bytes_and_characters_one():
    guard = Guard(Limits())
    assert guard.size_bytes([1, "abc", {"a": True}]) == 8 + 3 + 8 + 8
    assert guard.size_bytes("abcd") == 4


def test_a_part_counts_wherever_it_stands():
    guard, value = Guard(Limits()), ["x" * 1_000]
    for _ in range(12):
        value = [value, value]
        assert guard.size_bytes(value) < VALUE_BYTES_MAX
    with pytest.raises(EvaluationError, match="memory limit"):
        guard.size_bytes([value, value])


def test_what_is_gone_through_costs_work():
    guard, value = Guard(Limits(evaluations_max=1_000)), ["x" * 40_000]
    guard.charge(value)
    with pytest.raises(EvaluationError, match="timeout"):
        guard.charge(value)


def test_no_value_is_larger_than_aws_allows():
    Guard(Limits()).allow(VALUE_BYTES_MAX)
    with pytest.raises(EvaluationError):
        Guard(Limits()).allow(VALUE_BYTES_MAX + 1)


def test_the_work_of_a_thread_is_told():
    before = work_done()
    Guard(Limits()).spend(7)
    assert work_done() == before + 7


# ---- allowances ------------------------------------------------------------------------------------------------------

HEAVY = "{% $sum($map([1..$n], function($i) { $i })) %}"


def summed(n: int, *, allowance: Allowance | None = None) -> object:
    template = compile_template({"a": HEAVY, "b": 1}, "Output")
    if allowance is None:
        return template.evaluate({}, {"n": n}, 0.0)
    with allowing(allowance):
        return template.evaluate({}, {"n": n}, 0.0)


def test_what_uses_up_an_allowance_is_evaluated_elsewhere_and_known_at_the_next_try():
    allowance = Allowance(200)
    assert summed(9, allowance=allowance) == {"a": 45, "b": 1}
    with pytest.raises(Overworked) as caught:
        summed(1_000, allowance=allowance)
    thread = threading.Thread(target=caught.value.learn, args=(allowance,))
    thread.start()
    thread.join()
    assert summed(1_000, allowance=allowance) == {"a": 500_500, "b": 1}
    assert summed(1_000, allowance=allowance) == {"a": 500_500, "b": 1}, "each try begins with all that is known"


def test_what_is_known_is_of_the_same_data_alone():
    allowance = Allowance(200)
    with pytest.raises(Overworked) as caught:
        summed(1_000, allowance=allowance)
    caught.value.learn(allowance)
    with pytest.raises(Overworked):
        summed(1_001, allowance=allowance)


def test_what_stands_twice_is_evaluated_twice():
    """For expressions may draw lots."""
    allowance = Allowance(200)
    template = compile_template([HEAVY.replace("$sum", "$uuid() & $sum")] * 2, "Output")
    for _ in range(2):
        with allowing(allowance), pytest.raises(Overworked) as caught:
            template.evaluate({}, {"n": 1_000}, 0.0)
        caught.value.learn(allowance)
    with allowing(allowance):
        first, second = template.evaluate({}, {"n": 1_000}, 0.0)  # type: ignore[misc]
    assert first != second


def test_a_failure_is_known_too():
    allowance = Allowance(200)
    template = compile_template("{% [$map([1..1000], function($i) { $i }), $error('no')] %}", "Output")
    with allowing(allowance), pytest.raises(Overworked) as caught:
        template.evaluate({}, {}, 0.0)
    caught.value.learn(allowance)
    with allowing(allowance), pytest.raises(JsonataFailure, match="no"):
        template.evaluate({}, {}, 0.0)


def test_no_part_of_an_expression_can_catch_that_the_allowance_is_used_up():
    for text in (
        "$n and $map([1..1000], function($i) { $i })",
        "[1..9] ~> $sort(function($l, $r) { $map([1..999], $string) })",
    ):
        with allowing(Allowance(200)), pytest.raises(Overworked):
            compile_template("{% " + text + " %}", "Output").evaluate({}, {"n": True}, 0.0)


def test_outside_of_an_allowance_everything_is_allowed():
    with allowing(Allowance(1)):
        pass
    assert summed(1_000) == {"a": 500_500, "b": 1}
