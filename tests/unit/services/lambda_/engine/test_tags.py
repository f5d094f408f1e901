"""Tags of functions."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import tags
from lambent.services.lambda_.engine.identifiers import FunctionName


def test_tags_are_added_replaced_and_removed(tx, made):
    function = made.function()
    tags.add(tx, function, {"a": "1", "b": "2"})
    tags.add(tx, function, {"b": "3"})
    tags.remove(tx, function, ["a", "not there"])
    assert tags.tags_of(tx, function) == {"b": "3"}


def test_50_tags_are_the_most_in_all(tx, made):
    function = made.function()
    tags.add(tx, function, {str(number): "" for number in range(50)})
    with pytest.raises(errors.TagsTooMany):
        tags.add(tx, function, {"one more": ""})


def test_a_function_must_be_there(tx, made):
    with pytest.raises(errors.FunctionNotFound):
        tags.tags_of(tx, FunctionName(made.function().scope, "g"))
