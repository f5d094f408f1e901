"""The regular expressions of patterns: what the documentation names and no more."""

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern import regexes


@pytest.mark.parametrize(
    ("regex", "found", "not_found"),
    [
        ("AUTHORIZED", "UNAUTHORIZED REQUEST", "authorized"),
        ("^[hc]at", "hat", "that"),
        ("[hc]at$", "a cat", "cats"),
        ("colou?r", "color", "colr"),
        ("^a{3,5}$", "aaaa", "aa"),
        ("gray|grey", "grey", "groy"),
        (r"\[.\]", "[7]", "7"),
        (r"10\.10\.0\.1", "10.10.0.1", "10010,0.1"),
        ("ab+c", "abbc", "ac"),
        (r"^\d\D$", "1a", "11"),
        (r"\s", "a b", "ab"),
        (r"\x28", "(", ")"),
        (r"^\w+$", "a_1", "é"),
    ],
)
def test_what_the_documentation_names_works(regex, found, not_found):
    find = regexes.compiled(regex)
    assert find(found)
    assert not find(not_found)


@pytest.mark.parametrize("regex", ["(a)", "a!", "é", "a{5,3}", "[a", "*"])
def test_anything_else_is_refused(regex):
    with pytest.raises(InvalidPattern):
        regexes.compiled(regex)


@pytest.mark.parametrize("regex", ["a*a*a*a*b", "a*b"])
def test_no_regex_takes_longer_than_its_text_is_long(regex):
    # A matcher that backtracks would be at it for hours.
    assert not regexes.compiled(regex)("a" * 1_000_000)
