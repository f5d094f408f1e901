"""Positions between events, and the tokens that tell them to clients.

Events of a group are in order of (timestamp, batch, offset in the batch). A position lies before the event of its key, whether
there is such an event or not: so a token stays good when events are deleted, and what is read from it later begins where it
ended.
"""

import re
from typing import NamedTuple, Self

from lambent.services.logs import errors

_DIGITS = "(\\d{20})(\\d{24})(\\d{12})"
_STREAM_TOKEN = re.compile(rf"([fb])/{_DIGITS}/s")
_FILTER_TOKEN = re.compile(rf"([fb])-{_DIGITS}")


class Position(NamedTuple):
    """Compares as the events lie."""

    at_ms: int
    batch_id: int = 0
    offset: int = 0

    def next(self) -> Self:
        """Just behind the event of this key."""
        return self._replace(offset=self.offset + 1)

    @property
    def digits(self) -> str:
        """56 digits, as AWS' event ids and tokens have."""
        return f"{self.at_ms:020d}{self.batch_id:024d}{self.offset:012d}"


START = Position(0)
END = Position(2**62)


def forward_token(position: Position) -> str:
    """GetLogEvents: what lies behind the position."""
    return f"f/{position.digits}/s"


def backward_token(position: Position) -> str:
    """GetLogEvents: what lies before the position."""
    return f"b/{position.digits}/s"


def read_stream_token(token: str) -> tuple[bool, Position]:
    """Whether it goes forward, and from where. Raises InvalidToken."""
    match = _STREAM_TOKEN.fullmatch(token)
    if match is None:
        raise errors.InvalidToken()
    return match[1] == "f", _position(match)


def filter_token(position: Position, *, is_backward: bool) -> str:
    """FilterLogEvents: where the next page begins, and which way it goes."""
    return f"{'b' if is_backward else 'f'}-{position.digits}"


def read_filter_token(token: str) -> tuple[bool, Position]:
    """Whether it goes backward, and from where. Raises InvalidToken."""
    match = _FILTER_TOKEN.fullmatch(token)
    if match is None:
        raise errors.InvalidToken()
    return match[1] == "b", _position(match)


def _position(match: re.Match[str]) -> Position:
    """No later than the end: a token that nobody was given must not ask the store for a number that it cannot hold."""
    return min(Position(int(match[2]), int(match[3]), int(match[4])), END)
