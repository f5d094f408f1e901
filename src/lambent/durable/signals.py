"""Wakes who waits for a topic, after the commit that signalled it.

Look before you sleep, but listen before you look: a signal between the look and the sleep would be lost otherwise. ::

    with signals.listen(topic) as listener:
        while not (found := await store.read(look)):
            if not await listener.wait(deadline):
                break
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from lambent.core.clock import NEVER, Clock, Instant
from lambent.store.database import Database


class Listener:
    """One who listens to a topic. Signals that come while it does not wait are kept as one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_signalled = False
        self._waiter: asyncio.Future[None] | None = None

    async def wait(self, until: Instant = NEVER) -> bool:
        """True when there was a signal since the last wait (or since listening began), False when ``until`` came first."""
        if not self._is_signalled:
            self._waiter = waiter = asyncio.get_running_loop().create_future()
            alarm = None
            if until < NEVER:
                alarm = asyncio.ensure_future(self._clock.sleep_until(until))
                alarm.add_done_callback(lambda _: _wake(waiter))
            try:
                await waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        was_signalled, self._is_signalled = self._is_signalled, False
        return was_signalled

    def notify(self) -> None:
        self._is_signalled = True
        if self._waiter is not None:
            _wake(self._waiter)


class Signals:
    """Who listens to what, on one event loop. Nothing is kept of a topic to which nobody listens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: dict[str, dict[Listener, None]] = {}  # in the order they came: a simulation must replay

    def attach(self, database: Database) -> None:
        """From now on a commit in ``database`` that signalled a topic wakes who listens to it."""
        database.on_signal(self.notify)

    def notify(self, topic: str) -> None:
        """Wakes all who listen to ``topic``."""
        for listener in self._listeners.get(topic, ()):
            listener.notify()

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        """Hears every signal from here to the end of the block."""
        listener = Listener(self._clock)
        self._listeners.setdefault(topic, {})[listener] = None
        try:
            yield listener
        finally:
            listeners = self._listeners[topic]
            del listeners[listener]
            if not listeners:
                del self._listeners[topic]

    async def wait(self, topic: str, until: Instant = NEVER) -> bool:
        """Waits for the next signal: True, or False when ``until`` came first.

        A signal just before the call is not heard; who must not miss it listens first (see above).
        """
        with self.listen(topic) as listener:
            return await listener.wait(until)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
