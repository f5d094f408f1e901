"""Rows of iam_policies and their versions, of inline policies, and of attachments."""

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.iam.tables.entities import REGION, Entity, changed_topic
from lambent.store.database import Transaction


class Policy(Struct, frozen=True):
    """A managed policy, the account's own or AWS'."""

    account: str  # "aws" for those that AWS manages
    arn: str
    id: str
    name: str
    path: str
    description: str
    created_at: Instant
    updated_at: Instant
    default_version: int = 1
    last_version: int = 1
    tags: Mapping[str, str] = {}

    @property
    def is_aws_managed(self) -> bool:
        return self.account == "aws"

    @classmethod
    def read(
        cls,
        account: str,
        arn: str,
        id: str,  # noqa: A002  the column's name
        name: str,
        path: str,
        description: str,
        created_at: Instant,
        updated_at: Instant,
        default_version: int,
        last_version: int,
        tags: str,
    ) -> Self:
        assert 1 <= default_version <= last_version, arn
        times_and_versions = (created_at, updated_at, default_version, last_version)
        return cls(account, arn, id, name, path, description, *times_and_versions, json.loads(tags))


class PolicyVersion(Struct, frozen=True):
    version: int
    document: str
    created_at: Instant


FIND_POLICY = """
SELECT account, arn, id, name, path, description, created_at, updated_at, default_version, last_version, tags
FROM iam_policies WHERE account = ? AND region = ? AND arn = ?"""

FIND_POLICY_BY_NAME = """
SELECT account, arn, id, name, path, description, created_at, updated_at, default_version, last_version, tags
FROM iam_policies WHERE account = ? AND region = ? AND folded = ?"""

LIST_POLICIES = """
SELECT account, arn, id, name, path, description, created_at, updated_at, default_version, last_version, tags
FROM iam_policies WHERE account = ? AND region = ? ORDER BY folded"""

INSERT_POLICY = """
INSERT INTO iam_policies (account, region, arn, folded, id, name, path, description, created_at, updated_at,
    default_version, last_version, tags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

UPDATE_POLICY = """
UPDATE iam_policies SET updated_at = ?, default_version = ?, last_version = ?, tags = ?
WHERE account = ? AND region = ? AND arn = ?"""

DELETE_POLICY = "DELETE FROM iam_policies WHERE account = ? AND region = ? AND arn = ?"

INSERT_VERSION = """
INSERT INTO iam_policy_versions (account, region, arn, version, document, created_at) VALUES (?, ?, ?, ?, ?, ?)"""

LIST_VERSIONS = """
SELECT version, document, created_at FROM iam_policy_versions
WHERE account = ? AND region = ? AND arn = ? ORDER BY version DESC"""

DELETE_VERSION = "DELETE FROM iam_policy_versions WHERE account = ? AND region = ? AND arn = ? AND version = ?"

DELETE_VERSIONS = "DELETE FROM iam_policy_versions WHERE account = ? AND region = ? AND arn = ?"

ATTACH = """
INSERT INTO iam_attachments (account, region, entity_id, policy_arn) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"""

DETACH = "DELETE FROM iam_attachments WHERE account = ? AND region = ? AND entity_id = ? AND policy_arn = ?"

LIST_ATTACHED = """
SELECT policy_arn FROM iam_attachments WHERE account = ? AND region = ? AND entity_id = ? ORDER BY policy_arn"""

LIST_HOLDERS = """
SELECT e.account, e.kind, e.id, e.name, e.path, e.created_at, e.tags, e.boundary_arn, e.description, e.trust_policy,
    e.session_s_max
FROM iam_attachments a JOIN iam_entities e ON e.account = a.account AND e.region = a.region AND e.id = a.entity_id
WHERE a.account = ? AND a.region = ? AND a.policy_arn = ? ORDER BY e.kind, e.folded"""

COUNT_ATTACHMENTS = """
SELECT policy_arn, COUNT(*) FROM iam_attachments WHERE account = ? AND region = ? GROUP BY policy_arn"""

COUNT_BOUNDARIES = """
SELECT boundary_arn, COUNT(*) FROM iam_entities WHERE account = ? AND region = ? AND boundary_arn <> '' GROUP BY boundary_arn"""

PUT_INLINE = """
INSERT INTO iam_inline_policies (account, region, entity_id, name, document) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, entity_id, name) DO UPDATE SET document = excluded.document"""

LIST_INLINE = """
SELECT name, document FROM iam_inline_policies WHERE account = ? AND region = ? AND entity_id = ? ORDER BY name"""

DELETE_INLINE = "DELETE FROM iam_inline_policies WHERE account = ? AND region = ? AND entity_id = ? AND name = ?"


def find(tx: Transaction, account: str, arn: str) -> Policy | None:
    return tx.one(FIND_POLICY, (account, REGION, arn), into=Policy.read)


def by_name(tx: Transaction, account: str, name: str) -> Policy | None:
    return tx.one(FIND_POLICY_BY_NAME, (account, REGION, name.lower()), into=Policy.read)


def every(tx: Transaction, account: str) -> list[Policy]:
    return tx.all(LIST_POLICIES, (account, REGION), into=Policy.read)


def insert(tx: Transaction, new: Policy) -> None:
    tx.run(
        INSERT_POLICY,
        (
            new.account,
            REGION,
            new.arn,
            new.name.lower(),
            new.id,
            new.name,
            new.path,
            new.description,
            new.created_at,
            new.updated_at,
            new.default_version,
            new.last_version,
            json.dumps(dict(new.tags)),
        ),
    )


def update(tx: Transaction, changed: Policy) -> None:
    tags = json.dumps(dict(changed.tags))
    values = (changed.updated_at, changed.default_version, changed.last_version, tags)
    tx.run(UPDATE_POLICY, (*values, changed.account, REGION, changed.arn))
    tx.signal(changed_topic(changed.account))


def delete(tx: Transaction, old: Policy) -> None:
    tx.run(DELETE_VERSIONS, (old.account, REGION, old.arn))
    tx.run(DELETE_POLICY, (old.account, REGION, old.arn))


def insert_version(tx: Transaction, policy: Policy, new: PolicyVersion) -> None:
    tx.run(INSERT_VERSION, (policy.account, REGION, policy.arn, new.version, new.document, new.created_at))


def versions(tx: Transaction, policy: Policy) -> list[PolicyVersion]:
    """Newest first."""
    return tx.all(LIST_VERSIONS, (policy.account, REGION, policy.arn), into=PolicyVersion)


def delete_version(tx: Transaction, policy: Policy, version: int) -> None:
    tx.run(DELETE_VERSION, (policy.account, REGION, policy.arn, version))


def attach(tx: Transaction, to: Entity, policy_arn: str) -> None:
    tx.run(ATTACH, (to.account, REGION, to.id, policy_arn))
    tx.signal(changed_topic(to.account))


def detach(tx: Transaction, of: Entity, policy_arn: str) -> bool:
    """Whether it was attached."""
    tx.signal(changed_topic(of.account))
    return tx.run(DETACH, (of.account, REGION, of.id, policy_arn)) > 0


def attached(tx: Transaction, to: Entity) -> list[str]:
    """The ARNs of the policies attached."""
    return [str(row[0]) for row in tx.all(LIST_ATTACHED, (to.account, REGION, to.id))]


def holders(tx: Transaction, account: str, policy_arn: str) -> list[Entity]:
    """To whom the policy is attached."""
    return tx.all(LIST_HOLDERS, (account, REGION, policy_arn), into=Entity.read)


def attachment_counts(tx: Transaction, account: str) -> dict[str, int]:
    return {str(arn): int(count or 0) for arn, count in tx.all(COUNT_ATTACHMENTS, (account, REGION))}


def boundary_counts(tx: Transaction, account: str) -> dict[str, int]:
    return {str(arn): int(count or 0) for arn, count in tx.all(COUNT_BOUNDARIES, (account, REGION))}


def put_inline(tx: Transaction, of: Entity, name: str, document: str) -> None:
    tx.run(PUT_INLINE, (of.account, REGION, of.id, name, document))
    tx.signal(changed_topic(of.account))


def inline(tx: Transaction, of: Entity) -> dict[str, str]:
    """Documents by policy name."""
    return {str(name): str(document) for name, document in tx.all(LIST_INLINE, (of.account, REGION, of.id))}


def delete_inline(tx: Transaction, of: Entity, name: str) -> bool:
    """Whether there was one."""
    tx.signal(changed_topic(of.account))
    return tx.run(DELETE_INLINE, (of.account, REGION, of.id, name)) > 0
