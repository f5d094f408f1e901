"""Regular expressions of JSONata."""

import pytest

from lambent.lang.jsonata.engine import parsed
from lambent.lang.jsonata.errors import InvalidJsonata
from lambent.lang.jsonata.patterns import Match


def pattern(text):
    return parsed(text).ast.value


def test_matches_have_places_and_groups():
    assert list(pattern("/a(b)?/").matches("ab éa")) == [Match("ab", 0, 2, ["b"]), Match("a", 4, 5, [None])]


def test_flags_ignore_case_and_see_lines():
    assert [match.text for match in pattern("/^b$/im").matches("a\nB\nb")] == ["B", "b"]


@pytest.mark.parametrize("text", ["/(?=a)/", "/(a)\\1/", "/a{99999}/"])
def test_what_would_need_backtracking_is_refused(text):
    with pytest.raises(InvalidJsonata, match=r"^Unsupported regular expression "):
        parsed(text)


def test_a_pattern_takes_time_in_proportion_to_the_text():
    assert list(pattern("/(a+)+b/").matches("a" * 10_000)) == []
