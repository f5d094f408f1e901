"""What follows the items of a table: its stream, its Kinesis stream, its expiries. Told of each write, in its transaction."""

from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.dynamodb.engine import destinations, expiries, shards, streams, values
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.stream_records import Image, Written
from lambent.services.dynamodb.engine.table import Table
from lambent.store.database import Transaction


class Change(Struct, frozen=True):
    """One item that became another. ``old`` and ``new`` are as they are stored, None where there was, or is, no item.

    ``old_bytes`` and ``new_bytes`` are their sizes as AWS counts.
    """

    keys: dict[str, Any]
    partition: bytes
    sort: bytes
    old: bytes | None
    new: bytes | None
    old_bytes: int = 0
    new_bytes: int = 0
    is_by_ttl: bool = False


def is_followed(table: Table) -> bool:
    """Whether changes of this table's items are told at all: only then is the old item read for it."""
    definition = table.definition
    return bool(definition.ttl_attribute) or is_streamed(table) or destinations.active(definition) is not None


def is_streamed(table: Table) -> bool:
    stream = table.definition.stream
    return stream is not None and stream.is_enabled


def note(tx: Transaction, table: Table, change: Change, now: Instant) -> None:
    """Called for each item that a followed table's operation has changed: never where the old item equals the new one."""
    place = Place(change.partition, change.sort)
    if table.definition.ttl_attribute:
        expiries.follow(tx, table, place, change.old, change.new)
    stream = table.definition.stream if is_streamed(table) else None
    destination = destinations.active(table.definition)
    if stream is None and destination is None:
        return
    written = _written(change, now)
    if stream is not None:
        key_hash = int.from_bytes(change.partition[:4], "big")  # partitions begin with a hash of their own
        shards.append(tx, table.id, streams.name_of(table), stream.view_type, written, key_hash)
    if destination is not None:
        destinations.send(tx, table, destination, written, place)


def free_moment(tx: Transaction, table: TableName, now: Instant) -> Instant:
    """The moment that may label a new stream of a table: now, or a little later where that label is taken."""
    return streams.free_moment(tx, table, now)


def stream_began(tx: Transaction, table: Table, now: Instant) -> None:
    """A stream was enabled: ``table.definition.stream`` is new."""
    streams.begin(tx, table, now)


def stream_ended(tx: Transaction, table: Table, now: Instant) -> None:
    """The stream was disabled, or its table deleted: what is in it can still be read for a day."""
    streams.end(tx, table, now)


def expiry_changed(tx: Transaction, table: Table, now: Instant) -> None:  # noqa: ARG001 (as the others)
    """Time to live was enabled (``ttl_attribute``) or disabled ("")."""
    expiries.change(tx, table)


def table_deleted(tx: Transaction, table: Table, now: Instant) -> None:  # noqa: ARG001 (as the others)
    """The table is going; its items are deleted behind it, and no change of theirs is told."""
    expiries.leave(tx, table)


def _written(change: Change, now: Instant) -> Written:
    keys = Image(values.encoded(change.keys), values.item_size(change.keys))
    old = Image(change.old, change.old_bytes) if change.old is not None else None
    new = Image(change.new, change.new_bytes) if change.new is not None else None
    return Written(keys, old, new, change.is_by_ttl, now)
