"""How many calls of one function are under way at once: as many as pays, fewer when Lambda throttles.

Each call that overlaps others makes an execution environment. AWS has them without end, and a thousand take as long as one; on
one machine more than a few only get into each other's way. Nobody says which it is. So a gate opens for 16, and for more only
where the function itself works long enough (what answers within milliseconds gains nothing) and where twice as many calls have
brought more answers a second. Where nothing is answered at all it opens slowly. A throttle halves it, as TCP does for a lost
packet; then it widens by one for each round of answers. Whoever asks for a concurrency gets it at once.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

C = TypeVar("C")

LIMIT_AT_FIRST = 16
LIMIT_MAX = 1_000
ROUND_ANSWERS_MIN = 32
PER_SECOND_ENOUGH = 640  # answers of a function, from which on more calls at once are not worth their environments
GAIN_MIN = 0.25  # of the answers that it could have brought
TRY_AGAIN_S = 10.0
SILENCE_S = 5.0
TICK_S = 0.25
SAMPLED_EVERY, WEIGHT = 8, 0.2


@dataclass(slots=True, eq=False)
class Lane(Generic[C]):
    """Calls that belong together, of which at most ``limit`` are under way."""

    limit: int
    under_way: int = 0
    parked: deque[C] = field(default_factory=deque)


class Gate(Generic[C]):
    """The calls of one function: those that wait, and how many may be under way."""

    def __init__(self, now_s: float) -> None:
        self.waiting: deque[C] = deque()
        self.under_way = 0
        self.limit = LIMIT_AT_FIRST
        self._asked_for = 0
        self._was_throttled = False
        self._narrowed_at_s = self._try_again_at_s = float("-inf")
        self._answered_at_s = now_s
        self._rate_before: float | None = None
        self._limit_before = LIMIT_AT_FIRST
        self._work_s: float | None = None  # that the function takes for a call, on average
        self._begin_round(now_s, is_measured=False)

    def _begin_round(self, now_s: float, *, is_measured: bool) -> None:
        self._round_at_s, self._answers, self._is_measured = now_s, 0, is_measured

    @property
    def room(self) -> int:
        return max(0, self.limit - self.under_way)

    def ask_for(self, concurrency: int) -> None:
        """Somebody says how many are to be under way."""
        self._asked_for = max(self._asked_for, min(concurrency, LIMIT_MAX))
        if not self._was_throttled:
            self.limit = max(self.limit, self._asked_for)

    @property
    def wants_to_know(self) -> bool:
        """Whether the next answer is one of those by which the function's own time is judged."""
        return self._work_s is None or self._answers % SAMPLED_EVERY == 0

    def answered(self, now_s: float, work_s: float | None = None) -> None:
        """A call has been answered, well or with the function's failure. ``work_s``: that the function itself worked."""
        self._answers += 1
        if work_s is not None:
            self._work_s = work_s if self._work_s is None else self._work_s + (work_s - self._work_s) * WEIGHT
        self._answered_at_s = now_s
        if self._was_throttled:
            if self._answers >= self.limit:
                self.limit = min(self.limit + 1, LIMIT_MAX)
                self._answers = 0
        elif self._answers >= max(self.limit, ROUND_ANSWERS_MIN) and not self._asked_for:
            self._judge(now_s)

    def _judge(self, now_s: float) -> None:
        """At the end of a round: the first after a change fills the gate, the second says what the change has brought."""
        took_s = max(now_s - self._round_at_s, 1e-9)
        rate, is_measured = self._answers / took_s, self._is_measured
        self._begin_round(now_s, is_measured=True)
        worthwhile = min(LIMIT_MAX, max(LIMIT_AT_FIRST, int(PER_SECOND_ENOUGH * (self._work_s or 0))))
        if self.limit >= 2 * worthwhile:  # it was opened before anything was known
            self.limit, self._rate_before = worthwhile, None
        elif not self.waiting or not is_measured:
            return
        elif self._rate_before is not None and rate < self._rate_before * (
            1 + GAIN_MIN * (self.limit / self._limit_before - 1)
        ):
            self.limit = self._limit_before
            self._rate_before, self._try_again_at_s = None, now_s + TRY_AGAIN_S
        elif self.limit < worthwhile and now_s >= self._try_again_at_s:
            self._rate_before = rate
            self._widen(now_s, worthwhile)
        else:
            self._rate_before = None

    def _widen(self, now_s: float, limit_max: int = LIMIT_MAX) -> None:
        self._limit_before, self.limit = self.limit, min(self.limit * 2, limit_max)
        self._begin_round(now_s, is_measured=False)

    def tick(self, now_s: float) -> None:
        """To be called now and then while calls wait: where nothing is answered, there is nothing to judge by."""
        if not self.waiting:
            self._answered_at_s = now_s
        elif not self._was_throttled and now_s - self._answered_at_s >= SILENCE_S and not self.room:
            self._answered_at_s, self._rate_before = now_s, None
            self._widen(now_s)

    def throttled(self, sent_at_s: float, now_s: float) -> None:
        """A call of that time has been throttled. Others that were sent before the gate was narrowed say nothing new."""
        self._was_throttled = True
        if sent_at_s < self._narrowed_at_s:
            return
        self.limit = max(1, min(self.limit, self.under_way) // 2)
        self._narrowed_at_s, self._answers = now_s, 0
