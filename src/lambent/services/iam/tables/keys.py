"""Rows of iam_access_keys."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.iam.tables.entities import REGION
from lambent.store.database import Transaction

ROOT = ""  # user_id of the account's own keys


class AccessKey(Struct, frozen=True):
    account: str
    access_key_id: str
    user_id: str
    secret_access_key: str
    status: str  # "Active", "Inactive"
    created_at: Instant


FIND_KEY = """
SELECT account, access_key_id, user_id, secret_access_key, status, created_at FROM iam_access_keys WHERE access_key_id = ?"""

LIST_KEYS = """
SELECT account, access_key_id, user_id, secret_access_key, status, created_at FROM iam_access_keys
WHERE account = ? AND region = ? AND user_id = ? ORDER BY created_at, access_key_id"""

INSERT_KEY = """
INSERT INTO iam_access_keys (account, region, access_key_id, user_id, secret_access_key, status, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)"""

SET_STATUS = "UPDATE iam_access_keys SET status = ? WHERE access_key_id = ?"

DELETE_KEY = "DELETE FROM iam_access_keys WHERE access_key_id = ?"


def find(tx: Transaction, access_key_id: str) -> AccessKey | None:
    """Of whatever account: a key id is unique in the world."""
    return tx.one(FIND_KEY, (access_key_id,), into=AccessKey)


def of_user(tx: Transaction, account: str, user_id: str) -> list[AccessKey]:
    return tx.all(LIST_KEYS, (account, REGION, user_id), into=AccessKey)


def insert(tx: Transaction, new: AccessKey) -> None:
    row = (new.account, REGION, new.access_key_id, new.user_id, new.secret_access_key, new.status, new.created_at)
    tx.run(INSERT_KEY, row)


def set_status(tx: Transaction, key: AccessKey, status: str) -> None:
    tx.run(SET_STATUS, (status, key.access_key_id))


def delete(tx: Transaction, key: AccessKey) -> None:
    tx.run(DELETE_KEY, (key.access_key_id,))
