"""Rows of sqs_groups: which message groups of a FIFO queue have messages, and from when on the first may be received."""

from typing import NamedTuple

from lambent.core.clock import NEVER, Instant
from lambent.store.database import Transaction


class Group(NamedTuple):
    group_id: str
    available_at: Instant


# A group that is there already keeps its instant: it is locked, or its first message is another.
INSERT_GROUP = """
INSERT INTO sqs_groups (account, region, backlog_id, group_id, available_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (backlog_id, group_id) DO NOTHING"""
SET_AVAILABLE_AT = "UPDATE sqs_groups SET available_at = ? WHERE backlog_id = ? AND group_id = ?"
DELETE_GROUP = "DELETE FROM sqs_groups WHERE backlog_id = ? AND group_id = ?"
LIST_AVAILABLE = """
SELECT group_id, available_at FROM sqs_groups WHERE backlog_id = ? AND available_at <= ? ORDER BY available_at LIMIT ?"""
NEXT_AVAILABLE_AT = """
SELECT available_at FROM sqs_groups WHERE backlog_id = ? AND available_at > ? ORDER BY available_at LIMIT 1"""
DELETE_OF_BACKLOG = "DELETE FROM sqs_groups WHERE backlog_id = ?"


def insert(tx: Transaction, account: str, region: str, backlog_id: int, group_id: str, available_at: Instant) -> None:
    tx.run(INSERT_GROUP, (account, region, backlog_id, group_id, available_at))


def set_available_at(tx: Transaction, backlog_id: int, group_id: str, available_at: Instant) -> None:
    tx.run(SET_AVAILABLE_AT, (available_at, backlog_id, group_id))


def delete(tx: Transaction, backlog_id: int, group_id: str) -> None:
    tx.run(DELETE_GROUP, (backlog_id, group_id))


def available(tx: Transaction, backlog_id: int, now: Instant, count_max: int) -> list[Group]:
    """Groups whose first message may be received, those that have waited longest first."""
    return tx.all(LIST_AVAILABLE, (backlog_id, now, count_max), into=Group)


def next_available_at(tx: Transaction, backlog_id: int, now: Instant) -> Instant:
    """When the next group becomes available that is not, or NEVER."""
    found = tx.one(NEXT_AVAILABLE_AT, (backlog_id, now), into=float)
    return NEVER if found is None else found


def delete_of_backlog(tx: Transaction, backlog_id: int) -> None:
    tx.run(DELETE_OF_BACKLOG, (backlog_id,))
