"""How many calls are worth making at once: more only where calls wait, and as long as more get done.

A thousand short calls at once would start a thousand environments that fight for the processor, where a few dozen do as much.
A thousand that wait are worth it. Nobody knows beforehand, so the window looks at how long calls take and grows while it helps.
"""

from dataclasses import dataclass, field

SIZE_FIRST = 64
PERIOD_S = 0.1
PAUSE_S = 1.0
WORTH_IT = 1.2
"""How much more must get done, after the window was doubled, for it to be doubled again."""
OTHERS = 0.5
"""When so much less gets done than before, the calls are others: what was learnt is of no use."""
TRIED_AGAIN_S = 1.0
"""After so long it is tried once more, for the last try may have met a busy moment."""
WAITS_S = 0.05
"""Calls wait where nine in ten take so long. Of those that compute, many at once, some are always quick."""
WAITS_LONG_S = 0.5
"""Calls wait where they take so long in the mean, whatever a few do."""
SILENT_S = 2.0
"""Calls wait where none of a full window has ended for so long: environments, too, start within it."""


@dataclass(slots=True)
class Window:
    """``size`` calls may be made at once, at most ``size_max``. ``rate`` is what was done a second before that grew."""

    size_max: int
    size: int = SIZE_FIRST
    rate: float = 0.0
    _since_s: float = 0.0
    _tried_at_s: float = 0.0
    _took_s: list[float] = field(default_factory=list)
    _was_full: bool = False
    _is_trying: bool = False
    _silent_since_s: float | None = None
    _settling: int = SIZE_FIRST  # so many are to end before the size tells anything: their environments had to start

    def ended(self, took_s: float) -> None:
        """A call has ended after so long."""
        self._took_s.append(took_s)

    def full(self) -> None:
        """There are more calls than the window lets through."""
        self._was_full = True

    def look(self, now_s: float) -> bool:
        """Looks at how it went since the last look, where that was long enough ago. True when the window has grown."""
        if self._is_silent(now_s):
            self.size, self.rate, self._tried_at_s = min(2 * self.size, self.size_max), 0.0, now_s
            self._silent_since_s = now_s
            return True
        span_s = now_s - self._since_s
        if span_s < PERIOD_S or (not self._took_s and span_s < WAITS_LONG_S):
            return False
        took_s, was_full, was_settling = self._took_s, self._was_full, self._settling > 0
        self._since_s, self._took_s, self._was_full = now_s, [], False
        self._settling -= len(took_s)
        if span_s > PAUSE_S and not took_s:  # what is known is of other calls
            self.size, self.rate, self._is_trying = min(SIZE_FIRST, self.size_max), 0.0, False
            self._settling = self.size
            return False
        return was_full and not was_settling and self._judge(len(took_s) / span_s, took_s, now_s)

    def _is_silent(self, now_s: float) -> bool:
        """Whether calls wait of which none has ended yet, so that nothing else is known of them."""
        if self._took_s or not self._was_full:
            self._silent_since_s = None
        elif self._silent_since_s is None:
            self._silent_since_s = now_s
        return self._silent_since_s is not None and now_s - self._silent_since_s >= SILENT_S and self.size < self.size_max

    def _judge(self, rate: float, took_s: list[float], now_s: float) -> bool:
        is_worth_it = rate >= self.rate * WORTH_IT if self._is_trying else rate < self.rate * OTHERS
        is_time = now_s - self._tried_at_s >= TRIED_AGAIN_S
        self._is_trying = False
        if self.size >= self.size_max or not (is_worth_it or is_time) or not self._waits(rate, took_s):
            return False
        self.size, self.rate, self._tried_at_s = min(2 * self.size, self.size_max), rate, now_s
        self._is_trying, self._settling = True, self.size
        return True

    def _waits(self, rate: float, took_s: list[float]) -> bool:
        """Whether calls spend their time waiting."""
        return self.size >= rate * WAITS_LONG_S or sorted(took_s)[len(took_s) // 10] >= WAITS_S
