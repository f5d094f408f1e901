"""Reading fields, with the place of what is wrong."""

import pytest

from lambent.services.stepfunctions.engine.definition.fields import Fields, InvalidField


def test_what_is_missing_is_named():
    with pytest.raises(InvalidField) as caught:
        Fields({"a": 1}, "").require("a", "b", "c")
    assert str(caught.value) == "SCHEMA_VALIDATION_FAILED: These fields are required: [b, c] at /"


@pytest.mark.parametrize("value", ["1", True, None, -1, 1e12])
def test_a_number_has_bounds(value: object):
    with pytest.raises(InvalidField):
        Fields({"n": value}, "/S").number("n", 0, least=0)


def test_a_path_that_selects_everything_is_none():
    fields = Fields({"a": "$", "b": "$.x"}, "/S")
    assert fields.path("a") is None
    assert fields.path("c") is None
    assert fields.path("b") is not None


def test_objects_in_lists_have_places_of_their_own():
    first, second = Fields({"l": [{}, {"a": 1}]}, "/S").objects("l")
    assert (first.location, second.at("a")) == ("/S/l[0]", "/S/l[1]/a")
    with pytest.raises(InvalidField):
        Fields({"l": [1]}, "/S").objects("l")


def test_names_are_texts():
    assert Fields({"n": ["a"]}, "").names("n") == ("a",)
    with pytest.raises(InvalidField):
        Fields({"n": [1]}, "").names("n")
