"""Values of fields by their kinds."""

import pytest

from lambent.services.stepfunctions.engine.definition.field_rules import FieldRules, Findings, strings_of
from lambent.services.stepfunctions.engine.definition.grammar import Kind


def found(name, value, kind, *, is_jsonata=False):
    findings = Findings()
    FieldRules(findings, is_jsonata).check(name, value, kind, "/x")
    return [diagnostic.message for diagnostic in findings.diagnostics]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text", Kind.TEXT),
        (True, Kind.FLAG),
        (1, Kind.WHOLE),
        (1.5, Kind.NUMBER),
        ({}, Kind.OBJECT),
        ([], Kind.ARRAY),
        (None, Kind.ANY),
        ("$.a[*]", Kind.PATH),
        ("$$.a", Kind.PATH),
        ("$v.a", Kind.PATH),
        (None, Kind.PATH_OR_NULL),
        ("$.a[0]", Kind.REFERENCE_OR_NULL),
        ("States.Format('{}', $.a)", Kind.EXPRESSION),
    ],
)
def test_a_value_is_of_a_kind(value, kind):
    assert found("Field", value, kind) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, Kind.TEXT),
        (1, Kind.FLAG),
        (True, Kind.WHOLE),
        (1.5, Kind.WHOLE),
        ("1", Kind.NUMBER),
        ([], Kind.OBJECT),
        ({}, Kind.ARRAY),
    ],
)
def test_a_value_of_another_type_is_told(value, kind):
    assert found("Field", value, kind) == [f"Expected value of type [{kind.value}]"]


@pytest.mark.parametrize("value", ["", "a", "$.", "$.a[?(", None, 1])
def test_what_is_no_path_is_told(value):
    assert len(found("Field", value, Kind.PATH)) == 1


def test_a_number_may_be_jsonata_in_jsonata_only():
    assert found("Seconds", "{% 1 %}", Kind.WHOLE, is_jsonata=True) == []
    assert found("Seconds", "{% 1 %}", Kind.WHOLE) == ["Expected value of type [INTEGER]"]
    assert found("Next", "{% + %}", Kind.TEXT, is_jsonata=True) == []  # taken as it stands


def test_strings_are_found_at_any_depth():
    deep: object = {"b": "text"}
    for _ in range(10_000):
        deep = [deep]
    assert [(name, text) for name, text, _ in strings_of({"a": deep, "c": "d"}, "")] == [("c", "d"), ("b", "text")]
