"""Whose turn it is: events of brief functions wait for a processor, not each in an environment of its own; and starts.

Two processors run two environments at a time, however many there are. Each that takes its turn finds the processor's caches
full of another one's memory: eight that share two processors need twice the time for each event that two do. So of a function
that only computes, and briefly, no more events are under way than keep the processors busy; the environments used last serve
them all, and what they say is committed together. A function that waits for something, or of which nothing is known yet, is
let run as often as it is asked.
"""

import asyncio
import itertools
import math
from collections import deque
from typing import Protocol

from lambent.core.clock import monotonic_s

PLACES_SPARE = 1  # besides one for each processor: no environment waits for the platform to hand it the next event
BRIEF_S = 0.01  # of a processor
WINDOW, WINDOW_MAX = 8, 64  # events of one environment that are looked at together: its waits are known to one or two
WAITS_MAX = 1.5  # an event that only computes is followed by one wait, for the next event
WINDOWS_MIN = 2  # in a row before a function is known to be one that only computes
LOOK_S = 0.02
SLEEPING_S_MAX, COMPUTING_S_MAX = 0.02, 0.25  # who runs for longer takes no place from the others
WAIT_S_MAX = 1.0
STARTS_PER_PROCESSOR = 2
START_LOOK_S = 0.03
START_AGED_S = 0.09  # who has started for longer, and is asleep twice in a row, waits for something, be it for another start
START_UNKNOWN_S_MAX = 1.0  # until it has a process


class Runs(Protocol):
    """What an event runs on."""

    def is_computing(self) -> bool | None:
        """Whether its process wants a processor just now; None while it has no process."""
        ...


class Turns:
    """Of the events of one plan. Who begins ends, with the number that it was given."""

    def __init__(self, processors: int) -> None:
        self._processors = processors
        self._running: dict[int, tuple[float, Runs | None]] = {}  # since when, the first first
        self._waiting: dict[int, tuple[float, asyncio.Future[None]]] = {}
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._windows = 0  # in a row that were brief and only computed

    @property
    def places(self) -> float:
        """How many may be under way."""
        return self._processors + PLACES_SPARE if self._windows >= WINDOWS_MIN else math.inf

    @property
    def is_crowded(self) -> bool:
        """Whether as many wait as are under way."""
        return len(self._waiting) > len(self._running)

    async def begin(self) -> int:
        """Returns when it is this event's turn, in the order in which they came."""
        number = next(self._numbers)
        if not self._waiting and len(self._running) < self.places:
            self._running[number] = monotonic_s(), None
            return number
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting[number] = monotonic_s(), turn
        if self._timer is None:
            self._timer = loop.call_later(LOOK_S, self._look)
        try:
            await turn
        except BaseException:
            self._waiting.pop(number, None)
            self.end(number)
            raise
        return number

    def runs_on(self, number: int, environment: Runs) -> None:
        if number in self._running:
            self._running[number] = self._running[number][0], environment

    def end(self, number: int) -> None:
        self._running.pop(number, None)
        if self._waiting:
            self._let_in()

    def learn(self, window: tuple[float, float] | None) -> None:
        """What the events of a window took on average: of a processor, and how often each had its process wait."""
        if window is None:
            return
        processor_s, waits = window
        self._windows = self._windows + 1 if processor_s <= BRIEF_S and waits <= WAITS_MAX else 0

    def _let_in(self) -> None:
        while self._waiting and len(self._running) < self.places:
            self._let_first_in()

    def _let_first_in(self) -> None:
        number = next(iter(self._waiting))
        _, turn = self._waiting.pop(number)
        self._running[number] = monotonic_s(), None
        if not turn.done():
            turn.set_result(None)

    def _look(self) -> None:
        """While some wait: who does not get on, or not soon, makes room; and nobody waits for long."""
        now_s = monotonic_s()
        for number, (began_s, environment) in list(self._running.items()):
            aged_s = now_s - began_s
            is_computing = aged_s >= SLEEPING_S_MAX and environment is not None and environment.is_computing()
            if aged_s >= (COMPUTING_S_MAX if is_computing else SLEEPING_S_MAX):
                del self._running[number]
        self._let_in()
        while self._waiting and next(iter(self._waiting.values()))[0] <= now_s - WAIT_S_MAX:
            self._let_first_in()
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look) if self._waiting else None


class Starts:
    """Which events may have a new environment: no more are initialised at once than the processors can do with.

    Others wait: until there is room, or until an environment of their plan has done its work, which is often sooner. A hundred
    that are initialised at once are all ready at the same late time, some of them after INIT's limit.
    """

    def __init__(self, processors: int) -> None:
        self._places = STARTS_PER_PROCESSOR * processors
        self._starting: dict[int, tuple[float, Runs | None]] = {}  # since when, the first first
        self._asleep: set[int] = set()  # those that were so when they were looked at last
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
            self._timer = loop.call_later(START_LOOK_S, self._look)
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

    def runs_on(self, number: int, environment: Runs) -> None:
        if number in self._starting:
            self._starting[number] = self._starting[number][0], environment

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
        self._starting[number] = monotonic_s(), None
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
        """While some wait: those that have started for long and do not get on make room."""
        now_s, before = monotonic_s(), self._asleep
        self._asleep = set()
        for number, (began_s, environment) in list(self._starting.items()):
            aged_s = now_s - began_s
            is_computing = environment.is_computing() if environment is not None else None
            if is_computing is False:
                self._asleep.add(number)
            is_asleep = number in before and number in self._asleep
            if (aged_s >= START_AGED_S and is_asleep) or (aged_s >= START_UNKNOWN_S_MAX and not is_computing):
                del self._starting[number]
        self._let_in()
        self._timer = asyncio.get_running_loop().call_later(START_LOOK_S, self._look) if self._waiting else None
