"""Which kind a pattern is, and that it is parsed once."""

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern import compiled


@pytest.mark.parametrize("text", ["", "  ", '" "'])
def test_a_pattern_that_everything_matches_is_none(text):
    assert compiled(text) is None


def test_the_first_character_tells_the_kind():
    assert compiled("{ $.a = 1 }").matches('{"a": 1}')
    assert compiled("[w1 = a, w2]").matches("a b")
    assert compiled("a").matches("{ a ]")


def test_a_pattern_is_parsed_once():
    assert compiled("once") is compiled("once")


def test_terms_name_nothing_to_extract():
    assert compiled("a").extract("a") == {}


def test_brackets_must_be_closed():
    with pytest.raises(InvalidPattern, match=r"starts with '\{' it must end with '\}'"):
        compiled("{ $.a = 1")
    with pytest.raises(InvalidPattern):
        compiled("[a, b")
