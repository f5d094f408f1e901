"""What a batch of a stream's records becomes when its invocation fails: retried, split in two, or given up. Pure.

A piece is a run of records that is invoked together. A lane tries its pieces one after another, so a piece that fails holds up
all behind it. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.durable.followers.settings import NO_LIMIT, Settings

RETRY_EXHAUSTED, AGE_EXCEEDED = "RetryAttemptsExhausted", "RecordAgeExceeded"
"""Why records were given up, as a failure's record tells it."""

DELAY_S_FIRST = 1.0
DELAY_S_MAX = 60.0
"""Between attempts of the same records; twice as long after each."""


class Piece(Struct, frozen=True):
    """The records of a lane up to the one numbered ``last``, which is behind those of the piece before.

    ``failures`` are those that count against MaximumRetryAttempts, ``invokes`` all attempts that reached the function.
    """

    last: str
    failures: int = 0
    invokes: int = 0
    due_at: Instant = 0.0


class Step(Struct, frozen=True):
    """Of the records that were invoked together so many have been handled and so many after them are given up.

    ``pieces`` is how the rest is tried next.
    """

    handled: int
    given_up: int
    pieces: tuple[Piece, ...]


def after_failure(piece: Piece, sequences: Sequence[str], failed_at: int, settings: Settings, now: Instant) -> Step:
    """``failed_at``: the first of the records (numbered ``sequences``) that was not handled; 0 where the invocation failed.

    A split uses up no retry, for it makes progress: at the record that the function named, else in the middle.
    """
    tried = replace(piece, invokes=piece.invokes + 1, due_at=0.0)
    if settings.is_bisecting and len(sequences) > 1:
        if failed_at:
            return Step(failed_at, 0, (tried,))
        return Step(0, 0, (replace(tried, last=sequences[len(sequences) // 2 - 1]), tried))
    failures = piece.failures + 1
    if settings.retries_max != NO_LIMIT and failures > settings.retries_max:
        return Step(failed_at, len(sequences) - failed_at, ())
    return Step(failed_at, 0, (replace(tried, failures=failures, due_at=now + delay_s(failures)),))


def delay_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(DELAY_S_FIRST * 2.0 ** min(failures - 1, 16), DELAY_S_MAX)


def expired(arrivals: Sequence[Instant], age_s_max: int, now: Instant) -> int:
    """How many records, from the first on, are too old to be tried (again). ``arrivals``: when each came into the stream."""
    if age_s_max <= 0:
        return 0
    count = 0
    while count < len(arrivals) and now - arrivals[count] >= age_s_max:
        count += 1
    return count
