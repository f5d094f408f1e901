"""Wakes who waits for a topic, after the commit that signalled it.

Look before you sleep, but listen before you look: a signal between the look and the sleep would be lost otherwise. ::

    with signals.listen(topic) as listener:
        while not (found := await store.read(look)):
            if not await listener.wait(deadline):
                break
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lambent.core.clock import NEVER, Alarm, Clock, Instant, resting, wake
from lambent.store.database import Database


class Listener:
    """One who listens to a topic. Signals that come while it does not wait are kept as one."""

    def __init__(self, clock: Clock, topic: str = "") -> None:
        self._clock = clock
        self._topic = topic
        self._is_signalled = False
        self._waiter: asyncio.Future[None] | None = None

    async def wait(
        self,
        until: Instant | Mapping[str, Instant] = NEVER,
        *,
        is_background: bool = False,
        kind: str | None = None,
        key: str = "",
    ) -> bool:
        """True when there was a signal since the last wait (or since listening began), False when ``until`` came first.

        ``until`` is an instant of the calling account's clock, or, for loops that serve many accounts, one for each clock
        (``Clock.earliest``): then an account that is given a clock of its own, or gives it back, wakes as a signal does, from
        the first such wait to the end of listening.
        ``kind`` is what fires at ``until`` (the topic, unless said otherwise); for ``is_background`` see ``Clock.sleep_until``.
        """
        if isinstance(until, Mapping):
            # To the end, not only while it sleeps: a clock that is made while it looks is one of which it was not told.
            self._clock.watch(self.notify)
        if not self._is_signalled:
            self._waiter = waiter = asyncio.get_running_loop().create_future()
            what = self._topic if kind is None else kind
            alarms = self._alarms(until, waiter, is_background=is_background, kind=what, key=key)
            try:
                with resting(is_in_its_stead=is_background):
                    await waiter
            finally:
                self._waiter = None
                for alarm in alarms:
                    alarm.cancel()
        was_signalled, self._is_signalled = self._is_signalled, False
        return was_signalled

    def end(self) -> None:
        """It listens no longer."""
        self._clock.unwatch(self.notify)

    def notify(self) -> None:
        self._is_signalled = True
        if self._waiter is not None:
            wake(self._waiter)

    def _alarms(
        self,
        until: Instant | Mapping[str, Instant],
        waiter: "asyncio.Future[None]",
        *,
        is_background: bool,
        kind: str,
        key: str,
    ) -> list[Alarm]:
        def ring() -> None:
            wake(waiter)

        if not isinstance(until, Mapping):
            if until >= NEVER:
                return []
            return [self._clock.call_at(until, ring, is_background=is_background, kind=kind, key=key)]
        return [
            self._clock.of(account).call_at(due_at, ring, is_background=is_background, kind=kind, key=key)
            for account, due_at in until.items()
            if due_at < NEVER
        ]


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
        listener = Listener(self._clock, topic)
        self._listeners.setdefault(topic, {})[listener] = None
        try:
            yield listener
        finally:
            listener.end()
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
