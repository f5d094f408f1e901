"""Remembers topics with their subscribers, so that a publication reads no row. A commit that changes one forgets it."""

from lambent.core.context import Scope
from lambent.services.sns.engine import publishing
from lambent.services.sns.engine.identifiers import TopicName
from lambent.services.sns.engine.publishing import Audience
from lambent.services.sns.tables.topics import CHANGED_PREFIX
from lambent.store import known
from lambent.store.database import Database

TOPICS_MAX = 10_000


class Known:
    """``find`` answers from memory what was asked before."""

    def __init__(self, store: Database) -> None:
        self._known: known.Known[TopicName, Audience] = known.Known(store=store, count_max=TOPICS_MAX)
        self._audiences = self._known.values
        store.on_signal(self._hear)

    async def find(self, topic: TopicName) -> Audience:
        """Raises TopicNotFound."""
        audience = self._audiences.get(topic)
        return audience or await self._known.find(topic, lambda tx: publishing.audience(tx, topic))

    def forget_account(self, account: str | None) -> None:
        """Forgets the topics of an account, or all."""
        self._known.forget_those(lambda topic: account in (None, topic.scope.account))

    def _hear(self, signal: str) -> None:
        if signal.startswith(CHANGED_PREFIX):
            account, region, name = signal.removeprefix(CHANGED_PREFIX).split("/")
            self._known.forget(TopicName(Scope(account, region), name))
