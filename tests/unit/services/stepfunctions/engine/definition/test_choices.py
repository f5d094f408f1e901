"""Each operator of a Choice, on values of its type and of others."""

from typing import Any

import pytest

from lambent.services.stepfunctions.engine.definition.choices import InvalidRule, compile_test, moment
from lambent.services.stepfunctions.engine.definition.views import View
from lambent.services.stepfunctions.engine.failures import StateFailed


def holds(rule: dict[str, Any], value: Any) -> bool:
    view = View("S", 2, value, {}, {"v": 5}, 0.0)
    return compile_test(rule)(view.on(value))


@pytest.mark.parametrize(
    ("operator", "operand", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", 1, False),
        ("StringLessThan", "b", "a", True),
        ("StringGreaterThanEquals", "b", "a", False),
        ("NumericEquals", 1, 1.0, True),
        ("NumericEquals", 1, True, False),
        ("NumericGreaterThan", 1, "2", False),
        ("NumericLessThanEquals", 2, 2, True),
        ("BooleanEquals", True, True, True),
        ("BooleanEquals", True, 1, False),
        ("TimestampEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("TimestampLessThan", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00.5Z", True),
        ("TimestampLessThan", "2026-01-01T00:00:00Z", "soon", False),
        ("IsNull", True, None, True),
        ("IsNull", False, 1, True),
        ("IsString", True, "x", True),
        ("IsNumeric", True, True, False),
        ("IsBoolean", True, False, True),
        ("IsTimestamp", True, "2026-01-01T00:00:00Z", True),
        ("IsTimestamp", True, "2026-13-01T00:00:00Z", False),
        ("IsPresent", True, 0, True),
        ("StringMatches", "*.log", "a.b.log", True),
        ("StringMatches", "a\\*b", "a*b", True),
        ("StringMatches", "a\\*b", "axb", False),
        ("StringMatches", "a.c", "abc", False),
        ("StringMatches", "*a*a*a*a*a*b", "a" * 100_000, False),
        ("StringMatches", "a\\\\*", "a\\b", True),
        ("StringMatches", "a\n*", "a\nb\nc", True),
    ],
)
def test_an_operator_compares_values_of_its_type(operator: str, operand: Any, value: Any, expected: bool):
    assert holds({"Variable": "$.x", operator: operand}, {"x": value}) is expected


def test_paths_compare_with_what_they_find():
    assert holds({"Variable": "$.a", "NumericEqualsPath": "$.b"}, {"a": 1, "b": 1})
    assert holds({"Variable": "$v", "NumericEqualsPath": "$.b"}, {"b": 5})


def test_rules_are_joined():
    five = {"Variable": "$.a", "NumericEquals": 5}
    assert holds({"And": [five, {"Not": {"Variable": "$.a", "IsString": True}}]}, {"a": 5})
    assert holds({"Or": [{"Variable": "$.a", "IsNull": True}, five]}, {"a": 5})


def test_a_variable_that_is_missing_is_only_not_present():
    assert holds({"Variable": "$.no", "IsPresent": False}, {})
    with pytest.raises(StateFailed, match=r"States\.Runtime"):
        holds({"Variable": "$.no", "StringEquals": "a"}, {})


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$.a"},
        {"Variable": "$.a", "IsNull": True, "IsString": True},
        {"StringEquals": "a"},
        {"And": []},
        {"Variable": "$.a", "NumericEquals": "1"},
        {"Variable": "$.a", "StringMatches": 1},
    ],
)
def test_a_rule_that_is_none_is_refused(rule: dict[str, Any]):
    with pytest.raises(InvalidRule):
        compile_test(rule)


def test_only_timestamps_of_rfc_3339_are_moments():
    assert moment("2026-01-01T00:00:00.123Z") is not None
    assert moment("2026-01-01") is None
    assert moment(5) is None
