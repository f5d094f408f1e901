"""Comparisons of a value with what a pattern says."""

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern.comparisons import as_text, compare, number_of


@pytest.mark.parametrize(
    ("sign", "value", "met", "not_met"),
    [
        ("=", "a", "a", "ab"),
        ("!=", "a", "ab", "a"),
        ("=", '"a b"', "a b", "a"),
        ("=", r'"a\"b"', 'a"b', "ab"),
        ("=", "4*", "404", "504"),
        ("=", "4*", 404, 504),
        ("=", "*4", "504", "505"),
        ("=", "*0*", "404", "444"),
        ("=", "Ev*ent", "Ev*ent", "Event"),
        ("=", "*", "anything", None),
        ("=", "400", 400, 401),
        ("=", "400", 400.0, 400.5),
        ("=", "400", "400", "400.0"),
        ("=", "1e+3", 1000, 1001),
        ("!=", "1e-3", 1, 0.001),
        (">", "75", 76, 75),
        ("<=", "-1.5", -1.5, -1),
        (">=", "+60", "60", "59"),
        ("<", "5", "4.9", "five"),
        ("=", "true", True, False),
        ("=", "%^4\\d\\d$%", "404", "1404"),
        ("!=", "%err%", "fine", "an err"),
    ],
)
def test_a_comparison_is_met_or_not(sign, value, met, not_met):
    is_met = compare(sign, value)
    assert is_met(met)
    if not_met is not None:
        assert not is_met(not_met)


def test_an_order_needs_a_number():
    with pytest.raises(InvalidPattern):
        compare(">", "many")


def test_a_scalar_is_spelt_as_in_json():
    assert [as_text(each) for each in ("a", True, False, 3, 3.0, 3.25)] == ["a", "true", "false", "3", "3", "3.25"]


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "0x1", "", "1e", "."])
def test_what_python_takes_for_a_number_need_not_be_one(text):
    assert number_of(text) is None
