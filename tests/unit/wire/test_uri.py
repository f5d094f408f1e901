"""Paths and query strings are taken apart as AWS takes them apart."""

import pytest

from lambent.wire import uri


def test_a_path_is_its_parts_between_slashes():
    assert uri.segments("/bucket/a//b/") == ["bucket", "a", "", "b", ""]


def test_the_root_has_no_parts():
    assert uri.segments("/") == []


def test_a_part_keeps_its_plus_and_loses_its_percent_encoding():
    assert uri.decode("a+b%20c%2Fd%C3%A9") == "a+b c/dé"


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("uploads", [("uploads", "")]),
        ("a=1&a=2&&b=", [("a", "1"), ("a", "2"), ("b", "")]),
        ("name=a+b%2Bc&k=x=y", [("name", "a b+c"), ("k", "x=y")]),
    ],
)
def test_a_query_string_is_its_pairs_in_order(query: str, pairs: list[tuple[str, str]]):
    assert uri.pairs(query) == pairs


@pytest.mark.parametrize(("query", "expected"), [("a=1&b=%C3%A9+x", "a=1&b=%C3%A9+x"), ("q=\xc3\xa9", "q=%C3%A9")])
def test_bytes_that_a_url_may_not_have_are_encoded_once(query: str, expected: str):
    assert uri.query_in_ascii(query) == expected
