"""Where a stream record stands: a position that grows with time, and the names that AWS' clients see of it.

A position says its millisecond, so that neither trimming nor AT_TIMESTAMP needs an index on time. What AWS promises of sequence
numbers is kept: digits only, of one length, growing within a shard and from a parent to its children.
"""

from datetime import UTC, datetime

from lambent.core.clock import Instant

POSITIONS_PER_MS = 2**15
"""With a clock that goes to the year 9892 a position still fits 63 bits."""

SHARD_NUMBERS = 1_000  # of a stream's shards that are open at once, no two have the same number
_DIGITS = 19
_SHARD_DIGITS = 3
SEQUENCE_NUMBER_DIGITS = 1 + _DIGITS + _SHARD_DIGITS
SEQUENCE_NUMBER_DIGITS_MIN = 21
SEQUENCE_NUMBER_DIGITS_MAX = 40


def position_at(moment: Instant) -> int:
    """The first position of a millisecond."""
    return int(moment * 1000) * POSITIONS_PER_MS


def position_after(last: int, now: Instant) -> int:
    """Where a record goes that is written now behind the one at ``last``: never before it, even when a clock goes back."""
    return max(last + 1, position_at(now))


def instant_of(position: int) -> Instant:
    """When a record at this position was written, to the millisecond."""
    return position // POSITIONS_PER_MS / 1000


def sequence_number(position: int, shard_number: int) -> str:
    """As AWS writes it. No two records of a stream have the same."""
    return f"1{position:0{_DIGITS}}{shard_number % SHARD_NUMBERS:0{_SHARD_DIGITS}}"


def position_of(sequence_number: str) -> int | None:
    """The position that a sequence number says, or None where it is none of ours."""
    if len(sequence_number) != SEQUENCE_NUMBER_DIGITS or not (sequence_number.isascii() and sequence_number.isdigit()):
        return None
    return int(sequence_number[1 : 1 + _DIGITS])


def shard_id(opened_at: Instant, tail: str) -> str:
    """shardId-00000001545083093838-a6e0a2bd: 20 digits of milliseconds, and 8 hexadecimal ones by chance."""
    return f"shardId-{int(opened_at * 1000):020}-{tail}"


def label_of(moment: Instant) -> str:
    """What tells one stream of a table from another: 2026-01-01T00:00:00.000."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
