"""What passes a filter."""

import pytest

from lambent.lang.jsonpath import parse
from lambent.lang.jsonpath.filters import are_equal


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        ("@ > 1", [2, 3]),
        ("@ >= 2 && @ < 3", [2]),
        ("@ == 1 || @ == 3", [1, 3]),
        ("!(@ == 1)", [2, 3]),
        ("@ != 1", [2, 3]),
        ("@ in [1, 3, 'x']", [1, 3]),
        ("@ nin [1, 3]", [2]),
        ("2 == @", [2]),
        ("@ < '2'", []),
        ("@ == '2'", [2]),
        ("@ === '2'", []),
        ("@ == true", []),
        ("@.x", []),
        ("!@.x", [1, 2, 3]),
        ("@ == $[0]", [1]),
        ("@ == $.max()", [3]),
    ],
)
def test_numbers_pass(condition, passing):
    assert parse(f"$[?({condition})]").find([1, 2, 3]) == passing


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        ("@.t == 'abc'", [0]),
        ('@.t == "abc"', [0]),
        ("@.t =~ /a.*/", [0]),
        ("@.t =~ /b/", []),
        ("@.t =~ /ABC/i", [0]),
        ("@.t == null", [2]),
        ("@.t != null", [0, 1]),
        ("@.t", [0, 2]),
        ("@.l contains 2", [0]),
        ("@.t contains 'b'", [0]),
        ("@.l size 2", [0]),
        ("@.l empty true", [1]),
        ("@.l anyof [2, 9]", [0]),
        ("@.l noneof [2, 9]", [1]),
        ("@.l subsetof [1, 2, 3]", [0, 1]),
        ("@.l[0] == 1", [0]),
        ("@['l'].length() == 2", [0]),
        ("@..id", [0, 1, 2]),
    ],
)
def test_objects_pass(condition, passing):
    objects = [{"id": 0, "t": "abc", "l": [1, 2]}, {"id": 1, "l": []}, {"id": 2, "t": None}]
    assert parse(f"$[?({condition})].id").find(objects) == passing


def test_a_pattern_takes_time_in_proportion_to_the_text():
    assert parse("$[?(@ =~ /(a+)+b/)]").find(["a" * 10_000]) == []


def test_json_values_are_compared_as_json():
    assert are_equal({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]})
    assert not are_equal(1, True)
    assert not are_equal([0], [False])
    assert not are_equal({"a": 1}, {"b": 1})


def test_values_of_any_depth_are_compared():
    one: object = []
    other: object = []
    for _ in range(50_000):
        one, other = [one], [other]
    assert are_equal(one, other)
