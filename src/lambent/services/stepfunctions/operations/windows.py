"""How many calls are worth making at once: more only as long as more get done.

A thousand short calls at once would start a thousand environments that fight for the processor, where a few dozen do as much.
A thousand that wait are worth it. Nobody knows beforehand, so the window grows while growing helps.
"""

from dataclasses import dataclass

SIZE_FIRST = 64
PERIOD_S = 0.1
PAUSE_S = 1.0
WORTH_IT = 1.2
"""How much more must get done, after the window was doubled, for it to stay so and be doubled again."""
OTHERS = 0.5
"""When so much less gets done than before, the calls are others: what was learnt is of no use."""
TRIED_AGAIN_S = 1.0
"""After so long it is tried once more, for the last try may have met a busy moment."""


@dataclass(slots=True)
class Window:
    """``size`` calls may be made at once, at most ``size_max``. ``rate`` is what was done a second before it was last doubled."""

    size_max: int
    size: int = SIZE_FIRST
    rate: float = 0.0
    _since_s: float = 0.0
    _tried_at_s: float = 0.0
    _ended: int = 0
    _was_full: bool = False
    _is_settling: bool = True  # while what the size brings does not show yet: environments start, calls come to their ends
    _is_trying: bool = False

    def ended(self) -> None:
        self._ended += 1

    def full(self) -> None:
        """There are more calls than the window lets through."""
        self._was_full = True

    def look(self, now_s: float) -> bool:
        """Looks at how it went since the last look, where that was long enough ago. True when the window has grown."""
        span_s = now_s - self._since_s
        if span_s < PERIOD_S:
            return False
        rate, is_told = self._ended / span_s, self._was_full and not self._is_settling
        self._since_s, self._ended, self._was_full, self._is_settling = now_s, 0, False, False
        if span_s > PAUSE_S:  # what is known is of other calls
            self.size, self.rate = min(SIZE_FIRST, self.size_max), 0.0
            self._is_trying, self._is_settling = False, True
            return False
        return is_told and self._judge(rate, now_s)

    def _judge(self, rate: float, now_s: float) -> bool:
        if self._is_trying and rate < self.rate * WORTH_IT:
            self.size, self._is_trying, self._is_settling = max(1, self.size // 2), False, True
            return False
        is_time = rate < self.rate * OTHERS or now_s - self._tried_at_s >= TRIED_AGAIN_S
        if self.size >= self.size_max or not (self._is_trying or is_time or not self.rate):
            return False
        self.size, self.rate, self._tried_at_s = min(2 * self.size, self.size_max), rate, now_s
        self._is_trying = self._is_settling = True
        return True
