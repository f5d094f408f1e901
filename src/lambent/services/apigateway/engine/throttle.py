"""Token buckets: how many requests a second, and how many at once, a stage or a route takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from collections.abc import Collection

from lambent.core.clock import Instant

RATE_PER_S_DEFAULT = 10_000.0
BURST_DEFAULT = 5_000
"""What AWS lets an account do in a region: the limit that is not named where the other one is."""


class Bucket:
    """Holds at most ``burst`` tokens, of which each request takes one; ``rate_per_s`` come back."""

    __slots__ = ("_at", "_burst", "_rate_per_s", "_tokens")

    def __init__(self, *, rate_per_s: float, burst: int) -> None:
        self._rate_per_s = rate_per_s
        self._burst = float(burst)
        self._tokens = self._burst
        self._at: Instant | None = None

    def take(self, now: Instant) -> bool:
        """Whether there was a token. A clock that was set back brings none."""
        if not self.has_token(now):
            return False
        self._tokens -= 1.0
        return True

    def has_token(self, now: Instant) -> bool:
        """Whether there is a token to take."""
        if self._at is not None and now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate_per_s)
        self._at = now
        return self._tokens >= 1.0


def take_of_each(buckets: Collection[Bucket], now: Instant) -> bool:
    """Whether each had a token; where one has none, none is taken of the others either."""
    if not all(bucket.has_token(now) for bucket in buckets):
        return False
    for bucket in buckets:
        bucket.take(now)
    return True


def bucket(*, rate_per_s: float | None, burst: int | None) -> Bucket | None:
    """None where nothing is limited. A limit of 0 lets nobody in, as on AWS."""
    if rate_per_s is None and burst is None:
        return None
    rate = RATE_PER_S_DEFAULT if rate_per_s is None else rate_per_s
    return Bucket(rate_per_s=rate, burst=0 if rate == 0 else BURST_DEFAULT if burst is None else burst)
