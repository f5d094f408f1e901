"""Who is subscribed to what: one subscription a consumer and shard, and the later one takes over. In memory.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

from collections.abc import Callable
from dataclasses import dataclass

from lambent.core.clock import Instant, monotonic_s

TAKEN_OVER_AFTER_S = 5.0
KNOWN_MAX = 100_000

Key = tuple[int, int]
"""The consumer's id and the shard's number."""


@dataclass(slots=True)
class Subscription:
    """One that began. ``wake`` is called when it is over before its time."""

    key: Key
    begun_at: Instant
    begun_s: float
    wake: Callable[[], None]
    is_open: bool = True
    was_taken_over: bool = False

    def is_young(self, now: Instant) -> bool:
        """By the account's clock and by the machine's: a clock that stands still keeps nobody out for ever."""
        return max(now - self.begun_at, monotonic_s() - self.begun_s) < TAKEN_OVER_AFTER_S

    def stop(self, *, is_taken_over: bool = False) -> None:
        self.is_open = False
        self.was_taken_over = is_taken_over
        self.wake()


class Subscriptions:
    """All of one platform."""

    def __init__(self) -> None:
        self._last: dict[Key, Subscription] = {}

    def begin(self, consumer_id: int, shard_number: int, now: Instant, wake: Callable[[], None]) -> Subscription | None:
        """None where the last one began less than five seconds ago."""
        key = (consumer_id, shard_number)
        last = self._last.get(key)
        if last is not None:
            if last.is_young(now):
                return None
            if last.is_open:
                last.stop(is_taken_over=True)
        if len(self._last) >= KNOWN_MAX:
            self._last = {each: held for each, held in self._last.items() if held.is_open}
        begun = self._last[key] = Subscription(key, now, monotonic_s(), wake)
        return begun

    def end(self, consumer_id: int | None) -> None:
        """The consumer is gone, or (None) the platform stops."""
        for key, subscription in list(self._last.items()):
            if consumer_id is None or key[0] == consumer_id:
                del self._last[key]
                if subscription.is_open:
                    subscription.stop()
