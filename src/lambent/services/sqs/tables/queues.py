"""Rows of sqs_queues, sqs_deleted_queues and sqs_backlogs."""

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction


class QueueRow(Struct, frozen=True):
    """One queue as it is kept. ``attributes`` are those that were ever set, in AWS' words."""

    account: str
    region: str
    id: int
    name: str
    backlog_id: int
    created_at: Instant
    modified_at: Instant
    purged_at: Instant
    attributes: Mapping[str, str]
    tags: Mapping[str, str]

    @classmethod
    def read(
        cls,
        account: str,
        region: str,
        id_: int,
        name: str,
        backlog_id: int,
        created_at: float,
        modified_at: float,
        purged_at: float,
        attributes: str,
        tags: str,
    ) -> Self:
        kept, tagged = json.loads(attributes), json.loads(tags)
        return cls(account, region, id_, name, backlog_id, created_at, modified_at, purged_at, kept, tagged)


FIND_QUEUE = """
SELECT account, region, id, name, backlog_id, created_at, modified_at, purged_at, attributes, tags
FROM sqs_queues WHERE account = ? AND region = ? AND name = ?"""

LIST_QUEUES = """
SELECT account, region, id, name, backlog_id, created_at, modified_at, purged_at, attributes, tags
FROM sqs_queues WHERE account = ? AND region = ? AND name > ? AND name >= ? ORDER BY name LIMIT ?"""

LIST_SOURCES = """
SELECT account, region, id, name, backlog_id, created_at, modified_at, purged_at, attributes, tags
FROM sqs_queues WHERE dead_letter_arn = ? AND dead_letter_arn <> '' AND name > ? ORDER BY name LIMIT ?"""

INSERT_QUEUE = """
INSERT INTO sqs_queues
    (account, region, name, backlog_id, created_at, modified_at, purged_at, dead_letter_arn, attributes, tags)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"""

SET_ATTRIBUTES = "UPDATE sqs_queues SET attributes = ?, dead_letter_arn = ?, modified_at = ? WHERE id = ?"
SET_TAGS = "UPDATE sqs_queues SET tags = ? WHERE id = ?"
SET_BACKLOG = "UPDATE sqs_queues SET backlog_id = ?, purged_at = ? WHERE id = ?"
DELETE_QUEUE = "DELETE FROM sqs_queues WHERE id = ?"

UPSERT_DELETED = """
INSERT INTO sqs_deleted_queues (account, region, name, deleted_at) VALUES (?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET deleted_at = excluded.deleted_at"""
FIND_DELETED = "SELECT deleted_at FROM sqs_deleted_queues WHERE account = ? AND region = ? AND name = ?"
FORGET_DELETED = "DELETE FROM sqs_deleted_queues WHERE account = ? AND region = ? AND deleted_at <= ?"

INSERT_BACKLOG = "INSERT INTO sqs_backlogs (account, region, last_sequence) VALUES (?, ?, ?) RETURNING id"
IS_LIVE = "SELECT 1 FROM sqs_backlogs WHERE id = ? AND is_ended = 0"
LAST_SEQUENCE = "SELECT last_sequence FROM sqs_backlogs WHERE id = ?"
ADD_SEQUENCES = (
    "UPDATE sqs_backlogs SET last_sequence = last_sequence + ? WHERE id = ? AND is_ended = 0 RETURNING last_sequence"
)
END_BACKLOG = "UPDATE sqs_backlogs SET is_ended = 1 WHERE id = ?"
DELETE_BACKLOG = "DELETE FROM sqs_backlogs WHERE id = ?"


def find(tx: Transaction, account: str, region: str, name: str) -> QueueRow | None:
    return tx.one(FIND_QUEUE, (account, region, name), into=QueueRow.read)


def page(tx: Transaction, account: str, region: str, *, after: str, first: str, count_max: int) -> list[QueueRow]:
    """Queues whose names lie behind ``after`` and not before ``first``, in order."""
    return tx.all(LIST_QUEUES, (account, region, after, first, count_max), into=QueueRow.read)


def sources(tx: Transaction, dead_letter_arn: str, *, after: str, count_max: int) -> list[QueueRow]:
    """Queues whose dead letters go to ``dead_letter_arn``, in order of their names."""
    return tx.all(LIST_SOURCES, (dead_letter_arn, after, count_max), into=QueueRow.read)


def insert(
    tx: Transaction,
    account: str,
    region: str,
    name: str,
    *,
    now: Instant,
    dead_letter_arn: str,
    attributes: Mapping[str, str],
    tags: Mapping[str, str],
) -> None:
    backlog_id = new_backlog(tx, account, region)
    kept = (dead_letter_arn, json.dumps(dict(attributes)), json.dumps(dict(tags)))
    tx.run(INSERT_QUEUE, (account, region, name, backlog_id, now, now, *kept))


def set_attributes(
    tx: Transaction, queue_id: int, attributes: Mapping[str, str], *, dead_letter_arn: str, now: Instant
) -> None:
    tx.run(SET_ATTRIBUTES, (json.dumps(dict(attributes)), dead_letter_arn, now, queue_id))


def set_tags(tx: Transaction, queue_id: int, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(dict(tags)), queue_id))


def set_backlog(tx: Transaction, queue_id: int, backlog_id: int, now: Instant) -> None:
    tx.run(SET_BACKLOG, (backlog_id, now, queue_id))


def delete(tx: Transaction, row: QueueRow, now: Instant) -> None:
    tx.run(DELETE_QUEUE, (row.id,))
    tx.run(UPSERT_DELETED, (row.account, row.region, row.name, now))


def deleted_at(tx: Transaction, account: str, region: str, name: str) -> Instant | None:
    return tx.one(FIND_DELETED, (account, region, name), into=float)


def forget_deleted(tx: Transaction, account: str, region: str, until: Instant) -> None:
    tx.run(FORGET_DELETED, (account, region, until))


# ---- backlogs --------------------------------------------------------------------------------------------------------


def new_backlog(tx: Transaction, account: str, region: str, *, last_sequence: int = 0) -> int:
    backlog_id = tx.one(INSERT_BACKLOG, (account, region, last_sequence), into=int)
    assert backlog_id is not None
    return backlog_id


def is_live(tx: Transaction, backlog_id: int) -> bool:
    return tx.one(IS_LIVE, (backlog_id,)) is not None


def last_sequence(tx: Transaction, backlog_id: int) -> int:
    return tx.one(LAST_SEQUENCE, (backlog_id,), into=int) or 0


def take_sequences(tx: Transaction, backlog_id: int, count: int) -> int | None:
    """The first of ``count`` numbers larger than all before, or None where the backlog has ended."""
    last = tx.one(ADD_SEQUENCES, (count, backlog_id), into=int)
    return None if last is None else last - count + 1


def end_backlog(tx: Transaction, backlog_id: int) -> None:
    tx.run(END_BACKLOG, (backlog_id,))


def delete_backlog(tx: Transaction, backlog_id: int) -> None:
    tx.run(DELETE_BACKLOG, (backlog_id,))
