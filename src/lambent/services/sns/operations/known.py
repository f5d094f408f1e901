"""Remembers topics with their subscribers, so that a publication reads no row. A commit that changes one forgets it."""

from lambent.services.sns.engine import publishing
from lambent.services.sns.engine.identifiers import Scope, TopicName
from lambent.services.sns.engine.publishing import Audience
from lambent.services.sns.tables.topics import CHANGED_PREFIX
from lambent.store.database import Database

TOPICS_MAX = 10_000


class Known:
    """``find`` answers from memory what was asked before."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self._audiences: dict[TopicName, Audience] = {}
        self._changes = 0
        store.on_signal(self._hear)

    async def find(self, topic: TopicName) -> Audience:
        """Raises TopicNotFound."""
        audience = self._audiences.get(topic)
        if audience is not None:
            return audience
        changes = self._changes
        audience = await self._store.read(publishing.audience, topic)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if changes == self._changes:
            if len(self._audiences) >= TOPICS_MAX:
                self._audiences.clear()
            self._audiences[topic] = audience
        return audience

    def forget_account(self, account: str | None) -> None:
        """Forgets the topics of an account, or all."""
        self._changes += 1
        for topic in [topic for topic in self._audiences if account in (None, topic.scope.account)]:
            del self._audiences[topic]

    def _hear(self, signal: str) -> None:
        if signal.startswith(CHANGED_PREFIX):
            self._changes += 1
            account, region, name = signal.removeprefix(CHANGED_PREFIX).split("/")
            self._audiences.pop(TopicName(Scope(account, region), name), None)
