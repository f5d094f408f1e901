"""Values on their way into the library and back."""

import math

import pytest

from lambent.lang.jsonata.library import Utils
from lambent.lang.jsonata.values import NULL, entering, is_function, kind, leaving, spelled, spelled_number, whole_characters


def test_null_is_not_undefined_to_the_library():
    assert entering(None) is NULL
    assert entering({"a": [None]})["a"][0] is NULL


def test_what_holds_no_null_is_not_copied():
    value = {"a": [1, {"b": "c"}]}
    assert entering(value) is value


def test_what_is_entered_is_not_changed():
    value = {"a": [None, 10**30]}
    assert entering(value) == {"a": [NULL, 1e30]}
    assert value == {"a": [None, 10**30]}


def test_what_leaves_is_plain_json():
    sequence = Utils.create_sequence_from_iter([1, NULL, {"a": math.inf}, 2**70, "\ud834\udd1e", "\ud800"])
    left = leaving(sequence)
    assert left == [1, None, {"a": "Infinity"}, float(2**70), "\U0001d11e", "\ufffd"]
    assert type(left) is list


def test_a_function_cannot_leave():
    with pytest.raises(TypeError):
        leaving([Utils.NONE, _function()])
    assert is_function(_function())
    assert not is_function({"a": 1})


def _function():
    from lambent.lang.jsonata.functions import all_functions

    return all_functions()["uuid"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (10**21, "1e+21"),
        (-1.5e-7, "-1.5e-7"),
        (1.5e-5, "0.000015"),
        (1 / 3, "0.333333333333333"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_numbers_are_spelled_as_javascript_spells_them(number, text):
    assert spelled_number(number) == text


def test_json_is_spelled_in_one_line_or_several():
    assert spelled({"a": [1, NULL, True, "é\n"], "b": {}}, is_pretty=False) == '{"a":[1,null,true,"é\\n"],"b":{}}'
    assert spelled({"a": [1], "b": []}, is_pretty=True) == '{\n  "a": [\n    1\n  ],\n  "b": []\n}'


def test_infinity_is_no_json():
    with pytest.raises(OverflowError):
        spelled([math.inf], is_pretty=False)


def test_halves_of_characters_are_joined():
    assert whole_characters("a\ud834\udd1eb\udfff") == "a\U0001d11eb\ufffd"


@pytest.mark.parametrize(
    ("value", "name"), [(1, "number"), (1.5, "number"), (True, "boolean"), (None, "null"), ({}, "object"), ([], "array")]
)
def test_a_value_has_the_type_that_json_gives_it(value, name):
    assert kind(value) == name
