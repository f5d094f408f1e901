"""Remembers streams, so that a record costs no look-up of its stream. A commit that changes a stream forgets it."""

from operator import itemgetter
from typing import TypeAlias

from lambent.services.kinesis.engine import streams
from lambent.services.kinesis.engine.identifiers import Key
from lambent.services.kinesis.engine.stream import CHANGED_PREFIX, Stream
from lambent.store.database import Database
from lambent.store.known import Named

Known: TypeAlias = Named[Key, Stream]

STREAMS_MAX = 10_000


def known_streams(store: Database) -> Known:
    """``find`` raises StreamNotFound."""
    return Named(
        store=store,
        count_max=STREAMS_MAX,
        prefix=CHANGED_PREFIX,
        key=lambda account, region, name: (account, region, name),
        account_of=itemgetter(0),
        look=streams.find,
    )
