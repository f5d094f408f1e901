"""Whose turn it is: events of brief functions wait for a processor, not each in an environment of its own; and starts.

Two processors run two environments at a time, however many there are. Each that takes its turn finds the processor's caches
full of another one's memory: eight that share two processors need twice the time for each event that two do. So of a function
that only computes, and briefly, no more events are under way than keep the processors busy; the environments used last serve
them all, and what they say is committed together. A function that waits for something, or of which nothing is known yet, is
let run as often as it is asked.

Further events lie ahead in those environments, which begin them by themselves (``feed.py``): as none waits for the platform to
hand over the next one, few are enough. One, where an event takes the platform as long as the function.
"""

import asyncio
import itertools
import math
import os
from collections import deque
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from lambent.core.clock import monotonic_s, processor_s
from lambent.core.ports import Invocation

PLACES_SPARE = 1  # besides one for each processor: no environment waits for the platform to hand it the next event
BRIEF_S = 0.01  # of a processor
WAITS_MAX = 1.5  # an event that only computes is followed by one wait, for the next event
SHARES = 4  # windows from which an average is made
WINDOWS_MIN = 2  # in a row before a function is known to be one that only computes
LOOK_S = 0.02
SLEEPING_S_MAX, COMPUTING_S_MAX = 0.02, 0.25  # who runs for longer takes no place from the others
WAIT_S_MAX = 1.0
AHEAD_MIN = 2  # events that lie in an environment when further ones are put there
STARTS_PER_PROCESSOR = 2
START_LOOK_S = 0.03
START_AGED_S = 0.09  # who has started for longer, and is asleep twice in a row, waits for something, be it for another start
START_UNKNOWN_S_MAX = 1.0  # until it has a process


class Runs(Protocol):
    """What an event runs on."""

    def is_computing(self) -> bool | None:
        """Whether its process wants a processor just now; None while it has no process."""
        ...


class Fed(Protocol):
    """How an environment is given events, further ones before it is done with the one that it has (``feed.Feed``)."""

    ahead: "deque[Turn[Any]]"

    def has_answered(self) -> bool:
        """Whether something has come from its process that the platform has not got round to."""
        ...

    def begin(self, turn: "Turn[Any]") -> None: ...

    def offer(self, turn: "Turn[Any]") -> bool: ...

    def take_back(self) -> "list[Turn[Any]]": ...


class Lane(Runs, Protocol):
    """An environment."""

    @property
    def feed(self) -> Fed: ...


L = TypeVar("L", bound=Lane)


class Turn(Generic[L]):
    """One event's: it waits, lies ahead, or is under way."""

    __slots__ = (
        "begun_s",
        "environment",
        "frame",
        "invocation",
        "is_abandoned",
        "is_given",
        "is_lost",
        "since_s",
        "told",
    )

    def __init__(self, invocation: Invocation | None = None) -> None:
        self.invocation = invocation  # that may lie ahead; None where it may not
        self.environment: L | None = None  # where it lies or runs
        self.frame = b""  # its event as it lies there
        self.begun_s = 0.0  # when its START was said
        self.is_given = False  # its turn has come in that process
        self.is_lost = False  # with a process that had begun it
        self.is_abandoned = False  # nobody waits for its answer
        self.since_s = monotonic_s()
        self.told: asyncio.Future[None] | None = None  # that its turn has come

    def tell(self) -> None:
        if self.told is not None and not self.told.done():
            self.told.set_result(None)


class Turns(Generic[L]):
    """Of the events of one plan. Who begins ends. ``looks_ahead``: its environments can be given events ahead of their turn."""

    def __init__(self, processors: int, *, looks_ahead: bool = False) -> None:
        self._looks_ahead = looks_ahead
        self._processors = processors
        self._running: dict[Turn[L], None] = {}  # the first first
        self._waiting: dict[Turn[L], None] = {}
        self._lying: set[Turn[L]] = set()  # ahead
        self._timer: asyncio.TimerHandle | None = None
        self._is_about_to_look = False
        self._windows = 0  # in a row that were brief and only computed
        self._share = float(processors)  # of a processor that an event takes, to what it takes the platform
        self._count = 0  # of events since the last window
        self._platform_s = processor_s(os.getpid())  # then

    @property
    def is_brief(self) -> bool:
        """Whether it is known to be brief and to do nothing but compute."""
        return self._windows >= WINDOWS_MIN

    @property
    def places(self) -> float:
        """How many may be under way."""
        if not self.is_brief:
            return math.inf
        most = self._processors + PLACES_SPARE
        return min(max(round(self._share), 1), most) if self._looks_ahead else most

    @property
    def is_crowded(self) -> bool:
        """Whether more wait than are under way."""
        return len(self._waiting) + len(self._lying) > len(self._running)

    @property
    def is_sought(self) -> bool:
        """Whether there are events to lie ahead."""
        return self._looks_ahead and bool(self._waiting) and self.is_brief

    async def begin(self, turn: Turn[L]) -> None:
        """Returns when it is this event's turn, in the order in which they came.

        Who waits no longer may have to see it through, for an environment may have begun it: ``turn.environment`` tells which.
        """
        if not self._running:  # what the platform did meanwhile it did not do for these events
            self._count, self._platform_s = 0, processor_s(os.getpid())
        if not self._waiting and len(self._running) < self.places:
            self._running[turn] = None
            return
        loop = asyncio.get_running_loop()
        turn.told = loop.create_future()
        self._waiting[turn] = None
        if not self._is_about_to_look:
            self._is_about_to_look = True
            loop.call_soon(self._look_ahead_now)  # when all that has come just now waits
        if self._timer is None:
            self._timer = loop.call_later(LOOK_S, self._look)
        try:
            await turn.told
        except BaseException:
            if turn.environment is None:
                self._waiting.pop(turn, None)
                self.end(turn)
            else:
                turn.told = loop.create_future() if turn in self._lying else None
            raise

    def hand_on(self, turn: Turn[L], environment: L, *, is_usable: bool) -> bool:
        """An event is over. Whether the environment has begun another, whose turn it is now."""
        ahead = environment.feed.ahead
        self._running.pop(turn, None)
        if not is_usable:
            self._wait_again(environment.feed.take_back())
        if ahead:
            following = ahead.popleft()
            self._lying.discard(following)
            self._running[following] = None
            following.since_s = monotonic_s()
            environment.feed.begin(following)
            following.tell()
            return True
        return False

    def end(self, turn: Turn[L]) -> None:
        self._running.pop(turn, None)
        if self._waiting:
            self._let_in()

    def back(self, turns: Sequence[Turn[L]]) -> None:
        """They lie ahead no longer: they wait, before those that came later."""
        self._wait_again(turns)
        self._let_in()

    def learn(self, window: tuple[float, float] | None) -> None:
        """What the events of a window took on average: of a processor, and how often each had its process wait."""
        self._count += 1
        if window is None:
            return
        event_s, waits = window
        count, before, self._platform_s = self._count, self._platform_s, processor_s(os.getpid())
        self._count = 0
        share = min(event_s * count / max(self._platform_s - before, 1e-6), self._processors)
        self._share += (share - self._share) / SHARES
        self._windows = self._windows + 1 if event_s <= BRIEF_S and waits <= WAITS_MAX else 0

    def look_ahead(self) -> None:
        """Has those that wait lie ahead, as far as there is room: each where the fewest do.

        As soon as there are few anywhere, and then all, for a process that sleeps is waked once for all of them, and its
        answers come several at once.
        """
        if not self._waiting or not self._looks_ahead:
            return
        lanes = [lane for each in self._running if (lane := each.environment) is not None]
        if not any(len(lane.feed.ahead) <= AHEAD_MIN for lane in lanes):
            return
        while lanes and self._waiting:
            turn = next(iter(self._waiting))
            if turn.invocation is None:
                return
            lane = min(lanes, key=_count_ahead)
            if lane.feed.offer(turn):
                del self._waiting[turn]
                turn.environment = lane
                self._lying.add(turn)
            else:
                lanes.remove(lane)

    def _look_ahead_now(self) -> None:
        self._is_about_to_look = False
        self.look_ahead()

    def _wait_again(self, turns: Sequence[Turn[L]]) -> None:
        for turn in turns:
            turn.environment, turn.frame = None, b""
            self._lying.discard(turn)
        if turns:
            self._waiting = dict.fromkeys([*turns, *self._waiting])

    def _let_in(self) -> None:
        while self._waiting and len(self._running) < self.places:
            self._let_first_in()

    def _let_first_in(self) -> None:
        turn = next(iter(self._waiting))
        del self._waiting[turn]
        turn.since_s = monotonic_s()
        self._running[turn] = None
        turn.tell()

    def _look(self) -> None:
        """While some wait: who does not get on, or not soon, makes room; and nobody waits for long."""
        now_s = monotonic_s()
        for turn in list(self._running):
            environment, aged_s = turn.environment, now_s - turn.since_s
            if aged_s < SLEEPING_S_MAX:
                continue
            if aged_s < COMPUTING_S_MAX and environment is not None and environment.feed.has_answered():
                continue  # it is the platform that is late
            is_computing = environment is not None and environment.is_computing()
            if environment is not None:
                self.back(environment.feed.take_back())
            self._share = float(self._processors + PLACES_SPARE)  # it may be brief no longer
            if aged_s >= (COMPUTING_S_MAX if is_computing else SLEEPING_S_MAX):
                self._running.pop(turn, None)
        self._let_in()
        while self._waiting and next(iter(self._waiting)).since_s <= now_s - WAIT_S_MAX:
            self._let_first_in()
        is_needed = self._waiting or self._lying
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look) if is_needed else None


def _count_ahead(lane: Lane) -> int:
    return len(lane.feed.ahead)


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
