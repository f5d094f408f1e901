"""Rows of stepfunctions_machines, stepfunctions_revisions, stepfunctions_versions and stepfunctions_aliases."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.store.database import Transaction

CHANGED_PREFIX = "stepfunctions.machine/"
"""Begins the topic by which a machine's commits say that it has changed; account, region and name follow."""

_KEY = "account = ? AND region = ? AND name = ?"
_OF_MACHINE = "account = ? AND region = ? AND machine = ?"

_MACHINE = "account, region, name, type, revision, is_initial, created_at, updated_at, last_version, tags, is_deleting"
FIND_MACHINE = f"SELECT {_MACHINE} FROM stepfunctions_machines WHERE {_KEY}"  # noqa: S608 - column names only
LIST_MACHINES = f"""
SELECT {_MACHINE} FROM stepfunctions_machines WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?
"""  # noqa: S608
PUT_MACHINE = f"""
INSERT INTO stepfunctions_machines ({_MACHINE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET revision = excluded.revision, is_initial = excluded.is_initial,
    updated_at = excluded.updated_at, last_version = excluded.last_version, tags = excluded.tags,
    is_deleting = excluded.is_deleting
"""  # noqa: S608
DELETE_MACHINE = f"DELETE FROM stepfunctions_machines WHERE {_KEY}"  # noqa: S608

_REVISION = "account, region, id, machine, definition, role_arn, settings, created_at"
INSERT_REVISION = f"INSERT INTO stepfunctions_revisions ({_REVISION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
FIND_REVISION = f"SELECT {_REVISION} FROM stepfunctions_revisions WHERE account = ? AND region = ? AND id = ?"  # noqa: S608

_VERSION = "number, revision, description, created_at"
INSERT_VERSION = f"""
INSERT INTO stepfunctions_versions (account, region, machine, {_VERSION}) VALUES (?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608
FIND_VERSION = f"SELECT {_VERSION} FROM stepfunctions_versions WHERE {_OF_MACHINE} AND number = ?"  # noqa: S608
LIST_VERSIONS = f"""
SELECT {_VERSION} FROM stepfunctions_versions WHERE {_OF_MACHINE} AND number < ? ORDER BY number DESC LIMIT ?
"""  # noqa: S608
DELETE_VERSION = f"DELETE FROM stepfunctions_versions WHERE {_OF_MACHINE} AND number = ?"  # noqa: S608
DELETE_VERSIONS = f"DELETE FROM stepfunctions_versions WHERE {_OF_MACHINE}"  # noqa: S608

_ALIAS = "name, description, routing, created_at, updated_at"
PUT_ALIAS = f"""
INSERT INTO stepfunctions_aliases (account, region, machine, {_ALIAS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, machine, name) DO UPDATE SET description = excluded.description, routing = excluded.routing,
    updated_at = excluded.updated_at
"""  # noqa: S608
FIND_ALIAS = f"SELECT {_ALIAS} FROM stepfunctions_aliases WHERE {_OF_MACHINE} AND name = ?"  # noqa: S608
LIST_ALIASES = f"""
SELECT {_ALIAS} FROM stepfunctions_aliases WHERE {_OF_MACHINE} AND name > ? ORDER BY name LIMIT ?
"""  # noqa: S608
DELETE_ALIAS = f"DELETE FROM stepfunctions_aliases WHERE {_OF_MACHINE} AND name = ?"  # noqa: S608
DELETE_ALIASES = f"DELETE FROM stepfunctions_aliases WHERE {_OF_MACHINE}"  # noqa: S608


class MachineRow(Struct, frozen=True):
    """``is_initial``: it was never updated, so AWS tells no revision id. ``last_version`` is the highest number ever given.
    ``is_deleting``: it is gone as soon as its executions have ended.
    """

    machine: MachineName
    type: str
    revision: str
    is_initial: bool
    created_at: Instant
    updated_at: Instant
    last_version: int
    tags: Mapping[str, str]
    is_deleting: bool = False


class RevisionRow(Struct, frozen=True):
    """``settings``: loggingConfiguration, tracingConfiguration and encryptionConfiguration as AWS spells them."""

    scope: Scope
    id: str
    machine: str
    definition: str
    role_arn: str
    settings: Mapping[str, Any]
    created_at: Instant


class VersionRow(Struct, frozen=True):
    number: int
    revision: str
    description: str
    created_at: Instant


class AliasRow(Struct, frozen=True):
    """``routing``: versions and their weights."""

    name: str
    description: str
    routing: Sequence[tuple[int, int]]
    created_at: Instant
    updated_at: Instant


def find(tx: Transaction, machine: MachineName) -> MachineRow | None:
    return tx.one(FIND_MACHINE, (*machine.scope, machine.name), into=_machine)


def after(tx: Transaction, scope: Scope, name: str, count_max: int) -> list[MachineRow]:
    return tx.all(LIST_MACHINES, (*scope, name, count_max), into=_machine)


def put(tx: Transaction, row: MachineRow) -> None:
    what = (row.type, row.revision, int(row.is_initial), row.created_at, row.updated_at, row.last_version)
    tx.run(PUT_MACHINE, (*row.machine.scope, row.machine.name, *what, json.dumps(row.tags), int(row.is_deleting)))
    signal_changed(tx, row.machine)


def delete(tx: Transaction, machine: MachineName) -> None:
    """With its versions and aliases; its revisions stay, since executions may run them."""
    delete_qualifiers(tx, machine)
    tx.run(DELETE_MACHINE, (*machine.scope, machine.name))
    signal_changed(tx, machine)


def delete_qualifiers(tx: Transaction, machine: MachineName) -> None:
    """Its versions and aliases."""
    for statement in (DELETE_ALIASES, DELETE_VERSIONS):
        tx.run(statement, (*machine.scope, machine.name))


def signal_changed(tx: Transaction, machine: MachineName) -> None:
    tx.signal(f"{CHANGED_PREFIX}{machine.scope.account}/{machine.scope.region}/{machine.name}")


def insert_revision(tx: Transaction, row: RevisionRow) -> None:
    values = (row.id, row.machine, row.definition, row.role_arn, json.dumps(row.settings), row.created_at)
    tx.run(INSERT_REVISION, (*row.scope, *values))


def find_revision(tx: Transaction, scope: Scope, revision: str) -> RevisionRow | None:
    return tx.one(FIND_REVISION, (*scope, revision), into=_revision)


def insert_version(tx: Transaction, machine: MachineName, row: VersionRow) -> None:
    values = (row.number, row.revision, row.description, row.created_at)
    tx.run(INSERT_VERSION, (*machine.scope, machine.name, *values))


def find_version(tx: Transaction, machine: MachineName, number: int) -> VersionRow | None:
    return tx.one(FIND_VERSION, (*machine.scope, machine.name, number), into=VersionRow)


def versions_before(tx: Transaction, machine: MachineName, number: int, count_max: int) -> list[VersionRow]:
    """The newest first."""
    return tx.all(LIST_VERSIONS, (*machine.scope, machine.name, number, count_max), into=VersionRow)


def delete_version(tx: Transaction, machine: MachineName, number: int) -> None:
    tx.run(DELETE_VERSION, (*machine.scope, machine.name, number))
    signal_changed(tx, machine)


def put_alias(tx: Transaction, machine: MachineName, row: AliasRow) -> None:
    values = (row.name, row.description, json.dumps(row.routing), row.created_at, row.updated_at)
    tx.run(PUT_ALIAS, (*machine.scope, machine.name, *values))
    signal_changed(tx, machine)


def find_alias(tx: Transaction, machine: MachineName, name: str) -> AliasRow | None:
    return tx.one(FIND_ALIAS, (*machine.scope, machine.name, name), into=_alias)


def aliases_after(tx: Transaction, machine: MachineName, name: str, count_max: int) -> list[AliasRow]:
    return tx.all(LIST_ALIASES, (*machine.scope, machine.name, name, count_max), into=_alias)


def delete_alias(tx: Transaction, machine: MachineName, name: str) -> None:
    tx.run(DELETE_ALIAS, (*machine.scope, machine.name, name))
    signal_changed(tx, machine)


def _machine(
    account: str,
    region: str,
    name: str,
    kind: str,
    revision: str,
    is_initial: int,
    created_at: float,
    updated_at: float,
    last_version: int,
    tags: str,
    is_deleting: int,
) -> MachineRow:
    machine = MachineName(Scope(account, region), name)
    changes = (bool(is_initial), created_at, updated_at, last_version)
    return MachineRow(machine, kind, revision, *changes, json.loads(tags), bool(is_deleting))


def _revision(
    account: str, region: str, revision: str, machine: str, definition: str, role_arn: str, settings: str, created_at: float
) -> RevisionRow:
    return RevisionRow(Scope(account, region), revision, machine, definition, role_arn, json.loads(settings), created_at)


def _alias(name: str, description: str, routing: str, created_at: float, updated_at: float) -> AliasRow:
    return AliasRow(name, description, [(version, weight) for version, weight in json.loads(routing)], created_at, updated_at)
