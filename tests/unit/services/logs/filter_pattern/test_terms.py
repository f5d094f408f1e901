"""Patterns of terms, with the documentation's own examples."""

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern import terms

BAD, UNAUTHORIZED, MISSING = "[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[ERROR 419] MISSING ARGUMENTS"
EVENTS = (BAD, UNAUTHORIZED, MISSING, "[INFO] REQUEST FAILED")


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("ERROR", [BAD, UNAUTHORIZED, MISSING]),
        ("error", []),
        ("ERROR ARGUMENTS", [MISSING]),
        ("?BAD ?ARGUMENTS", [BAD, MISSING]),
        ("?ERROR ?ARGUMENTS REQUEST", [BAD, UNAUTHORIZED, "[INFO] REQUEST FAILED"]),
        ("?ERROR -REQUEST", [MISSING]),
        ('"BAD REQUEST"', [BAD]),
        ("ERROR -ARGUMENTS", [BAD, UNAUTHORIZED]),
        ('-"BAD REQUEST" - ARGUMENTS', [UNAUTHORIZED, "[INFO] REQUEST FAILED"]),
        ("%40[01]% -BAD", [UNAUTHORIZED]),
        ('?"400]" ?%41\\d%', [BAD, MISSING]),
        (r'"[ERROR"', [BAD, UNAUTHORIZED, MISSING]),
    ],
)
def test_terms_match_as_documented(pattern, matching):
    matches = terms.parse(pattern)
    assert [event for event in EVENTS if matches(event)] == matching


def test_quotes_and_backslashes_are_escaped_with_backslashes():
    matches = terms.parse(r'"level\\\":\\\"error"')
    assert matches(r"{\"level\":\"error\"}")


@pytest.mark.parametrize(
    ("pattern", "characters"), [("Status: timeout", ":"), ("foo-bar", "-"), ("a.b", "."), ("f(x)", "("), ('""', '""')]
)
def test_other_characters_must_be_quoted(pattern, characters):
    with pytest.raises(InvalidPattern) as refused:
        terms.parse(pattern)
    assert refused.value.message == f"Invalid character(s) in term '{characters}'"


@pytest.mark.parametrize("pattern", ['"open', "%open", "?", "a -"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        terms.parse(pattern)
