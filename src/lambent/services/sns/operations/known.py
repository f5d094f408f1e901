"""Remembers topics with their subscribers, so that a publication reads no row. A commit that changes one forgets it."""

from typing import TypeAlias

from lambent.core.context import Scope
from lambent.services.sns.engine import publishing
from lambent.services.sns.engine.identifiers import TopicName
from lambent.services.sns.engine.publishing import Audience
from lambent.services.sns.tables.topics import CHANGED_PREFIX
from lambent.store.database import Database
from lambent.store.known import Named

Known: TypeAlias = Named[TopicName, Audience]

TOPICS_MAX = 10_000


def known_topics(store: Database) -> Known:
    """``find`` raises TopicNotFound."""
    return Named(
        store=store,
        count_max=TOPICS_MAX,
        prefix=CHANGED_PREFIX,
        key=lambda account, region, name: TopicName(Scope(account, region), name),
        account_of=lambda named: named.scope.account,
        look=publishing.audience,
    )
