"""Remembers queues, so that a message costs no look-up of its queue. A commit that changes a queue forgets it."""

from lambent.services.sqs.engine import queues
from lambent.services.sqs.engine.queue import Queue, changed_topic
from lambent.store.database import Database

Key = tuple[str, str, str]
"""Account, region and name."""

QUEUES_MAX = 100_000

_TOPIC_PREFIX = changed_topic("", "", "").rstrip("/") + "/"


class Known:
    """``queues`` is all that the hot path needs; ``find`` reads what is not known."""

    def __init__(self, *, store: Database) -> None:
        self._store = store
        self._changes = 0
        self.queues: dict[Key, Queue] = {}
        store.on_signal(self._hear)

    async def find(self, key: Key) -> Queue:
        """Raises QueueDoesNotExist."""
        queue = self.queues.get(key)
        if queue is not None:
            return queue
        changes = self._changes
        queue = await self._store.read(queues.find, *key)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if changes == self._changes:
            if len(self.queues) >= QUEUES_MAX:
                self.queues.clear()
            self.queues[key] = queue
        return queue

    def forget(self, account: str | None) -> None:
        """Forgets the queues of an account, or all."""
        self._changes += 1
        for key in [key for key in self.queues if account in (None, key[0])]:
            del self.queues[key]

    def forget_one(self, key: Key) -> None:
        self._changes += 1
        self.queues.pop(key, None)

    def _hear(self, topic: str) -> None:
        if topic.startswith(_TOPIC_PREFIX):
            account, region, name = topic.removeprefix(_TOPIC_PREFIX).split("/")
            self.forget_one((account, region, name))
