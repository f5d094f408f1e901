"""Where long polls wait: a room for each queue, in which one arrival wakes one who waits, not all.

Who is woken and finds something wakes two more, so that a batch that arrives at once is spread in few steps; who finds nothing
wakes nobody. So ``n`` messages cost at most some ``2 n`` looks, however many wait.
"""

import asyncio
from collections import deque

from lambent.core.clock import Clock, Instant

WOKEN_BY_SUCCESS = 2


class Room:
    """Those who wait for messages of one queue, and those who are looking."""

    __slots__ = ("guests", "is_news", "sleepers")

    def __init__(self) -> None:
        self.guests = 0
        self.sleepers: deque[asyncio.Future[None]] = deque()
        self.is_news = False  # something arrived while nobody slept: the next who finds nothing looks again

    def wake(self, count: int) -> None:
        while count and self.sleepers:
            sleeper = self.sleepers.popleft()
            if not sleeper.done():
                sleeper.set_result(None)
                count -= 1
        if count:
            self.is_news = True


class Rooms:
    """All rooms, by the topic of their queue. A room is there while somebody is in it."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._is_closed = False

    def notify(self, topic: str) -> None:
        """Messages of a queue may have become visible."""
        room = self._rooms.get(topic)
        if room is not None:
            room.wake(1)

    def enter(self, topic: str, account: str, until: Instant) -> "Guest":
        """Somebody is going to look, and to wait until ``until`` where it finds nothing. Look after entering."""
        room = self._rooms.get(topic)
        if room is None:
            room = self._rooms[topic] = Room()
        room.guests += 1
        return Guest(self, topic, room, self._clock.of(account), until)

    def leave(self, topic: str, room: Room) -> None:
        room.guests -= 1
        if room.guests == 0 and self._rooms.get(topic) is room:
            del self._rooms[topic]

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        """Nobody waits any longer: the platform stops."""
        self._is_closed = True
        for room in self._rooms.values():
            room.wake(room.guests)


class Guest:
    """One long poll: ``with rooms.enter(…) as guest: look; while not found and await guest.wait(): look``."""

    __slots__ = ("_alarm", "_clock", "_is_awake", "_room", "_rooms", "_topic", "_until")

    def __init__(self, rooms: Rooms, topic: str, room: Room, clock: Clock, until: Instant) -> None:
        self._rooms = rooms
        self._topic = topic
        self._room = room
        self._clock = clock
        self._until = until
        self._alarm: asyncio.Task[None] | None = None
        self._is_awake = False  # woken, and not yet done with looking

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self._is_awake:  # it was woken but has not looked to the end: another must
            self._room.wake(1)
        self._rooms.leave(self._topic, self._room)

    def found(self) -> None:
        """It has found something: there may be more."""
        self._is_awake = False
        self._room.wake(WOKEN_BY_SUCCESS)

    async def wait(self) -> bool:
        """After a look in vain. True when it is worth to look again, False when the time is over."""
        room = self._room
        self._is_awake = False
        if room.is_news:
            room.is_news = False
            self._is_awake = True
            return True
        if self._rooms.is_closed:
            return False
        sleeper = asyncio.get_running_loop().create_future()
        room.sleepers.append(sleeper)
        alarm = self._alarm
        if alarm is None:
            alarm = self._alarm = asyncio.ensure_future(self._clock.sleep_until(self._until, is_background=True))
        wake = _Wake(sleeper)
        alarm.add_done_callback(wake)
        try:
            await sleeper
        except asyncio.CancelledError:
            if sleeper.done() and not sleeper.cancelled() and not wake.has_rung:
                self._is_awake = True  # woken in the very moment
            raise
        finally:
            alarm.remove_done_callback(wake)
            if wake.has_rung or sleeper.cancelled():
                _drop(room.sleepers, sleeper)
        self._is_awake = not wake.has_rung
        return self._is_awake and not self._rooms.is_closed


class _Wake:
    """Ends a sleep when the time is over, and remembers that it did."""

    __slots__ = ("_sleeper", "has_rung")

    def __init__(self, sleeper: asyncio.Future[None]) -> None:
        self._sleeper = sleeper
        self.has_rung = False

    def __call__(self, _: object) -> None:
        if not self._sleeper.done():
            self.has_rung = True
            self._sleeper.set_result(None)


def _drop(sleepers: deque[asyncio.Future[None]], sleeper: asyncio.Future[None]) -> None:
    try:
        sleepers.remove(sleeper)
    except ValueError:
        pass
