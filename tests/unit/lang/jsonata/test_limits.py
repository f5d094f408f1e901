"""The guard of one evaluation."""

import pytest

from lambent.lang.jsonata.errors import EvaluationError
from lambent.lang.jsonata.limits import VALUE_BYTES_MAX, Guard, Limits, work_done


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
