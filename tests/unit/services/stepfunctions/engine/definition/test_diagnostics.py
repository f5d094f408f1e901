"""Diagnostics, and the sentence that refuses a definition."""

from lambent.services.stepfunctions.engine.definition.diagnostics import SCHEMA, WARNING, Diagnostic, refusal


def test_a_refusal_names_every_error_with_its_place():
    found = [
        Diagnostic(SCHEMA, "One", "/A"),
        Diagnostic("NO_DOLLAR", "Two", "/B", WARNING),
        Diagnostic("MISSING_END_STATE", "Three", None),
    ]
    assert refusal(found) == "SCHEMA_VALIDATION_FAILED: One at /A, MISSING_END_STATE: Three at null"


def test_warnings_refuse_nothing():
    assert refusal([Diagnostic("NO_DOLLAR", "Two", "/B", WARNING)]) is None
