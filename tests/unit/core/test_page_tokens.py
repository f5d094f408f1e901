"""Tokens of pages: the key comes back, and what nobody was given is refused."""

from typing import Any

import pytest

from lambent.core.page_tokens import BadPageToken, key_of, token_of


@pytest.mark.parametrize("key", ["name", "späß", "", 7, ["name", 7], ["a", "b"]])
def test_a_token_comes_back_as_the_key_that_it_was_made_of(key: Any):
    assert key_of(token_of(key), key) == key


@pytest.mark.parametrize(
    ("key", "like"),
    [
        (7, "a"),
        ("\ud800", "a"),
        (2**63, 0),
        (-(2**63), 0),
        (True, 0),
        ([], ["a", 0]),
        (["a", "b"], ["a", 0]),
        (["a", 2**63], ["a", 0]),
        (["\udfff"], ["a"]),
    ],
)
def test_a_key_that_no_row_can_have_is_refused(key: Any, like: Any):
    with pytest.raises(BadPageToken):
        key_of(token_of(key), like)


@pytest.mark.parametrize("token", ["?", "é", "AAAA", "W1td", "W1tb" * 40_000])
def test_what_is_no_token_is_refused(token: str):
    with pytest.raises(BadPageToken):
        key_of(token, "")
