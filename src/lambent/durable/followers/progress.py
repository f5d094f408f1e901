"""How far a mapping has come in one shard: what a restart needs to go on where it stood.

``sequence`` is never ahead of what was handled: with several lanes it is the end of what all of them have behind them, and
records after it that some lane has handled already are handled again after a restart.
"""

from typing import Self

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.durable.followers.pieces import Piece
from lambent.durable.followers.streams import AT_TIMESTAMP, TRIM_HORIZON
from lambent.durable.followers.windows import Window

AFTER_SEQUENCE_NUMBER = "AFTER_SEQUENCE_NUMBER"


class LanePieces(Struct, frozen=True):
    """What one lane is trying, first to last."""

    lane: int
    pieces: tuple[Piece, ...]


class Progress(Struct, frozen=True):
    """``start`` is the type of a shard iterator: TRIM_HORIZON, AT_TIMESTAMP (``at``) or AFTER_SEQUENCE_NUMBER (``sequence``).

    ``lanes`` are those of a mapping with the ParallelizationFactor ``factor``; with another one keys meet in other lanes.
    """

    start: str = TRIM_HORIZON
    sequence: str = ""
    at: Instant = 0.0
    is_ended: bool = False
    factor: int = 1
    lanes: tuple[LanePieces, ...] = ()
    window: Window | None = None

    @classmethod
    def from_time(cls, at: Instant) -> Self:
        return cls(AT_TIMESTAMP, at=at)

    @classmethod
    def behind(cls, sequence: str) -> Self:
        """After a record that was handled."""
        return cls(AFTER_SEQUENCE_NUMBER, sequence)

    @classmethod
    def ended(cls) -> Self:
        """Nothing is to be read of the shard (any more)."""
        return cls(is_ended=True)

    def moved(self, sequence: str) -> Self:
        """The same after one more record is behind."""
        return replace(self, start=AFTER_SEQUENCE_NUMBER, sequence=sequence, at=0.0)

    def of_lane(self, lane: int, factor: int) -> tuple[Piece, ...]:
        """What a lane was trying; nothing where lanes were cut in another way."""
        return next((each.pieces for each in self.lanes if factor == self.factor and each.lane == lane), ())


_decoder = msgspec.json.Decoder(Progress)


def encode(progress: Progress) -> str:
    return msgspec.json.encode(progress).decode()


def decode(text: str) -> Progress:
    return _decoder.decode(text)
