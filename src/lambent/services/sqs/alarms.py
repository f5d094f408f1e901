"""Says when messages become visible by the passing of time, to who has looked for them in vain.

One alarm a queue, in memory: it holds nothing that is not in the rows, and who looks after a restart sets it anew.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lambent.core.clock import NEVER, Clock, Instant
from lambent.services.sqs.engine.queue import Queue


@dataclass(slots=True)
class _Alarm:
    account: str
    due_at: Instant
    task: asyncio.Task[None] | None


class Alarms:
    """``ring(topic)`` is called when messages of a queue may have become visible."""

    def __init__(self, *, clock: Clock, ring: Callable[[str], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._alarms: dict[str, _Alarm] = {}

    def arm(self, queue: Queue, due_at: Instant) -> None:
        """Somebody found less than it looked for, and ``due_at`` is when more becomes visible (NEVER: nothing is hidden)."""
        alarm = self._alarms.get(queue.topic)
        if alarm is None:
            self._alarms[queue.topic] = alarm = _Alarm(queue.account, NEVER, None)
        if due_at < alarm.due_at:
            self._set(queue.topic, alarm, due_at)

    def sooner(self, queue: Queue, due_at: Instant) -> None:
        """A message will become visible at ``due_at``: heard where somebody has looked in vain before."""
        alarm = self._alarms.get(queue.topic)
        if alarm is not None and due_at < alarm.due_at:
            self._set(queue.topic, alarm, due_at)

    def forget(self, account: str | None) -> None:
        """Silences the alarms of an account, or all."""
        for topic in [topic for topic, alarm in self._alarms.items() if account in (None, alarm.account)]:
            self.silence(topic)

    def silence(self, topic: str) -> None:
        alarm = self._alarms.pop(topic, None)
        if alarm is not None and alarm.task is not None:
            alarm.task.cancel()

    async def run(self) -> None:
        """Until it is cancelled, which silences all alarms."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            tasks = [alarm.task for alarm in self._alarms.values() if alarm.task is not None]
            self.forget(None)
            await asyncio.gather(*tasks, return_exceptions=True)

    def _set(self, topic: str, alarm: _Alarm, due_at: Instant) -> None:
        if alarm.task is not None:
            alarm.task.cancel()
        alarm.due_at = due_at
        alarm.task = asyncio.create_task(self._ring_at(topic, alarm, due_at), name=f"sqs alarm {topic}")

    async def _ring_at(self, topic: str, alarm: _Alarm, due_at: Instant) -> None:
        await self._clock.of(alarm.account).sleep_until(due_at, kind="sqs.messages-visible", key=topic.partition("/")[2])
        if self._alarms.get(topic) is alarm:
            del self._alarms[topic]
        self._ring(topic)
