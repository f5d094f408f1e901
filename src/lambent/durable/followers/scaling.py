"""How many batches of a queue may run at once: AWS starts with a few and adds more for as long as messages remain.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

from msgspec import Struct

from lambent.core.clock import NEVER, Instant

BATCHES_FIRST = 5
BATCHES_MAX = 1_250
BATCHES_ADDED_PER_MIN = 300

ROUNDING = 1e-3
"""So that the instant at which one more may run is not, by a bit of a float, one before it."""


class Bounds(Struct, frozen=True):
    """Batches at once: to begin with, at most, and how many are added in a minute."""

    first: int
    maximum: int
    added_per_min: int


ORDINARY = Bounds(BATCHES_FIRST, BATCHES_MAX, BATCHES_ADDED_PER_MIN)
"""Where nobody says otherwise."""


class Scale:
    """How far one mapping has grown."""

    def __init__(self, within: Bounds) -> None:
        self._bounds = within
        self._level = within.first
        self._short_since: Instant | None = None

    def bound(self, within: Bounds) -> None:
        """Sets other bounds; what has grown stays as far as they allow."""
        self._bounds = within
        self._level = max(within.first, min(self._level, within.maximum))

    def allowed(self, now: Instant) -> int:
        """Batches that may run at ``now``."""
        if self._short_since is None:
            return self._level
        added = int((now - self._short_since) * self._bounds.added_per_min / 60 + ROUNDING)
        return min(self._level + added, self._bounds.maximum)

    def run_short(self, now: Instant) -> Instant:
        """All that may run do, and messages remain. Returns when one more may run; NEVER where there may be no more."""
        if self._short_since is None:
            self._short_since = now
        allowed = self.allowed(now)
        if allowed >= self._bounds.maximum:
            return NEVER
        return self._short_since + (allowed + 1 - self._level) * 60 / self._bounds.added_per_min

    def rest(self, running: int) -> None:
        """The source has nothing left: so many as still run may go on, and growing begins anew."""
        self._short_since = None
        self._level = max(self._bounds.first, min(running, self._bounds.maximum))
