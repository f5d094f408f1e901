"""Remembers queues, so that a message costs no look-up of its queue. A commit that changes a queue forgets it."""

from operator import itemgetter
from typing import TypeAlias

from lambent.services.sqs.engine import queues
from lambent.services.sqs.engine.queue import CHANGED_PREFIX, Queue
from lambent.store.database import Database
from lambent.store.known import Named

Key: TypeAlias = tuple[str, str, str]
"""Account, region and name."""

Known: TypeAlias = Named[Key, Queue]

QUEUES_MAX = 100_000


def known_queues(store: Database) -> Known:
    """``find`` raises QueueDoesNotExist."""
    return Named(
        store=store,
        count_max=QUEUES_MAX,
        prefix=CHANGED_PREFIX,
        key=lambda account, region, name: (account, region, name),
        account_of=itemgetter(0),
        look=lambda tx, key: queues.find(tx, *key),
    )
