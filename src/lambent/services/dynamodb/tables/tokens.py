"""Rows of dynamodb_tokens."""

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.store.database import Transaction

FIND = "SELECT digest FROM dynamodb_tokens WHERE account = ? AND region = ? AND token = ?"
INSERT = "INSERT INTO dynamodb_tokens (account, region, token, digest, expires_at) VALUES (?, ?, ?, ?, ?)"
DELETE_EXPIRED = "DELETE FROM dynamodb_tokens WHERE account = ? AND region = ? AND expires_at <= ?"


def find(tx: Transaction, scope: Scope, token: str) -> bytes | None:
    return tx.one(FIND, (*scope, token), into=bytes)


def insert(tx: Transaction, scope: Scope, token: str, digest: bytes, expires_at: Instant) -> None:
    tx.run(INSERT, (*scope, token, digest, expires_at))


def delete_expired(tx: Transaction, scope: Scope, now: Instant) -> None:
    tx.run(DELETE_EXPIRED, (*scope, now))
