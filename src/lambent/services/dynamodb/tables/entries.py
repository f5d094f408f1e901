"""Rows of dynamodb_entries: where indexes find items."""

from collections.abc import Sequence
from typing import NamedTuple

from lambent.services.dynamodb.engine.table import Index, Table
from lambent.store.database import Transaction

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


class Entry(NamedTuple):
    """Where an item stands in an index."""

    partition: bytes
    sort: bytes


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
