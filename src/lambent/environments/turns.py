"""Whose turn it is: events of brief functions wait for a processor, not each in an environment of its own; and starts.

Two processors run two environments at a time, however many there are. Each that takes its turn finds the processor's caches
full of another one's memory: sixty that share them need twice the time for each event that three do. So no more events of a
function are under way than keep the processors busy, and the environments used last serve them all. A function that waits
for something else is let run as often as it takes to do so; one of which nothing is known yet, as often as it is asked.
"""

import asyncio
import itertools
import math
from collections import deque

from lambent.core.clock import monotonic_s

LEARNT_MIN = 16  # events before which nothing is known
AGED_S = 0.02  # who runs for longer waits for something: it takes no place from the others
WAIT_S_MAX = 0.25
ALLOWED_S = 0.002  # of an event's time, what passes before the platform, busy itself, takes its answer
CROWD = 2.0  # how much longer an event takes for each other one on its processor: the platform wants its part too
STARTS_PER_PROCESSOR = 2
START_AGED_S = 3.0  # who starts for longer waits for something, be it for another start
_RISE, _FALL = 1 / 64, 1 / 4  # a busy machine makes events longer, never shorter: what is low is nearer to the truth


class Turns:
    """Of the events of one plan. Who begins ends, with the number that it was given."""

    def __init__(self, processors: int) -> None:
        self.places = math.inf  # how many may be under way
        self._processors = processors
        self._running: dict[int, float] = {}  # since when, the first first
        self._waiting: dict[int, tuple[float, asyncio.Future[None]]] = {}
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._learnt = 0
        self._processor_s = 0.0
        self._waited_s = 0.0

    async def begin(self) -> int:
        """Returns when it is this event's turn, in the order in which they came."""
        number = next(self._numbers)
        if not self._waiting and len(self._running) < self.places:
            self._running[number] = monotonic_s()
            return number
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting[number] = monotonic_s(), turn
        if self._timer is None:
            self._timer = loop.call_later(AGED_S, self._look)
        try:
            await turn
        except BaseException:
            self._waiting.pop(number, None)
            self.end(number)
            raise
        return number

    def end(self, number: int) -> None:
        self._running.pop(number, None)
        if self._waiting:
            self._let_in()

    def learn(self, processor_s: float, wall_s: float) -> None:
        """What an event took: of a processor, and in all. 0.0 of a processor: that is not known here."""
        if processor_s <= 0.0:
            return
        crowd = max(1.0, CROWD * len(self._running) / self._processors)
        waited_s = max(0.0, wall_s - processor_s * crowd - ALLOWED_S)
        self._processor_s += (processor_s - self._processor_s) * (_FALL if processor_s < self._processor_s else 1 / 16)
        self._waited_s += (waited_s - self._waited_s) * (_FALL if waited_s < self._waited_s else _RISE)
        self._learnt += 1
        if self._learnt >= LEARNT_MIN:
            self.places = 1 + math.ceil(self._processors * (1.0 + self._waited_s / self._processor_s))

    def _let_in(self) -> None:
        while self._waiting and len(self._running) < self.places:
            self._let_first_in()

    def _let_first_in(self) -> None:
        number = next(iter(self._waiting))
        _, turn = self._waiting.pop(number)
        self._running[number] = monotonic_s()
        if not turn.done():
            turn.set_result(None)

    def _look(self) -> None:
        """While some wait: those that have run for long make room, and nobody waits for long."""
        now_s = monotonic_s()
        for number in [number for number, began_s in self._running.items() if began_s <= now_s - AGED_S]:
            del self._running[number]
        self._let_in()
        while self._waiting and next(iter(self._waiting.values()))[0] <= now_s - WAIT_S_MAX:
            self._let_first_in()
        self._timer = asyncio.get_running_loop().call_later(AGED_S, self._look) if self._waiting else None


class Starts:
    """Which events may have a new environment: no more are initialised at once than the processors can do with.

    Others wait: until there is room, or until an environment of their plan has done its work, which is often sooner. A hundred
    that are initialised at once are all ready at the same late time, some of them after INIT's limit.
    """

    def __init__(self, processors: int) -> None:
        self._places = STARTS_PER_PROCESSOR * processors
        self._starting: dict[int, float] = {}  # since when, the first first
        self._waiting: dict[object, deque[asyncio.Future[int | None]]] = {}  # by plan; plans take turns
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self, plan: object) -> int | None:
        """A number, with which the start ends; or None when an environment of this plan has become free."""
        if not self._waiting and len(self._starting) < self._places:
            return self._start()
        loop = asyncio.get_running_loop()
        place: asyncio.Future[int | None] = loop.create_future()
        self._waiting.setdefault(plan, deque()).append(place)
        if self._timer is None:
            self._timer = loop.call_later(START_AGED_S / 4, self._look)
        try:
            return await place
        except BaseException:
            if place.done() and not place.cancelled():
                number = place.result()
                if number is None:
                    self.freed(plan)
                else:
                    self.end(number)
            raise

    def end(self, number: int) -> None:
        self._starting.pop(number, None)
        if self._waiting:
            self._let_in()

    def freed(self, plan: object) -> None:
        """An environment of this plan is idle."""
        if self._waiting and plan in self._waiting:
            self._tell(plan, None)

    def _start(self) -> int:
        number = next(self._numbers)
        self._starting[number] = monotonic_s()
        return number

    def _let_in(self) -> None:
        while self._waiting and len(self._starting) < self._places:
            number = self._start()
            if not self._tell(next(iter(self._waiting)), number):
                del self._starting[number]

    def _tell(self, plan: object, number: int | None) -> bool:
        """Tells the first of a plan's events that still waits; whether there was one. The plan is the last from now on."""
        places = self._waiting.pop(plan)
        while places:
            place = places.popleft()
            if not place.done():
                place.set_result(number)
                if places:
                    self._waiting[plan] = places
                return True
        return False

    def _look(self) -> None:
        """While some wait: those that have started for long make room."""
        aged_s = monotonic_s() - START_AGED_S
        for number in [number for number, began_s in self._starting.items() if began_s <= aged_s]:
            del self._starting[number]
        self._let_in()
        self._timer = asyncio.get_running_loop().call_later(START_AGED_S / 4, self._look) if self._waiting else None
