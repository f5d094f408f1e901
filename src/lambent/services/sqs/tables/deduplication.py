"""Rows of sqs_deduplications and sqs_attempts: what a FIFO queue remembers, so that a retried call changes nothing."""

from typing import NamedTuple

import msgspec

from lambent.core.clock import Instant
from lambent.store.database import Transaction

FORGOTTEN_PER_ADDED = 2
"""How many expired rows go for each that is added: more than one, so that they do not pile up."""


class Accepted(NamedTuple):
    """A message that was accepted before under the same deduplication id."""

    message_id: str
    sequence: int
    expires_at: Instant


class Attempt(NamedTuple):
    """What a receive returned: pairs of a message's id and its count of receives, and until when it hid them."""

    leases: list[tuple[int, int]]
    visible_at: Instant
    expires_at: Instant


FIND_ACCEPTED = """
SELECT message_id, sequence, expires_at FROM sqs_deduplications WHERE backlog_id = ? AND scope = ? AND deduplication_id = ?"""
UPSERT_ACCEPTED = """
INSERT INTO sqs_deduplications (account, region, backlog_id, scope, deduplication_id, expires_at, message_id, sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (backlog_id, scope, deduplication_id) DO UPDATE
SET expires_at = excluded.expires_at, message_id = excluded.message_id, sequence = excluded.sequence"""
FORGET_ACCEPTED = """
DELETE FROM sqs_deduplications WHERE (backlog_id, scope, deduplication_id) IN (
    SELECT backlog_id, scope, deduplication_id FROM sqs_deduplications
    WHERE backlog_id = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?
)"""

FIND_ATTEMPT = "SELECT leases, visible_at, expires_at FROM sqs_attempts WHERE backlog_id = ? AND attempt_id = ?"
UPSERT_ATTEMPT = """
INSERT INTO sqs_attempts (account, region, backlog_id, attempt_id, expires_at, visible_at, leases) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (backlog_id, attempt_id) DO UPDATE
SET expires_at = excluded.expires_at, visible_at = excluded.visible_at, leases = excluded.leases"""
FORGET_ATTEMPTS = """
DELETE FROM sqs_attempts WHERE (backlog_id, attempt_id) IN (
    SELECT backlog_id, attempt_id FROM sqs_attempts WHERE backlog_id = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?
)"""

DELETE_ACCEPTED_OF_BACKLOG = "DELETE FROM sqs_deduplications WHERE backlog_id = ?"
DELETE_ATTEMPTS_OF_BACKLOG = "DELETE FROM sqs_attempts WHERE backlog_id = ?"

_encode = msgspec.msgpack.Encoder().encode
_decode_leases = msgspec.msgpack.Decoder(list[tuple[int, int]]).decode


def find(tx: Transaction, backlog_id: int, scope: str, deduplication_id: str) -> Accepted | None:
    return tx.one(FIND_ACCEPTED, (backlog_id, scope, deduplication_id), into=Accepted)


def remember(
    tx: Transaction, account: str, region: str, backlog_id: int, scope: str, deduplication_id: str, accepted: Accepted
) -> None:
    values = (accepted.expires_at, accepted.message_id, accepted.sequence)
    tx.run(UPSERT_ACCEPTED, (account, region, backlog_id, scope, deduplication_id, *values))


def forget(tx: Transaction, backlog_id: int, now: Instant, *, added: int) -> None:
    """Removes what has expired, in proportion to the ``added`` that are about to be remembered."""
    tx.run(FORGET_ACCEPTED, (backlog_id, now, FORGOTTEN_PER_ADDED * added))


def find_attempt(tx: Transaction, backlog_id: int, attempt_id: str) -> Attempt | None:
    return tx.one(FIND_ATTEMPT, (backlog_id, attempt_id), into=_attempt)


def remember_attempt(
    tx: Transaction, account: str, region: str, backlog_id: int, attempt_id: str, attempt: Attempt, now: Instant
) -> None:
    tx.run(FORGET_ATTEMPTS, (backlog_id, now, FORGOTTEN_PER_ADDED))
    values = (attempt.expires_at, attempt.visible_at, _encode(attempt.leases))
    tx.run(UPSERT_ATTEMPT, (account, region, backlog_id, attempt_id, *values))


def delete_of_backlog(tx: Transaction, backlog_id: int) -> None:
    tx.run(DELETE_ACCEPTED_OF_BACKLOG, (backlog_id,))
    tx.run(DELETE_ATTEMPTS_OF_BACKLOG, (backlog_id,))


def _attempt(leases: bytes, visible_at: float, expires_at: float) -> Attempt:
    return Attempt(_decode_leases(leases), visible_at, expires_at)
