"""What a live tail shows: events in the order of their commits, not of their time."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.logs import errors
from lambent.services.logs.engine import groups
from lambent.services.logs.engine.reading import Predicate
from lambent.services.logs.tables import batches, streams
from lambent.services.logs.tables.batches import Batch
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction

BATCHES_AT_ONCE = 500


class Seen(NamedTuple):
    """One event that came in."""

    group: Group
    stream_name: str
    at_ms: int
    ingested_ms: int
    message: str


class Tail(Struct, frozen=True):
    """What a session follows. Streams are chosen by names or by prefixes; neither: all."""

    groups: Sequence[Group]
    stream_names: frozenset[str] = frozenset()
    stream_prefixes: tuple[str, ...] = ()
    matches: Predicate | None = None
    names: dict[int, str] = {}  # of streams met so far

    def follows(self, stream_name: str) -> bool:
        if self.stream_names:
            return stream_name in self.stream_names
        return not self.stream_prefixes or stream_name.startswith(self.stream_prefixes)


class Start(NamedTuple):
    """The groups of a session, and the last batch before it."""

    groups: list[Group]
    after_id: int


def start(tx: Transaction, scope: Scope, group_names: Sequence[str]) -> Start:
    return Start([groups.require(tx, scope, name) for name in group_names], batches.newest_id(tx))


def check(group_count: int, stream_names: Sequence[str], stream_prefixes: Sequence[str]) -> None:
    """Raises InvalidParameter."""
    if stream_names and stream_prefixes:
        raise errors.NamesAndPrefix()
    if (stream_names or stream_prefixes) and group_count != 1:
        raise errors.StreamsOfManyGroups()


def look(tx: Transaction, tail: Tail, after_id: int) -> tuple[list[Seen], int]:
    """Events of the next batches behind ``after_id``, and the id up to which was looked."""
    until_id = min(batches.newest_id(tx), after_id + BATCHES_AT_ONCE)
    seen: list[Seen] = []
    for group in tail.groups:
        for batch in batches.between(tx, group.id, after_id=after_id, until_id=until_id):
            name = _stream_name(tx, tail, batch)
            if name and tail.follows(name):
                seen += [
                    Seen(group, name, at_ms, batch.ingested_ms, message)
                    for at_ms, message in batches.unpack(batch.packed)
                    if tail.matches is None or tail.matches(message)
                ]
    return seen, max(after_id, until_id)


def _stream_name(tx: Transaction, tail: Tail, batch: Batch) -> str:
    name = tail.names.get(batch.stream_id)
    if name is None:
        name = tail.names[batch.stream_id] = streams.names_of(tx, [batch.stream_id]).get(batch.stream_id, "")
    return name
