"""Rows of iam_entities (users, roles and groups), iam_memberships and iam_aliases."""

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.store.database import Transaction

REGION = ""  # IAM knows no region


def changed_topic(account: str) -> str:
    """Signalled with every change that may change what somebody in the account may do."""
    return f"iam.changed/{account}"


class Entity(Struct, frozen=True):
    """A user, a role or a group. The last three say something of roles only."""

    account: str
    kind: str  # "user", "role", "group"
    id: str
    name: str
    path: str
    created_at: Instant
    tags: Mapping[str, str] = {}
    boundary_arn: str = ""
    description: str = ""
    trust_policy: str = ""
    session_s_max: int = 0

    @property
    def arn(self) -> str:
        return str(Arn("iam", "", self.account, f"{self.kind}{self.path}{self.name}"))

    @classmethod
    def read(
        cls,
        account: str,
        kind: str,
        id: str,  # noqa: A002  the column's name
        name: str,
        path: str,
        created_at: Instant,
        tags: str,
        boundary_arn: str,
        description: str,
        trust_policy: str,
        session_s_max: int,
    ) -> Self:
        assert kind in ("user", "role", "group"), kind
        role = (boundary_arn, description, trust_policy, session_s_max)
        return cls(account, kind, id, name, path, created_at, json.loads(tags), *role)


FIND_ENTITY = """
SELECT account, kind, id, name, path, created_at, tags, boundary_arn, description, trust_policy, session_s_max
FROM iam_entities WHERE account = ? AND region = ? AND kind = ? AND folded = ?"""

FIND_ENTITY_BY_ID = """
SELECT account, kind, id, name, path, created_at, tags, boundary_arn, description, trust_policy, session_s_max
FROM iam_entities WHERE account = ? AND region = ? AND id = ?"""

LIST_ENTITIES = """
SELECT account, kind, id, name, path, created_at, tags, boundary_arn, description, trust_policy, session_s_max
FROM iam_entities WHERE account = ? AND region = ? AND kind = ? ORDER BY folded"""

INSERT_ENTITY = """
INSERT INTO iam_entities (account, region, kind, folded, id, name, path, created_at, tags, boundary_arn, description,
    trust_policy, session_s_max)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

UPDATE_ENTITY = """
UPDATE iam_entities SET folded = ?, name = ?, path = ?, tags = ?, boundary_arn = ?, description = ?, trust_policy = ?,
    session_s_max = ?
WHERE account = ? AND region = ? AND id = ?"""

DELETE_ENTITY = "DELETE FROM iam_entities WHERE account = ? AND region = ? AND id = ?"

COUNT_ENTITIES = "SELECT COUNT(*) FROM iam_entities WHERE account = ? AND region = ? AND kind = ?"

INSERT_MEMBER = """
INSERT INTO iam_memberships (account, region, group_id, user_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"""

DELETE_MEMBER = "DELETE FROM iam_memberships WHERE account = ? AND region = ? AND group_id = ? AND user_id = ?"

LIST_MEMBERS = """
SELECT e.account, e.kind, e.id, e.name, e.path, e.created_at, e.tags, e.boundary_arn, e.description, e.trust_policy,
    e.session_s_max
FROM iam_memberships m JOIN iam_entities e ON e.account = m.account AND e.region = m.region AND e.id = m.user_id
WHERE m.account = ? AND m.region = ? AND m.group_id = ? ORDER BY e.folded"""

LIST_GROUPS_OF = """
SELECT e.account, e.kind, e.id, e.name, e.path, e.created_at, e.tags, e.boundary_arn, e.description, e.trust_policy,
    e.session_s_max
FROM iam_memberships m JOIN iam_entities e ON e.account = m.account AND e.region = m.region AND e.id = m.group_id
WHERE m.account = ? AND m.region = ? AND m.user_id = ? ORDER BY e.folded"""

FIND_ALIAS = "SELECT alias FROM iam_aliases WHERE account = ? AND region = ?"

FIND_ALIAS_OWNER = "SELECT account FROM iam_aliases WHERE alias = ?"

INSERT_ALIAS = "INSERT INTO iam_aliases (account, region, alias) VALUES (?, ?, ?)"

DELETE_ALIAS = "DELETE FROM iam_aliases WHERE account = ? AND region = ?"


def find(tx: Transaction, account: str, kind: str, name: str) -> Entity | None:
    return tx.one(FIND_ENTITY, (account, REGION, kind, name.lower()), into=Entity.read)


def by_id(tx: Transaction, account: str, entity_id: str) -> Entity | None:
    return tx.one(FIND_ENTITY_BY_ID, (account, REGION, entity_id), into=Entity.read)


def every(tx: Transaction, account: str, kind: str) -> list[Entity]:
    return tx.all(LIST_ENTITIES, (account, REGION, kind), into=Entity.read)


def insert(tx: Transaction, new: Entity) -> None:
    tx.run(
        INSERT_ENTITY,
        (
            new.account,
            REGION,
            new.kind,
            new.name.lower(),
            new.id,
            new.name,
            new.path,
            new.created_at,
            json.dumps(dict(new.tags)),
            new.boundary_arn,
            new.description,
            new.trust_policy,
            new.session_s_max,
        ),
    )
    tx.signal(changed_topic(new.account))


def update(tx: Transaction, changed: Entity) -> None:
    """Writes everything but the id and the time of creation."""
    tx.run(
        UPDATE_ENTITY,
        (
            changed.name.lower(),
            changed.name,
            changed.path,
            json.dumps(dict(changed.tags)),
            changed.boundary_arn,
            changed.description,
            changed.trust_policy,
            changed.session_s_max,
            changed.account,
            REGION,
            changed.id,
        ),
    )
    tx.signal(changed_topic(changed.account))


def delete(tx: Transaction, old: Entity) -> None:
    tx.run(DELETE_ENTITY, (old.account, REGION, old.id))
    tx.signal(changed_topic(old.account))


def count(tx: Transaction, account: str, kind: str) -> int:
    row = tx.one(COUNT_ENTITIES, (account, REGION, kind))
    assert row is not None
    return int(row[0] or 0)


def add_member(tx: Transaction, group: Entity, user: Entity) -> None:
    tx.run(INSERT_MEMBER, (group.account, REGION, group.id, user.id))
    tx.signal(changed_topic(group.account))


def remove_member(tx: Transaction, group: Entity, user: Entity) -> bool:
    """Whether the user was a member."""
    tx.signal(changed_topic(group.account))
    return tx.run(DELETE_MEMBER, (group.account, REGION, group.id, user.id)) > 0


def members(tx: Transaction, group: Entity) -> list[Entity]:
    return tx.all(LIST_MEMBERS, (group.account, REGION, group.id), into=Entity.read)


def groups_of(tx: Transaction, user: Entity) -> list[Entity]:
    return tx.all(LIST_GROUPS_OF, (user.account, REGION, user.id), into=Entity.read)


def alias(tx: Transaction, account: str) -> str | None:
    row = tx.one(FIND_ALIAS, (account, REGION))
    return str(row[0]) if row else None


def alias_owner(tx: Transaction, name: str) -> str | None:
    row = tx.one(FIND_ALIAS_OWNER, (name,))
    return str(row[0]) if row else None


def set_alias(tx: Transaction, account: str, name: str | None) -> None:
    tx.run(DELETE_ALIAS, (account, REGION))
    if name:
        tx.run(INSERT_ALIAS, (account, REGION, name))
