"""Task tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.stepfunctions.engine.interpreter.tokens import Token, parse


def test_a_token_is_read_as_it_was_written():
    token = Token("5", 1, 7, "s" * 32)
    assert parse(token.text()) == token
    assert len(token.text()) < 2_048


@pytest.mark.parametrize("text", ["", "é", "AAAA", "e30=", "WzEsMl0="])
def test_what_is_none_is_none(text: str):
    assert parse(text) is None


@given(st.text(max_size=60))
def test_nothing_crashes_the_reader(text: str):
    parse(text)
