"""Rules of a Choice."""

import pytest

from lambent.services.stepfunctions.engine.definition.field_rules import FieldRules, Findings
from lambent.services.stepfunctions.engine.definition.rules import NESTING_MAX, check_rule

TEST = {"Variable": "$.a", "IsNull": True}


def found(rule, *, is_jsonata=False):
    findings = Findings()
    check_rule(FieldRules(findings, is_jsonata), rule, "/r")
    return [(diagnostic.message, diagnostic.location) for diagnostic in findings.diagnostics]


@pytest.mark.parametrize(
    "rule",
    [
        TEST,
        {"Variable": "$.a", "StringEqualsPath": "$.b"},
        {"Variable": "$v", "NumericLessThan": 1.5},
        {"Variable": "$.a", "TimestampEquals": "2026-01-01T00:00:00Z", "Comment": "c", "Assign": {"x.$": "$.a"}},
        {"And": [TEST, {"Not": TEST}, {"Or": [TEST]}]},
    ],
)
def test_a_rule_of_jsonpath_is_good(rule):
    assert found(rule | {"Next": "B"}) == []


@pytest.mark.parametrize(
    ("rule", "message", "place"),
    [
        (TEST, "These fields are required: [Next]", "/r"),
        ({"Next": "B", "Variable": "$.a"}, "Exactly one comparison operator is required", "/r"),
        ({"Next": "B", **TEST, "IsString": True}, "Exactly one comparison operator is required", "/r"),
        ({"Next": "B", "IsNull": True}, "These fields are required: [Variable]", "/r"),
        (
            {"Next": "B", "Variable": "a", "IsNull": True},
            "Value is not a valid JSONPath: Path must start with '$'",
            "/r/Variable",
        ),
        ({"Next": "B", "Variable": "$.a", "IsNull": "x"}, "Expected value of type [BOOLEAN]", "/r/IsNull"),
        ({"Next": "B", "Variable": "$.a", "StringEquals": 1}, "Expected value of type [STRING]", "/r/StringEquals"),
        ({"Next": "B", "Variable": "$.a", "TimestampEquals": "now"}, "Value is not a valid timestamp", "/r/TimestampEquals"),
        ({"Next": "B", "And": []}, "The field 'And' should be a non-empty array", "/r/And"),
        ({"Next": "B", "Or": [1]}, "Expected value of type [OBJECT]", "/r/Or[0]"),
        ({"Next": "B", **TEST, "Odd": 1}, "Field 'Odd' is not supported", "/r"),
        (1, "Expected value of type [OBJECT]", "/r"),
    ],
)
def test_a_rule_of_jsonpath_is_told_what_is_wrong_with_it(rule, message, place):
    assert found(rule) == [(message, place)]


def test_a_rule_is_not_nested_without_bound():
    rule = TEST
    for _ in range(NESTING_MAX + 5):
        rule = {"Not": rule}
    assert [message for message, _ in found(rule | {"Next": "B"})] == ["The rule is nested too deeply"]


@pytest.mark.parametrize(
    "rule", [{"Condition": "{% $x > 1 %}"}, {"Condition": True}, {"Condition": "{% true %}", "Output": {"a": "{% $x %}"}}]
)
def test_a_rule_of_jsonata_is_good(rule):
    assert found(rule | {"Next": "B"}, is_jsonata=True) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "These fields are required: [Condition]"),
        ({"Condition": 1}, "Expected value of type [STRING]"),
        ({"Condition": "{% a %}"}, "Reference to 'a' at the top level is not supported."),
        ({"Condition": "{% true %}", "Variable": "$.a"}, "Field 'Variable' is not supported"),
    ],
)
def test_a_rule_of_jsonata_is_told_what_is_wrong_with_it(rule, message):
    assert [text for text, _ in found(rule | {"Next": "B"}, is_jsonata=True)] == [message]
