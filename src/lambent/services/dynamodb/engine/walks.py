"""Ways through a table or an index: where a Query or a Scan begins and ends, and the rows on the way.

A walk is a value. ``rows`` gives its rows one by one, ``after`` is the same walk from behind a row.
"""

from collections.abc import Iterable
from typing import Any, Protocol, Self

from msgspec import Struct
from msgspec.structs import replace

from lambent.services.dynamodb.engine import keys, places
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.tables import entries, items
from lambent.services.dynamodb.tables.entries import Indexed, Spot
from lambent.services.dynamodb.tables.items import Placed
from lambent.store.database import Transaction

Row = tuple[Any, ...]
"""The columns of a Placed or of an Indexed. Pages have many: it would take longer to name their columns than to read them."""

SIZE, ITEM = -2, -1

LAST = b"\xff" * (keys.HASH_BYTES + keys.PARTITION_KEY_BYTES_MAX + 1)
"""Behind every key that there can be."""


class Walk(Protocol):
    def rows(self, tx: Transaction, count_max: int) -> Iterable[Row]: ...

    def after(self, row: Row) -> Self: ...


class InPartition(Struct, frozen=True):
    """Items of one partition of a table, from ``low`` on and before ``high``."""

    table: Table
    partition: bytes
    low: bytes
    high: bytes
    is_forward: bool

    def rows(self, tx: Transaction, count_max: int) -> Iterable[Row]:
        walk = items.forward if self.is_forward else items.backward
        return walk(tx, self.table, self.partition, self.low, self.high, count_max)

    def after(self, row: Row) -> "InPartition":
        sort = Placed(*row).sort
        return replace(self, low=keys.just_after(sort)) if self.is_forward else replace(self, high=sort)


class InIndexPartition(Struct, frozen=True):
    """Items of one partition of an index."""

    table: Table
    index: Index
    partition: bytes
    low: Spot
    high: Spot
    is_forward: bool

    def rows(self, tx: Transaction, count_max: int) -> Iterable[Row]:
        walk = entries.forward if self.is_forward else entries.backward
        return walk(tx, self.table, self.index, self.partition, self.low, self.high, count_max)

    def after(self, row: Row) -> "InIndexPartition":
        found = Indexed(*row)
        spot = (found.entry_sort, found.partition, found.sort)
        return replace(self, low=_just_after(spot)) if self.is_forward else replace(self, high=spot)


class Everything(Struct, frozen=True):
    """All items of a table, or of one segment of it."""

    table: Table
    partition: bytes
    sort: bytes
    end: bytes

    def rows(self, tx: Transaction, count_max: int) -> Iterable[Row]:
        return items.scan_rows(tx, self.table.id, self.partition, self.sort, self.end, count_max)

    def after(self, row: Row) -> "Everything":
        found = Placed(*row)
        return replace(self, partition=found.partition, sort=keys.just_after(found.sort))


class EverythingIndexed(Struct, frozen=True):
    """All items of an index, or of one segment of it."""

    table: Table
    index: Index
    partition: bytes
    low: Spot
    end: bytes

    def rows(self, tx: Transaction, count_max: int) -> Iterable[Row]:
        return entries.scan(tx, self.table, self.index, self.partition, self.low, self.end, count_max)

    def after(self, row: Row) -> "EverythingIndexed":
        found = Indexed(*row)
        spot = (found.entry_sort, found.partition, found.sort)
        return replace(self, partition=found.entry_partition, low=_just_after(spot))


# ---- where they begin ------------------------------------------------------------------------------------------------


def in_partition(
    table: Table, index: Index | None, partition: bytes, low: bytes, high: bytes | None, *, is_forward: bool
) -> InPartition | InIndexPartition:
    """``low`` and ``high`` bound the sort key; without ``high`` it is not bounded."""
    end = LAST if high is None else high
    if index is None:
        return InPartition(table, partition, low, end, is_forward)
    return InIndexPartition(table, index, partition, (low, b"", b""), (end, b"", b""), is_forward)


def segment(table: Table, index: Index | None, number: int, total: int) -> Everything | EverythingIndexed:
    """Segment ``number`` of ``total``: an even part of all hashes."""
    hashes = 1 << (8 * keys.HASH_BYTES)
    start = (hashes * number // total).to_bytes(keys.HASH_BYTES, "big")
    end = LAST if number + 1 == total else (hashes * (number + 1) // total).to_bytes(keys.HASH_BYTES, "big")
    if index is None:
        return Everything(table, start, b"", end)
    return EverythingIndexed(table, index, start, (b"", b"", b""), end)


def row_of(table: Table, index: Index | None, key: Item) -> Row:
    """The row, there or not, of an ExclusiveStartKey."""
    place = places.place(table.keys, key)
    if index is None:
        return Placed(*place, 0, b"")
    return Indexed(*places.place(index.keys, key), *place, 0, b"")


def key_names(table_keys: KeySchema, index: Index | None) -> list[str]:
    """The attributes of a LastEvaluatedKey."""
    return list(dict.fromkeys([*table_keys.names, *(index.keys.names if index is not None else ())]))


def _just_after(spot: Spot) -> Spot:
    sort, partition, item_sort = spot
    return sort, partition, keys.just_after(item_sort)
