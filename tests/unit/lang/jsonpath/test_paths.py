"""Which paths lead to one value."""

import pytest

from lambent.lang.jsonpath import parse


@pytest.mark.parametrize("text", ["$", "$.a", "$.a[0].b", "$['a']", "$.a.length()", "$['a','b']", "$..a.max()"])
def test_a_path_is_definite(text):
    assert parse(text).is_definite


@pytest.mark.parametrize(
    "text", ["$.*", "$.a[*]", "$..a", "$.a[0,1]", "$.a[0:1]", "$.a[?(@.b)]", "$['a','b'].c", "$.a[*].length()"]
)
def test_a_path_is_not_definite(text):
    assert not parse(text).is_definite


@pytest.mark.parametrize(
    ("text", "is_reference"), [("$", True), ("$.a[0]['b']", True), ("$.a.length()", False), ("$.a[*]", False)]
)
def test_only_names_and_indexes_make_a_reference(text, is_reference):
    assert parse(text).is_reference is is_reference


def test_a_path_is_parsed_once():
    assert parse("$.parsed.once") is parse("$.parsed.once")


def test_what_is_found_is_part_of_the_document():
    document = {"a": {"b": []}}
    assert parse("$.a.b").find(document) is document["a"]["b"]
