"""Tokens: read back as they were written, refused when they are not ours."""

import pytest

from lambent.services.logs.engine import positions
from lambent.services.logs.engine.positions import Position
from lambent.services.logs.errors import InvalidToken

SOMEWHERE = Position(1_767_225_600_000, 12, 3)


def test_a_stream_token_says_its_way_and_its_place():
    assert positions.read_stream_token(positions.forward_token(SOMEWHERE)) == (True, SOMEWHERE)
    assert positions.read_stream_token(positions.backward_token(SOMEWHERE)) == (False, SOMEWHERE)


def test_a_filter_token_says_its_way_and_its_place():
    for is_backward in (False, True):
        token = positions.filter_token(SOMEWHERE, is_backward=is_backward)
        assert positions.read_filter_token(token) == (is_backward, SOMEWHERE)


def test_tokens_look_like_those_of_aws():
    token = positions.forward_token(SOMEWHERE)
    assert token.startswith("f/")
    assert token.endswith("/s")
    assert len(token) == 60


@pytest.mark.parametrize("token", ["", "f/1/s", "x", "f/" + "1" * 56, "c/" + "1" * 56 + "/s"])
def test_a_foreign_token_is_refused(token):
    with pytest.raises(InvalidToken, match="The specified nextToken is invalid"):
        positions.read_stream_token(token)
    with pytest.raises(InvalidToken):
        positions.read_filter_token(token)


def test_a_token_beyond_the_end_leads_to_the_end():
    assert positions.read_stream_token(f"f/{'9' * 56}/s") == (True, positions.END)
    assert positions.read_filter_token(f"b-{'9' * 56}") == (True, positions.END)


def test_positions_compare_as_events_lie():
    assert Position(1, 9, 9) < Position(2, 0, 0) < Position(2, 0, 1) < Position(2, 1, 0)
    assert SOMEWHERE < SOMEWHERE.next() < Position(SOMEWHERE.at_ms, 13)
