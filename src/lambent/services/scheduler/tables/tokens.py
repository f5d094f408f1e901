"""Rows of scheduler_tokens."""

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.store.database import Transaction

FIND_TOKEN = "SELECT digest FROM scheduler_tokens WHERE account = ? AND region = ? AND token = ?"  # noqa: S105 - a statement
PUT_TOKEN = """
INSERT INTO scheduler_tokens (account, region, token, digest, used_at) VALUES (?, ?, ?, ?, ?)
"""  # noqa: S105
DELETE_OLDER = "DELETE FROM scheduler_tokens WHERE account = ? AND region = ? AND used_at < ?"


def find(tx: Transaction, scope: Scope, token: str) -> str | None:
    """The digest of the request that it was used for."""
    return tx.one(FIND_TOKEN, (*scope, token), into=str)


def put(tx: Transaction, scope: Scope, token: str, digest: str, now: Instant) -> None:
    tx.run(PUT_TOKEN, (*scope, token, digest, now))


def delete_older(tx: Transaction, scope: Scope, than: Instant) -> None:
    tx.run(DELETE_OLDER, (*scope, than))
