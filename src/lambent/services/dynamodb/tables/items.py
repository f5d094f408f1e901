"""Rows of dynamodb_items."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lambent.services.dynamodb.engine.table import Table
from lambent.store.database import Row, Transaction

PUT_IF_CURRENT = """
INSERT INTO dynamodb_items (account, region, table_id, partition_key, sort_key, bytes, item)
SELECT account, region, id, ?, ?, ?, ? FROM dynamodb_tables WHERE id = ? AND version = ?
ON CONFLICT (table_id, partition_key, sort_key) DO UPDATE SET bytes = excluded.bytes, item = excluded.item
"""
PUT = """
INSERT INTO dynamodb_items (account, region, table_id, partition_key, sort_key, bytes, item) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (table_id, partition_key, sort_key) DO UPDATE SET bytes = excluded.bytes, item = excluded.item
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?)"
_ROWS = 5
PUT_ROWS = f"""
INSERT INTO dynamodb_items (account, region, table_id, partition_key, sort_key, bytes, item) VALUES {", ".join([_ROW] * _ROWS)}
ON CONFLICT (table_id, partition_key, sort_key) DO UPDATE SET bytes = excluded.bytes, item = excluded.item
"""  # noqa: S608 - placeholders only
GET = "SELECT bytes, item FROM dynamodb_items WHERE table_id = ? AND partition_key = ? AND sort_key = ?"
DELETE = "DELETE FROM dynamodb_items WHERE table_id = ? AND partition_key = ? AND sort_key = ?"
SIZES = "SELECT count(*), coalesce(sum(bytes), 0) FROM dynamodb_items WHERE table_id = ?"
DELETE_SOME = """
DELETE FROM dynamodb_items WHERE table_id = ?1 AND (partition_key, sort_key) IN (
    SELECT partition_key, sort_key FROM dynamodb_items WHERE table_id = ?1 ORDER BY partition_key, sort_key LIMIT ?2
)
"""
LIST_SIZES = "SELECT bytes FROM dynamodb_items WHERE table_id = ? ORDER BY partition_key, sort_key LIMIT ?"
FORWARD = """
SELECT partition_key, sort_key, bytes, item FROM dynamodb_items
WHERE table_id = ? AND partition_key = ? AND sort_key >= ? AND sort_key < ? ORDER BY sort_key LIMIT ?
"""
BACKWARD = """
SELECT partition_key, sort_key, bytes, item FROM dynamodb_items
WHERE table_id = ? AND partition_key = ? AND sort_key >= ? AND sort_key < ? ORDER BY sort_key DESC LIMIT ?
"""
SCAN = """
SELECT partition_key, sort_key, bytes, item FROM dynamodb_items
WHERE table_id = ? AND (partition_key, sort_key) >= (?, ?) AND partition_key < ? ORDER BY partition_key, sort_key LIMIT ?
"""


class Stored(NamedTuple):
    """An item: its size as AWS counts it, and the JSON that clients see."""

    size: int
    item: bytes


class Placed(NamedTuple):
    """An item and where it stands."""

    partition: bytes
    sort: bytes
    size: int
    item: bytes


def get(tx: Transaction, table: Table, partition: bytes, sort: bytes) -> Stored | None:
    return tx.one(GET, (table.id, partition, sort), into=Stored)


def put(tx: Transaction, table: Table, partition: bytes, sort: bytes, size: int, item: bytes) -> None:
    scope = table.named.scope
    tx.run(PUT, (scope.account, scope.region, table.id, partition, sort, size, item))


def put_all(tx: Transaction, table: Table, rows: Sequence[tuple[bytes, bytes, int, bytes]]) -> None:
    """Each with its place, its size and its JSON."""
    place = (*table.named.scope, table.id)
    ends_at = len(rows) - len(rows) % _ROWS
    # Several rows with a statement: between two statements the writer may have to wait for other threads.
    for at in range(0, ends_at, _ROWS):
        tx.run(PUT_ROWS, [value for row in rows[at : at + _ROWS] for value in (*place, *row)])
    tx.run_many(PUT, [(*place, *row) for row in rows[ends_at:]])


def put_if_current(tx: Transaction, table: Table, partition: bytes, sort: bytes, size: int, item: bytes) -> bool:
    """False, and nothing done, where the table has changed since it was read."""
    return tx.run(PUT_IF_CURRENT, (partition, sort, size, item, table.id, table.version)) == 1


def delete(tx: Transaction, table: Table, partition: bytes, sort: bytes) -> bool:
    """False when there was none."""
    return tx.run(DELETE, (table.id, partition, sort)) == 1


def forward(tx: Transaction, table: Table, partition: bytes, low: bytes, high: bytes, count_max: int) -> Iterable[Row]:
    """Items of a partition with a sort key of at least ``low`` and less than ``high``: the columns of a Placed."""
    return tx.each(FORWARD, (table.id, partition, low, high, count_max))


def backward(tx: Transaction, table: Table, partition: bytes, low: bytes, high: bytes, count_max: int) -> Iterable[Row]:
    return tx.each(BACKWARD, (table.id, partition, low, high, count_max))


def scan(
    tx: Transaction, table_id: int, partition: bytes, sort: bytes, end: bytes, *, count_max: int, bytes_max: int
) -> tuple[list[Placed], bool]:
    """Some items from this place on, whose partition is less than ``end``, at least one; and whether there may be more."""
    found: list[Placed] = []
    for row in tx.each(SCAN, (table_id, partition, sort, end, count_max)):
        found.append(Placed(*row))  # type: ignore[arg-type] # the columns are its fields
        bytes_max -= found[-1].size
        if bytes_max <= 0:
            return found, True
    return found, len(found) == count_max


def scan_rows(tx: Transaction, table_id: int, partition: bytes, sort: bytes, end: bytes, count_max: int) -> Iterable[Row]:
    """All of them, one by one: the columns of a Placed."""
    return tx.each(SCAN, (table_id, partition, sort, end, count_max))


def sizes(tx: Transaction, table_id: int) -> tuple[int, int]:
    """How many items, and how many bytes. Reads all of them."""
    found = tx.one(SIZES, (table_id,), into=_pair)
    assert found is not None
    return found


def delete_some(tx: Transaction, table_id: int, *, count_max: int, bytes_max: int) -> bool:
    """Deletes some items of a table, at least one. True when there may be more."""
    count = 0
    for (size,) in tx.each(LIST_SIZES, (table_id, count_max)):
        count += 1
        bytes_max -= int(size)  # type: ignore[arg-type] # an integer
        if bytes_max <= 0:
            break
    tx.run(DELETE_SOME, (table_id, count))
    return count == count_max or bytes_max <= 0


def _pair(count: int, total: int) -> tuple[int, int]:
    return count, total
