"""Rows of kinesis_streams, and kinesis_accounts, which says who has committed to a minimum of throughput."""

import json
from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction


class StreamRow(Struct, frozen=True):
    """One stream as it is kept. ``settings`` are those that were ever set, by our own names."""

    account: str
    region: str
    id: int
    name: str
    stream_id: str
    mode: str  # "PROVISIONED" or "ON_DEMAND"
    retention_h: int
    kept_from: Instant
    created_at: Instant
    settings: Mapping[str, Any]
    tags: Mapping[str, str]
    policy: str

    @classmethod
    def read(
        cls,
        account: str,
        region: str,
        id_: int,
        name: str,
        stream_id: str,
        mode: str,
        retention_h: int,
        kept_from: float,
        created_at: float,
        settings: str,
        tags: str,
        policy: str,
    ) -> Self:
        of_time = (retention_h, kept_from, created_at)
        return cls(account, region, id_, name, stream_id, mode, *of_time, json.loads(settings), json.loads(tags), policy)


FIND_STREAM = """
SELECT account, region, id, name, stream_id, mode, retention_h, kept_from, created_at, settings, tags, policy
FROM kinesis_streams WHERE account = ? AND region = ? AND name = ?"""

FIND_STREAM_BY_ID = "SELECT name FROM kinesis_streams WHERE stream_id = ? AND account = ? AND region = ?"

LIST_STREAMS = """
SELECT account, region, id, name, stream_id, mode, retention_h, kept_from, created_at, settings, tags, policy
FROM kinesis_streams WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?"""

LIST_ALL_STREAMS = """
SELECT account, region, id, name, stream_id, mode, retention_h, kept_from, created_at, settings, tags, policy
FROM kinesis_streams WHERE id > ? ORDER BY id LIMIT ?"""

INSERT_STREAM = """
INSERT INTO kinesis_streams
    (account, region, name, stream_id, mode, retention_h, kept_from, created_at, settings, tags, policy)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, '') RETURNING id"""

SET_MODE = "UPDATE kinesis_streams SET mode = ? WHERE id = ?"
SET_RETENTION = "UPDATE kinesis_streams SET retention_h = ?, kept_from = ? WHERE id = ?"
SET_SETTINGS = "UPDATE kinesis_streams SET settings = ? WHERE id = ?"
SET_TAGS = "UPDATE kinesis_streams SET tags = ? WHERE id = ?"
SET_POLICY = "UPDATE kinesis_streams SET policy = ? WHERE id = ?"
DELETE_STREAM = "DELETE FROM kinesis_streams WHERE id = ?"
FIND_ANY = "SELECT 1 FROM kinesis_streams WHERE account = ? LIMIT 1"
COUNT_OF_MODE = "SELECT COUNT(*) FROM kinesis_streams WHERE account = ? AND region = ? AND mode = ?"

FIND_COMMITMENT = "SELECT committed_at FROM kinesis_accounts WHERE account = ? AND region = ?"
UPSERT_COMMITMENT = """
INSERT INTO kinesis_accounts (account, region, committed_at) VALUES (?, ?, ?)
ON CONFLICT (account, region) DO UPDATE SET committed_at = excluded.committed_at"""
DELETE_COMMITMENT = "DELETE FROM kinesis_accounts WHERE account = ? AND region = ?"


def find(tx: Transaction, account: str, region: str, name: str) -> StreamRow | None:
    return tx.one(FIND_STREAM, (account, region, name), into=StreamRow.read)


def name_of(tx: Transaction, account: str, region: str, stream_id: str) -> str | None:
    """The name of the stream that AWS would know by this StreamId."""
    return tx.one(FIND_STREAM_BY_ID, (stream_id, account, region), into=str)


def page(tx: Transaction, account: str, region: str, *, after: str, count_max: int) -> list[StreamRow]:
    return tx.all(LIST_STREAMS, (account, region, after, count_max), into=StreamRow.read)


def page_of_all(tx: Transaction, *, after_id: int, count_max: int) -> list[StreamRow]:
    """Streams of all accounts."""
    return tx.all(LIST_ALL_STREAMS, (after_id, count_max), into=StreamRow.read)


def insert(
    tx: Transaction,
    account: str,
    region: str,
    name: str,
    *,
    stream_id: str,
    mode: str,
    retention_h: int,
    now: Instant,
    settings: Mapping[str, Any],
    tags: Mapping[str, str],
) -> int:
    kept = (json.dumps(dict(settings)), json.dumps(dict(tags)))
    row_id = tx.one(INSERT_STREAM, (account, region, name, stream_id, mode, retention_h, now, *kept), into=int)
    assert row_id is not None
    return row_id


def set_mode(tx: Transaction, row_id: int, mode: str) -> None:
    tx.run(SET_MODE, (mode, row_id))


def set_retention(tx: Transaction, row_id: int, hours: int, *, kept_from: Instant) -> None:
    tx.run(SET_RETENTION, (hours, kept_from, row_id))


def set_settings(tx: Transaction, row_id: int, settings: Mapping[str, Any]) -> None:
    tx.run(SET_SETTINGS, (json.dumps(dict(settings)), row_id))


def set_tags(tx: Transaction, row_id: int, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(dict(tags)), row_id))


def set_policy(tx: Transaction, row_id: int, policy: str) -> None:
    tx.run(SET_POLICY, (policy, row_id))


def delete(tx: Transaction, row_id: int) -> None:
    tx.run(DELETE_STREAM, (row_id,))


def has_any(tx: Transaction, account: str) -> bool:
    """Whether an account has a stream in any region."""
    return tx.one(FIND_ANY, (account,)) is not None


def count_of_mode(tx: Transaction, account: str, region: str, mode: str) -> int:
    return tx.one(COUNT_OF_MODE, (account, region, mode), into=int) or 0


# ---- accounts --------------------------------------------------------------------------------------------------------


def committed_at(tx: Transaction, account: str, region: str) -> Instant | None:
    return tx.one(FIND_COMMITMENT, (account, region), into=float)


def commit_to_minimum(tx: Transaction, account: str, region: str, now: Instant) -> None:
    tx.run(UPSERT_COMMITMENT, (account, region, now))


def end_commitment(tx: Transaction, account: str, region: str) -> None:
    tx.run(DELETE_COMMITMENT, (account, region))
