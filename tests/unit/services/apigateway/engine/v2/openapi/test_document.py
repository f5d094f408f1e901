"""The document of a definition: JSON or YAML, references within it."""

import json

import pytest

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2.openapi import document

DOCUMENT = {"openapi": "3.0.1", "info": {"title": "t"}}


def test_json_and_yaml_say_the_same():
    assert document.load(json.dumps(DOCUMENT)) == document.load("openapi: 3.0.1\ninfo:\n  title: t\n") == DOCUMENT
    for output_type in ("JSON", "YAML"):
        assert document.load(document.dump(DOCUMENT, output_type).decode()) == DOCUMENT


@pytest.mark.parametrize("text", ["", "[]", "{", "a: [", "just words", "swagger: '2.0'", "openapi: 3"])
def test_what_is_no_definition_is_refused(text):
    with pytest.raises(errors.BadRequest):
        document.load(text)


def test_a_definition_has_a_size(monkeypatch):
    monkeypatch.setattr(document, "DOCUMENT_BYTES_MAX", 10)
    with pytest.raises(errors.BadRequest, match="larger than 10 bytes"):
        document.load(json.dumps(DOCUMENT))


def test_deep_nesting_is_refused_and_breaks_nothing():
    with pytest.raises(errors.BadRequest):
        document.load("[" * 100_000)


def test_a_reference_leads_within_the_document():
    whole = {"a/b": {"c": {"$ref": "#/d"}}, "d": 1}
    assert document.resolved(whole, {"$ref": "#/a~1b/c"}) == 1
    for wrong in ("#/none", "other.json#/d", "#/d/e"):
        with pytest.raises(errors.BadRequest, match="leads nowhere"):
            document.resolved(whole, {"$ref": wrong})
    with pytest.raises(errors.BadRequest, match="circles"):
        document.resolved({"a": {"$ref": "#/a"}}, {"$ref": "#/a"})


def test_members_of_another_type_are_read_as_nothing():
    assert (document.obj([1]), document.text([1]), document.text(1.5), document.text(True)) == ({}, "", "1.5", "")
    assert (document.texts("a, b"), document.texts(["a", 1]), document.texts({})) == (("a", "b"), ("a", "1"), ())
    assert document.strings({1: "a", "b": 2}) == {"1": "a", "b": "2"}


def test_operations_are_methods_and_that_of_all_methods():
    item = {"get": {}, "x-amazon-apigateway-any-method": {}, "parameters": [], "summary": "s", "trace": {}, "put": 1}
    assert [method for method, _ in document.operations(item)] == ["GET", "ANY"]
