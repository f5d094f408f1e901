"""What the events of one environment take on average: of a processor, and how often each has its process wait."""

from lambent.core import clock
from lambent.environments import machine

WINDOW, WINDOW_MAX = 8, 64  # events that are looked at together: their waits are known to one or two


class Window:
    """Grows longer while nothing comes between the events."""

    def __init__(self) -> None:
        self._left = 0  # events until it is over; below, where one has to be begun
        self._events = WINDOW
        self._used: tuple[float, int | None] = (0.0, None)  # processor time and waits when it began

    def forget(self) -> None:
        """What has happened since it began says nothing of events."""
        self._left = 0

    def take(self, pid: int) -> tuple[float, float] | None:
        """After an event of this process: the averages (``Turns.learn``), once in a window."""
        self._left -= 1
        if self._left > 0:
            return None
        before, self._used = self._used, (clock.processor_s(pid), machine.waits(pid))
        is_known, count = self._left == 0, self._events
        self._events = self._left = min(2 * count, WINDOW_MAX) if is_known else count
        (processor_s, waits), (processor_s_before, waits_before) = self._used, before
        if not is_known or waits is None or waits_before is None:
            return None
        return (processor_s - processor_s_before) / count, (waits - waits_before) / count
