"""Rows of dynamodb_entries: where indexes find items."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lambent.services.dynamodb.engine.table import Index, Table
from lambent.store.database import Row, Transaction

INSERT = """
INSERT INTO dynamodb_entries
(account, region, table_id, index_number, partition_key, sort_key, item_partition, item_sort) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
DELETE = """
DELETE FROM dynamodb_entries WHERE table_id = ? AND index_number = ?
AND partition_key = ? AND sort_key = ? AND item_partition = ? AND item_sort = ?
"""
DELETE_SOME_OF_INDEX = """
DELETE FROM dynamodb_entries WHERE table_id = ?1 AND index_number = ?2
AND (partition_key, sort_key, item_partition, item_sort) IN (
    SELECT partition_key, sort_key, item_partition, item_sort FROM dynamodb_entries
    WHERE table_id = ?1 AND index_number = ?2 LIMIT ?3
)
"""
DELETE_SOME_OF_TABLE = """
DELETE FROM dynamodb_entries WHERE table_id = ?1
AND (index_number, partition_key, sort_key, item_partition, item_sort) IN (
    SELECT index_number, partition_key, sort_key, item_partition, item_sort FROM dynamodb_entries WHERE table_id = ?1 LIMIT ?2
)
"""
SIZES = """
SELECT count(*), coalesce(sum(items.bytes), 0)
FROM dynamodb_entries AS entries
JOIN dynamodb_items AS items ON items.table_id = entries.table_id
AND items.partition_key = entries.item_partition AND items.sort_key = entries.item_sort
WHERE entries.table_id = ? AND entries.index_number = ?
"""

_JOINED = """
SELECT entries.partition_key, entries.sort_key, items.partition_key, items.sort_key, items.bytes, items.item
FROM dynamodb_entries AS entries
CROSS JOIN dynamodb_items AS items ON items.table_id = entries.table_id
AND items.partition_key = entries.item_partition AND items.sort_key = entries.item_sort
"""
FORWARD = f"""{_JOINED} WHERE entries.table_id = ? AND entries.index_number = ? AND entries.partition_key = ?
AND (entries.sort_key, entries.item_partition, entries.item_sort) >= (?, ?, ?)
AND (entries.sort_key, entries.item_partition, entries.item_sort) < (?, ?, ?)
ORDER BY entries.sort_key, entries.item_partition, entries.item_sort LIMIT ?
"""
BACKWARD = f"""{_JOINED} WHERE entries.table_id = ? AND entries.index_number = ? AND entries.partition_key = ?
AND (entries.sort_key, entries.item_partition, entries.item_sort) >= (?, ?, ?)
AND (entries.sort_key, entries.item_partition, entries.item_sort) < (?, ?, ?)
ORDER BY entries.sort_key DESC, entries.item_partition DESC, entries.item_sort DESC LIMIT ?
"""
SCAN = f"""{_JOINED} WHERE entries.table_id = ? AND entries.index_number = ?
AND (entries.partition_key, entries.sort_key, entries.item_partition, entries.item_sort) >= (?, ?, ?, ?)
AND entries.partition_key < ?
ORDER BY entries.partition_key, entries.sort_key, entries.item_partition, entries.item_sort LIMIT ?
"""


class Entry(NamedTuple):
    """Where an item stands in an index."""

    partition: bytes
    sort: bytes


class Indexed(NamedTuple):
    """An item as an index finds it: the place of its entry, its own place, its size and its JSON."""

    entry_partition: bytes
    entry_sort: bytes
    partition: bytes
    sort: bytes
    size: int
    item: bytes


Spot = tuple[bytes, bytes, bytes]
"""Where an entry stands in a partition: its sort key, and the place of its item."""


def forward(
    tx: Transaction, table: Table, index: Index, partition: bytes, low: Spot, high: Spot, count_max: int
) -> Iterable[Row]:
    """Items of a partition of the index from ``low`` on, and before ``high``: the columns of an Indexed."""
    return tx.each(FORWARD, (table.id, index.number, partition, *low, *high, count_max))


def backward(
    tx: Transaction, table: Table, index: Index, partition: bytes, low: Spot, high: Spot, count_max: int
) -> Iterable[Row]:
    return tx.each(BACKWARD, (table.id, index.number, partition, *low, *high, count_max))


def scan(tx: Transaction, table: Table, index: Index, partition: bytes, low: Spot, end: bytes, count_max: int) -> Iterable[Row]:
    """Items of the index from this place on, whose partition in it is less than ``end``."""
    return tx.each(SCAN, (table.id, index.number, partition, *low, end, count_max))


def add(tx: Transaction, table: Table, index: Index, entry: Entry, item_partition: bytes, item_sort: bytes) -> None:
    tx.run(INSERT, (*table.named.scope, table.id, index.number, *entry, item_partition, item_sort))


def add_all(tx: Transaction, table: Table, index: Index, rows: Sequence[tuple[Entry, bytes, bytes]]) -> None:
    """Each with the place of its item."""
    scope = table.named.scope
    tx.run_many(INSERT, [(*scope, table.id, index.number, *entry, *place) for entry, *place in rows])


def remove(tx: Transaction, table: Table, index: Index, entry: Entry, item_partition: bytes, item_sort: bytes) -> None:
    tx.run(DELETE, (table.id, index.number, *entry, item_partition, item_sort))


def sizes(tx: Transaction, table_id: int, index_number: int) -> tuple[int, int]:
    """How many items, and how many bytes whole. Reads all of them."""
    found = tx.one(SIZES, (table_id, index_number), into=_pair)
    assert found is not None
    return found


def delete_some(tx: Transaction, table_id: int, index_number: int, count_max: int) -> int:
    return tx.run(DELETE_SOME_OF_INDEX, (table_id, index_number, count_max))


def delete_some_of_table(tx: Transaction, table_id: int, count_max: int) -> int:
    return tx.run(DELETE_SOME_OF_TABLE, (table_id, count_max))


def _pair(count: int, total: int) -> tuple[int, int]:
    return count, total
