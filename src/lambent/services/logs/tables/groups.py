"""Rows of log_groups."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lambent.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Group:
    """One log group. ``retention_days`` is 0 where events are kept for ever."""

    account: str
    region: str
    id: int
    name: str
    created_ms: int
    class_: str
    kms_key_id: str
    retention_days: int
    is_deletion_protected: bool
    stored_bytes: int
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"

    @classmethod
    def read(
        cls,
        account: str,
        region: str,
        id_: int,
        name: str,
        created_ms: int,
        class_: str,
        kms_key_id: str,
        retention_days: int,
        is_deletion_protected: int,
        stored_bytes: int,
        tags: str,
    ) -> Self:
        assert retention_days >= 0, retention_days
        return cls(
            account,
            region,
            id_,
            name,
            created_ms,
            class_,
            kms_key_id,
            retention_days,
            bool(is_deletion_protected),
            stored_bytes,
            json.loads(tags),
        )


FIND_GROUP = """
SELECT account, region, id, name, created_ms, class, kms_key_id, retention_days, is_deletion_protected, stored_bytes, tags
FROM log_groups WHERE account = ? AND region = ? AND name = ?"""

FIND_GROUP_ID = "SELECT id FROM log_groups WHERE account = ? AND region = ? AND name = ?"

LIST_GROUPS = """
SELECT account, region, id, name, created_ms, class, kms_key_id, retention_days, is_deletion_protected, stored_bytes, tags
FROM log_groups WHERE account = ? AND region = ? AND name > ? AND name >= ? ORDER BY name LIMIT ?"""

LIST_GROUPS_WITH_RETENTION = """
SELECT account, region, id, name, created_ms, class, kms_key_id, retention_days, is_deletion_protected, stored_bytes, tags
FROM log_groups WHERE retention_days > 0 ORDER BY id"""

INSERT_GROUP = """
INSERT INTO log_groups
    (account, region, name, created_ms, class, kms_key_id, retention_days, is_deletion_protected, stored_bytes, tags)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, ?) RETURNING id"""

DELETE_GROUP = "DELETE FROM log_groups WHERE id = ?"
SET_RETENTION = "UPDATE log_groups SET retention_days = ? WHERE id = ?"
SET_TAGS = "UPDATE log_groups SET tags = ? WHERE id = ?"
SET_DELETION_PROTECTION = "UPDATE log_groups SET is_deletion_protected = ? WHERE id = ?"
ADD_STORED_BYTES = "UPDATE log_groups SET stored_bytes = MAX(0, stored_bytes + ?) WHERE id = ?"


def find(tx: Transaction, account: str, region: str, name: str) -> Group | None:
    return tx.one(FIND_GROUP, (account, region, name), into=Group.read)


def find_id(tx: Transaction, account: str, region: str, name: str) -> int | None:
    return tx.one(FIND_GROUP_ID, (account, region, name), into=int)


def insert(
    tx: Transaction,
    account: str,
    region: str,
    name: str,
    *,
    created_ms: int,
    class_: str = "STANDARD",
    kms_key_id: str = "",
    is_deletion_protected: bool = False,
    tags: Mapping[str, str] | None = None,
) -> int:
    row = (account, region, name, created_ms, class_, kms_key_id, int(is_deletion_protected), json.dumps(tags or {}))
    group_id = tx.one(INSERT_GROUP, row, into=int)
    assert group_id is not None
    return group_id


def delete(tx: Transaction, group: Group) -> None:
    tx.run(DELETE_GROUP, (group.id,))


def page(tx: Transaction, account: str, region: str, *, after: str, first: str, count_max: int) -> list[Group]:
    """Groups whose names lie behind ``after`` and not before ``first``, in order."""
    return tx.all(LIST_GROUPS, (account, region, after, first, count_max), into=Group.read)


def with_retention(tx: Transaction) -> list[Group]:
    return tx.all(LIST_GROUPS_WITH_RETENTION, into=Group.read)


def set_retention(tx: Transaction, group: Group, days: int) -> None:
    tx.run(SET_RETENTION, (days, group.id))


def set_tags(tx: Transaction, group: Group, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(tags), group.id))


def set_deletion_protection(tx: Transaction, group: Group, *, is_protected: bool) -> None:
    tx.run(SET_DELETION_PROTECTION, (int(is_protected), group.id))


def add_stored_bytes(tx: Transaction, group_id: int, count: int) -> None:
    """``count`` may be negative."""
    tx.run(ADD_STORED_BYTES, (count, group_id))
