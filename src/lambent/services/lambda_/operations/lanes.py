"""What a platform has in memory of the events of one function. All of it can be read again from the rows."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from lambent.core.clock import NEVER, Instant
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables.async_events import AsyncEvent

QUEUED_MAX = 1_000
QUEUED_BYTES_MAX = 4 * 1024 * 1024
STARTING_MAX = 16
STARTING_S = 0.1
"""How long an event counts as starting: at most ``STARTING_MAX`` do at once.

A burst of short events is thus run by a few environments again and again, instead of by a new one each, while slow functions
get some more every moment: 1,000 within seconds, as on AWS.
"""


@dataclass(slots=True)
class Lane:
    """The events of one function, without a qualifier.

    ``queue`` are those that wait in memory, ``held`` all that are in memory, by request id: that wait, that run, and whose end
    is being written. ``has_rows``: there may be others that are due; ``next_row_at``: when there will be. ``room_at``: when
    room is to be looked for, ``too_old_at``: when the first of those that wait will have waited for too long.
    ``has_unknown``: of some that wait it is not known yet what they are sent to. ``throttles`` counts the looks in a row that
    found no room and nothing running. ``entering`` are those of ``running`` that the ledger does not count yet: their room is
    taken all the same. ``is_outdated``: what is being read is to be read again.
    """

    function: FunctionName
    queue: deque[AsyncEvent] = field(default_factory=deque)
    queued_bytes: int = 0
    held: set[str] = field(default_factory=set)
    starting: dict[str, float] = field(default_factory=dict)
    running: int = 0
    entering: int = 0
    throttles: int = 0
    has_rows: bool = False
    has_unknown: bool = False
    is_reading: bool = False
    is_outdated: bool = False
    next_row_at: Instant = NEVER
    room_at: Instant = NEVER
    too_old_at: Instant = NEVER
    timer: asyncio.TimerHandle | None = None

    @property
    def takes_more(self) -> bool:
        """Whether an event that has just been accepted may wait here, without being read again.

        Not behind others that are rows only, which are older; and not while rows are read, or it might be read too.
        """
        is_full = len(self.queue) >= QUEUED_MAX or self.queued_bytes >= QUEUED_BYTES_MAX
        return not (is_full or self.has_rows or self.is_reading)

    @property
    def is_needed(self) -> bool:
        return bool(self.held or self.has_rows or self.is_reading) or self.wake_at < NEVER

    @property
    def wake_at(self) -> Instant:
        return min(self.next_row_at, self.room_at, self.too_old_at)

    def push(self, event: AsyncEvent) -> None:
        self.queue.append(event)
        self.queued_bytes += len(event.payload)
        self.held.add(event.request_id)

    def pop(self) -> AsyncEvent:
        event = self.queue.popleft()
        self.queued_bytes -= len(event.payload)
        return event

    def pop_all(self) -> list[AsyncEvent]:
        events = list(self.queue)
        self.queue.clear()
        self.queued_bytes = 0
        return events

    def forget_queue(self) -> None:
        """What waits is to be read again: the function may have been deleted, and made anew."""
        self.held.difference_update(event.request_id for event in self.pop_all())
        self.too_old_at = NEVER
        self.has_rows = self.is_outdated = True

    def starts_wait_s(self, now_s: float) -> float:
        """How long until another event may start, by the machine's clock: 0 where one may now."""
        while self.starting:
            request_id, started_s = next(iter(self.starting.items()))
            if now_s - started_s < STARTING_S:
                break
            del self.starting[request_id]
        if len(self.starting) < STARTING_MAX:
            return 0.0
        return max(0.001, next(iter(self.starting.values())) + STARTING_S - now_s)
