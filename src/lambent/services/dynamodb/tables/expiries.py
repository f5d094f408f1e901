"""Rows of dynamodb_expiries and dynamodb_expiring: when items expire, and the tables in which they do."""

from typing import NamedTuple

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction

_TABLE = "account, table_id, state, seen_partition, seen_sort"

PUT_TABLE = """
INSERT INTO dynamodb_expiring (account, region, table_id, state, seen_partition, seen_sort) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (table_id) DO UPDATE
SET state = excluded.state, seen_partition = excluded.seen_partition, seen_sort = excluded.seen_sort"""
LIST_TABLES = f"SELECT {_TABLE} FROM dynamodb_expiring ORDER BY table_id"  # noqa: S608 - column names only
SET_STATE = "UPDATE dynamodb_expiring SET state = ? WHERE table_id = ?"
SET_SEEN = "UPDATE dynamodb_expiring SET seen_partition = ?, seen_sort = ? WHERE table_id = ?"
DELETE_TABLE = "DELETE FROM dynamodb_expiring WHERE table_id = ?"

INSERT_EXPIRY = """
INSERT INTO dynamodb_expiries (account, region, table_id, expires_at, partition_key, sort_key) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
DELETE_EXPIRY = """
DELETE FROM dynamodb_expiries WHERE table_id = ? AND expires_at = ? AND partition_key = ? AND sort_key = ?"""
DELETE_SOME = """
DELETE FROM dynamodb_expiries WHERE table_id = ? AND (expires_at, partition_key, sort_key) IN (
    SELECT expires_at, partition_key, sort_key FROM dynamodb_expiries WHERE table_id = ? LIMIT ?
)"""
FIND_FIRST = "SELECT min(expires_at) FROM dynamodb_expiries WHERE table_id = ?"
LIST_EXPIRED = """
SELECT expires_at, partition_key, sort_key FROM dynamodb_expiries
WHERE table_id = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?"""

SCANNING, WATCHING, LEAVING = "scanning", "watching", "leaving"
"""A table whose items are still to be looked through, one of which all expiries are known, one whose expiries have to go."""

TOPIC = "dynamodb.expiries"
"""Signalled when something expires earlier than known, or a table begins or ends to have expiries."""


class ExpiringTable(Struct, frozen=True):
    """``seen``: where the look through its items goes on."""

    account: str
    table_id: int
    state: str
    seen_partition: bytes
    seen_sort: bytes


class Expiry(NamedTuple):
    """An item, and the second at which it expires."""

    expires_at: int
    partition: bytes
    sort: bytes


def put_table(tx: Transaction, account: str, region: str, table_id: int, state: str) -> None:
    tx.run(PUT_TABLE, (account, region, table_id, state, b"", b""))
    tx.signal(TOPIC)


def set_state(tx: Transaction, table_id: int, state: str) -> None:
    tx.run(SET_STATE, (state, table_id))
    tx.signal(TOPIC)


def set_seen(tx: Transaction, table_id: int, partition: bytes, sort: bytes) -> None:
    tx.run(SET_SEEN, (partition, sort, table_id))


def delete_table(tx: Transaction, table_id: int) -> None:
    tx.run(DELETE_TABLE, (table_id,))


def expiring_tables(tx: Transaction) -> list[ExpiringTable]:
    return tx.all(LIST_TABLES, into=ExpiringTable)


def insert(tx: Transaction, account: str, region: str, table_id: int, expiry: Expiry) -> None:
    """Also where it is known already."""
    first = first_of(tx, table_id)
    tx.run(INSERT_EXPIRY, (account, region, table_id, *expiry))
    if first is None or expiry.expires_at < first:
        tx.signal(TOPIC)


def delete(tx: Transaction, table_id: int, expiry: Expiry) -> None:
    tx.run(DELETE_EXPIRY, (table_id, *expiry))


def delete_some(tx: Transaction, table_id: int, count_max: int) -> int:
    return tx.run(DELETE_SOME, (table_id, table_id, count_max))


def first_of(tx: Transaction, table_id: int) -> Instant | None:
    """The second at which the first item of a table expires."""
    found = tx.one(FIND_FIRST, (table_id,))
    assert found is not None
    return float(found[0]) if found[0] is not None else None


def expired(tx: Transaction, table_id: int, until: Instant, count_max: int) -> list[Expiry]:
    return tx.all(LIST_EXPIRED, (table_id, int(until), count_max), into=Expiry)
