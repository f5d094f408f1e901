"""The cursor that paths are read with."""

import pytest

from lambent.lang.jsonpath import InvalidPath
from lambent.lang.jsonpath.reading import NESTING_MAX, Reader, unescaped


def test_a_refusal_tells_where():
    reader = Reader("$.ab")
    reader.take("$.")
    with pytest.raises(InvalidPath, match=r"Nothing there, position: 2") as refused:
        reader.refuse("Nothing there")
    assert refused.value.text == "$.ab"


def test_what_stands_between_quotes_is_taken_with_them():
    reader = Reader(r"'a\'b' rest")
    assert reader.quoted() == "a'b"
    assert reader.peek(5) == " rest"


def test_a_backslash_makes_a_character_an_ordinary_one():
    assert unescaped(r"a\.b\\c\nd") == "a.b\\c\nd"


def test_two_escaped_halves_are_one_character():
    assert unescaped(r"\uD834\uDD1E") == "\U0001d11e"


def test_nesting_is_limited():
    reader = Reader("")
    for _ in range(NESTING_MAX):
        reader.deeper()
    with pytest.raises(InvalidPath):
        reader.deeper()
