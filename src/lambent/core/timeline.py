"""One line of time, the platform's or an account's: where it stands, how it moves, and who waits on it."""

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Literal

from lambent.core import moments
from lambent.core.moments import NEVER, Instant

Mode = Literal["real", "virtual", "auto"]
MODES: tuple[Mode, ...] = ("real", "virtual", "auto")

NAP_S_MAX = 60.0
"""How long a real line sleeps before it looks again: the loop's own time stands still while a laptop is suspended, and
knows nothing of a wall clock that was set."""

CANCELLED_MAX = 64  # alarms that were cancelled and are still kept, besides as many as there are live ones

_order = itertools.count()


class Alarm:
    """Calls ``ring`` once when its instant has come, unless it was cancelled. Those of one instant ring as they were set.

    ``is_background``: it rings in its turn when time passes, but no clock jumps for its sake. ``patience_s``: a client waits
    for it, who does not know that time stands still: it rings after so many real seconds in any case.
    """

    __slots__ = ("_hurry", "_line", "account", "due_at", "is_background", "key", "kind", "order", "patience_s", "ring")

    def __init__(
        self,
        due_at: Instant,
        ring: Callable[[], None],
        *,
        account: str = "",
        is_background: bool = False,
        patience_s: float = NEVER,
        kind: str = "",
        key: str = "",
    ) -> None:
        self.due_at = due_at
        self.ring: Callable[[], None] | None = ring
        self.account = account
        self.is_background = is_background
        self.patience_s = patience_s
        self.kind = kind
        self.key = key
        self.order = next(_order)
        self._line: Timeline | None = None
        self._hurry: asyncio.TimerHandle | None = None

    def __lt__(self, other: "Alarm") -> bool:
        return (self.due_at, self.order) < (other.due_at, other.order)

    def cancel(self) -> None:
        """Has it never ring. Cancelling what has rung, or was cancelled, is nothing."""
        if self.ring is None:
            return
        self.ring = None
        self.relax()
        if self._line is not None:
            self._line.count_cancelled()

    def go_off(self) -> None:
        ring, self.ring = self.ring, None
        self.relax()
        if ring is not None:
            ring()

    def hurry(self) -> None:
        """From now on its real seconds count."""
        if self.patience_s < NEVER and self._hurry is None:
            self._hurry = asyncio.get_running_loop().call_later(self.patience_s, self._run_out)

    def relax(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _run_out(self) -> None:
        if self._line is not None:
            self._line.count_cancelled()
        self.go_off()


class Timeline:
    """In mode "real" it moves with the machine's time, ``ahead_s`` before it; otherwise it stands until ``move`` is called.

    It never goes back. Used on one event loop, but ``now`` may be asked by any thread.
    """

    def __init__(self, *, mode: Mode = "real", at: Instant = 0.0, ahead_s: float = 0.0) -> None:
        """``at``: where a line begins that stands; ``ahead_s``: how far ahead of the machine's time one begins that moves."""
        self.mode: Mode = mode
        self.foreground_came = asyncio.Event()  # set while there is, or was, an alarm for whose sake one may jump
        self.ahead_s = ahead_s if mode == "real" else 0.0
        self._at = at
        self._waiting: list[Alarm] = []
        self._background: list[Alarm] = []
        self._cancelled = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due_at = NEVER
        self.now: Callable[[], Instant] = self._teller(mode)

    @property
    def is_real(self) -> bool:
        return self.mode == "real"

    @property
    def is_shifted(self) -> bool:
        """Whether its time is not the machine's."""
        return self.mode != "real" or self.ahead_s > 0

    def shift_s(self) -> float:
        """How far its time is ahead of the machine's; 0.0 exactly where it is the machine's."""
        return self.now() - moments.wall_s() if self.is_shifted else 0.0

    def _teller(self, mode: Mode) -> Callable[[], Instant]:
        """What tells the time in a mode: chosen once, since nothing is asked as often."""
        if mode != "real":
            return lambda: self._at
        if self.ahead_s > 0:
            return lambda: moments.wall_s() + self.ahead_s
        return moments.wall_s

    def set_mode(self, mode: Mode) -> None:
        """Stands still, or moves on, from where it is now; where the machine's time is later, a real line leaps to that."""
        now = self.now()
        # Another thread may ask in between: what the new mode tells the time by is there before ``now`` is the new mode's.
        self._at = now
        if mode == "real":
            self.ahead_s = max(0.0, now - moments.wall_s())
        self.now = self._teller(mode)
        self.mode = mode
        if mode == "real":
            for alarm in self._alarms():
                alarm.relax()
        else:
            self._disarm()
            for alarm in self._alarms():
                alarm.hurry()
        self._wake_up()

    def move(self, to: Instant) -> None:
        """Moves a line that stands; time does not go back."""
        assert not self.is_real
        self._at = max(self._at, to)

    # ---- alarms ------------------------------------------------------------------------------------------------------

    def add(self, alarm: Alarm) -> None:
        if alarm.due_at >= NEVER or alarm.ring is None:
            return
        alarm._line = self
        heapq.heappush(self._background if alarm.is_background else self._waiting, alarm)
        if not alarm.is_background:
            self.foreground_came.set()
        if not self.is_real:
            alarm.hurry()
        if alarm.due_at < self._timer_due_at:
            self._wake_up()

    def take(self, account: str) -> list[Alarm]:
        """Removes the alarms set for an account: they go to another line."""
        taken = sorted(alarm for alarm in self._alarms() if alarm.account == account and alarm.ring is not None)
        for alarm in taken:
            alarm._line = None
        for heap in (self._waiting, self._background):
            heap[:] = [alarm for alarm in heap if alarm.account != account]
            heapq.heapify(heap)
        return taken

    def due(self, until: Instant) -> list[Alarm]:
        """Takes out those of the earliest instant up to ``until``, in the order of setting; none when nothing is due."""
        first_due_at = min(self.next_due_at(), self._next_of(self._background))
        if first_due_at > until:
            return []
        due = []
        for heap in (self._waiting, self._background):
            while self._next_of(heap) == first_due_at:
                due.append(heapq.heappop(heap))
        return sorted(due)

    def next_due_at(self) -> Instant:
        """When the first alarm for whose sake one may jump is due, or NEVER."""
        return self._next_of(self._waiting)

    def count_cancelled(self) -> None:
        """Cancelled alarms are left where they are, until they are as many as the others."""
        self._cancelled += 1
        if self._cancelled > CANCELLED_MAX + (len(self._waiting) + len(self._background)) // 2:
            self._cancelled = 0
            for heap in (self._waiting, self._background):
                heap[:] = [alarm for alarm in heap if alarm.ring is not None]
                heapq.heapify(heap)

    def close(self) -> None:
        self._disarm()
        for alarm in self._alarms():
            alarm.relax()

    def _alarms(self) -> Iterator[Alarm]:
        yield from self._waiting
        yield from self._background

    def _next_of(self, heap: list[Alarm]) -> Instant:
        while heap and heap[0].ring is None:
            heapq.heappop(heap)
            self._cancelled = max(0, self._cancelled - 1)
        return heap[0].due_at if heap else NEVER

    # ---- what is due by itself: all of a real line, and what was due already when it was set -------------------------

    def _wake_up(self) -> None:
        first_due_at = min(self.next_due_at(), self._next_of(self._background))
        left_s = first_due_at - self.now()
        if first_due_at >= NEVER or (left_s > 0 and not self.is_real):
            return
        self._disarm()
        self._timer_due_at = first_due_at
        # In whole milliseconds, rounded up: some loops round down, and would look again and again until it has come.
        nap_s = math.ceil(min(max(left_s, 0.0), NAP_S_MAX) * 1000) / 1000
        self._timer = asyncio.get_running_loop().call_later(nap_s, self._ring_due)

    def _ring_due(self) -> None:
        self._disarm()
        while due := self.due(self.now()):
            for alarm in due:
                alarm.go_off()
        self._wake_up()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_due_at = None, NEVER
