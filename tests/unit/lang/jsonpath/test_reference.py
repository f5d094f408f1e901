"""Values put at reference paths."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.lang.jsonpath import InvalidPath, UnwritablePath, parse_reference

NAMES = st.text(st.characters(exclude_characters="'\\", exclude_categories=("Cs",)), min_size=1, max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("path", "document", "after"),
    [
        ("$", {"a": 1}, "new"),
        ("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}),
        ("$.c", {"a": 1}, {"a": 1, "c": "new"}),
        ("$.a.b.c", {}, {"a": {"b": {"c": "new"}}}),
        ("$.a.b", {"a": {"x": 1}}, {"a": {"x": 1, "b": "new"}}),
        ("$.a[1]", {"a": [1, 2]}, {"a": [1, "new"]}),
        ("$[0].b", [{"c": 1}], [{"c": 1, "b": "new"}]),
        ("$['a b']", {}, {"a b": "new"}),
    ],
)
def test_a_value_is_put(path, document, after):
    before = copy.deepcopy(document)
    assert parse_reference(path).put(document, "new") == after
    assert document == before


@pytest.mark.parametrize(("path", "document"), [("$.a", "text"), ("$.a", []), ("$.a.b", {"a": 1}), ("$.a.b", {"a": None})])
def test_nothing_is_put_into_what_is_no_object(path, document):
    with pytest.raises(UnwritablePath, match=r"^Unable to apply ReferencePath \$\.a"):
        parse_reference(path).put(document, 1)


def test_the_refusal_shows_the_whole_input():
    with pytest.raises(UnwritablePath) as refused:
        parse_reference("$.someTaskResult").put("input1", 1)
    assert refused.value.reason == 'Unable to apply ReferencePath $.someTaskResult to input "input1"'


@pytest.mark.parametrize(("path", "document"), [("$.a[2]", {"a": [1, 2]}), ("$.a[0]", {}), ("$[0]", {"a": 1})])
def test_an_array_has_to_have_the_element(path, document):
    with pytest.raises(UnwritablePath):
        parse_reference(path).put(document, 1)


@pytest.mark.parametrize(
    "text", ["$.a[*]", "$..a", "$.a[0,1]", "$.a[0:1]", "$.a[?(@.b)]", "$.a.length()", "$['a','b']", "a", "$.@x["]
)
def test_a_path_of_several_nodes_is_no_reference(text):
    with pytest.raises(InvalidPath):
        parse_reference(text)


@settings(deadline=None)
@given(JSON, st.lists(NAMES, max_size=4), JSON)
def test_what_was_put_is_found_there(document, names, value):
    path = parse_reference("$" + "".join(f"['{name}']" for name in names))
    before = copy.deepcopy(document)
    try:
        after = path.put(document, value)
    except UnwritablePath:
        return
    assert path.find(after) == value
    assert document == before
