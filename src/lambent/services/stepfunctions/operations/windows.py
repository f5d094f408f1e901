"""How many calls are worth making at once: more only as long as more get done.

A thousand short calls at once would start a thousand environments that fight for the processor, where a few dozen do as much.
A thousand that wait are worth it. Nobody knows beforehand, so the window grows while growing helps.
"""

from dataclasses import dataclass

SIZE_FIRST = 64
PERIOD_S = 0.1
WORTH_IT = 1.2
"""How much more must get done, after the window was doubled, for it to be doubled again."""


@dataclass(slots=True)
class Window:
    """``size`` calls may be made at once, at most ``size_max``. ``rate`` is what was done a second before it last grew."""

    size_max: int
    size: int = SIZE_FIRST
    rate: float = 0.0
    _since_s: float = 0.0
    _ended: int = 0
    _was_full: bool = False
    _is_settling: bool = True  # while what the size brings does not show yet: environments start, calls come to their ends

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
        rate, was_full, was_settling = self._ended / span_s, self._was_full, self._is_settling
        self._since_s, self._ended, self._was_full, self._is_settling = now_s, 0, False, False
        if span_s > 10 * PERIOD_S:  # there was a pause: what is known is of other calls
            self.size, self.rate, self._is_settling = min(SIZE_FIRST, self.size_max), 0.0, True
            return False
        if was_settling or not was_full or self.size >= self.size_max or (rate and rate < self.rate * WORTH_IT):
            return False
        self.size, self.rate, self._is_settling = min(2 * self.size, self.size_max), rate, True
        return True
