"""Remembers streams, so that a record costs no look-up of its stream. A commit that changes a stream forgets it."""

from lambent.services.kinesis.engine import streams
from lambent.services.kinesis.engine.identifiers import Key
from lambent.services.kinesis.engine.stream import Stream, changed_topic
from lambent.store import known
from lambent.store.database import Database

STREAMS_MAX = 10_000

_TOPIC_PREFIX = changed_topic("", "", "").rstrip("/") + "/"


class Known:
    """``streams`` is all that the hot path needs; ``find`` reads what is not known."""

    def __init__(self, *, store: Database) -> None:
        self._known: known.Known[Key, Stream] = known.Known(store=store, count_max=STREAMS_MAX)
        self.streams = self._known.values
        store.on_signal(self._hear)

    async def find(self, key: Key) -> Stream:
        """Raises StreamNotFound."""
        return await self._known.find(key, lambda tx: streams.find(tx, key))

    def forget(self, account: str | None) -> None:
        """Forgets the streams of an account, or all."""
        self._known.forget_those(lambda key: account in (None, key[0]))

    def forget_one(self, key: Key) -> None:
        self._known.forget(key)

    def _hear(self, topic: str) -> None:
        if topic.startswith(_TOPIC_PREFIX):
            account, region, name = topic.removeprefix(_TOPIC_PREFIX).split("/")
            self.forget_one((account, region, name))
