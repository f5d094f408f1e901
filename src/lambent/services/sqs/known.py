"""Remembers queues, so that a message costs no look-up of its queue. A commit that changes a queue forgets it."""

from lambent.services.sqs.engine import queues
from lambent.services.sqs.engine.queue import Queue, changed_topic
from lambent.store import known
from lambent.store.database import Database

Key = tuple[str, str, str]
"""Account, region and name."""

QUEUES_MAX = 100_000

_TOPIC_PREFIX = changed_topic("", "", "").rstrip("/") + "/"


class Known:
    """``queues`` is all that the hot path needs; ``find`` reads what is not known."""

    def __init__(self, *, store: Database) -> None:
        self._known: known.Known[Key, Queue] = known.Known(store=store, count_max=QUEUES_MAX)
        self.queues = self._known.values
        store.on_signal(self._hear)

    async def find(self, key: Key) -> Queue:
        """Raises QueueDoesNotExist."""
        return await self._known.find(key, lambda tx: queues.find(tx, *key))

    def forget(self, account: str | None) -> None:
        """Forgets the queues of an account, or all."""
        self._known.forget_those(lambda key: account in (None, key[0]))

    def forget_one(self, key: Key) -> None:
        self._known.forget(key)

    def _hear(self, topic: str) -> None:
        if topic.startswith(_TOPIC_PREFIX):
            account, region, name = topic.removeprefix(_TOPIC_PREFIX).split("/")
            self.forget_one((account, region, name))
