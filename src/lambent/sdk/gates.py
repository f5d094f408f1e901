"""How many calls of one function are under way at once: more while answers take their time, fewer when Lambda throttles.

What answers within milliseconds gains nothing from a thousand connections, and each would make an execution environment. So a
gate opens for a few, and doubles every 50 ms as long as calls wait and those under way are not answered that fast. A throttle
halves it, as TCP does for a lost packet; then it widens by one for each round of answers.
"""

from collections import deque
from typing import Generic, TypeVar

C = TypeVar("C")

LIMIT_AT_FIRST = 16
LIMIT_MAX = 1_000
TICK_S = 0.05
ANSWERS_A_TICK = 2  # of each call that may be under way; who gets more of them is fast enough


class Gate(Generic[C]):
    """The calls of one function: those that wait, and how many may be under way."""

    def __init__(self) -> None:
        self.waiting: deque[C] = deque()
        self.under_way = 0
        self.limit = LIMIT_AT_FIRST
        self.narrowed_at_s = float("-inf")
        self._answers = 0
        self._was_throttled = False

    @property
    def room(self) -> int:
        return max(0, self.limit - self.under_way)

    def answered(self) -> None:
        """A call has been answered, well or with the function's failure."""
        self._answers += 1
        if self._was_throttled and self._answers >= self.limit:
            self._answers = 0
            self.limit = min(self.limit + 1, LIMIT_MAX)

    def tick(self) -> None:
        """Fifty milliseconds have passed."""
        if self._was_throttled:
            return
        if self.waiting and self._answers < ANSWERS_A_TICK * self.limit:
            self.limit = min(self.limit * 2, LIMIT_MAX)
        self._answers = 0

    def throttled(self, sent_at_s: float, now_s: float) -> None:
        """A call that was sent at that time has been throttled. Others that were sent before the gate was narrowed say nothing new."""
        self._was_throttled = True
        if sent_at_s < self.narrowed_at_s:
            return
        self.limit = max(1, min(self.limit, self.under_way) // 2)
        self.narrowed_at_s, self._answers = now_s, 0
