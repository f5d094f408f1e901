"""Repositories."""

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.store.database import Transaction


class Exclusion(msgspec.Struct, frozen=True):
    """Tags to which a repository's mutability does not apply."""

    filter: str
    kind: str = "WILDCARD"


class Settings(msgspec.Struct, frozen=True):
    """What is set of a repository. ``policy`` and ``lifecycle`` are the documents' texts, empty where there is none."""

    tag_mutability: str = "MUTABLE"
    exclusions: tuple[Exclusion, ...] = ()
    scans_on_push: bool = False
    encryption: str = "AES256"
    kms_key: str = ""
    tags: dict[str, str] = {}
    policy: str = ""
    lifecycle: str = ""
    lifecycle_evaluated_at: float = 0.0


class RepositoryRow(Struct, frozen=True):
    name: RepositoryName
    settings: Settings
    created_at: Instant


_COLUMNS = "account, region, name, settings, created_at"
FIND_REPOSITORY = f"SELECT {_COLUMNS} FROM ecr_repositories WHERE account = ? AND region = ? AND name = ?"  # noqa: S608 - column names only
LIST_REPOSITORIES = f"""
SELECT {_COLUMNS} FROM ecr_repositories WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?
"""  # noqa: S608
PUT_REPOSITORY = f"""
INSERT INTO ecr_repositories ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET settings = excluded.settings
"""  # noqa: S608
DELETE_REPOSITORY = "DELETE FROM ecr_repositories WHERE account = ? AND region = ? AND name = ?"

_decoder = msgspec.json.Decoder(Settings)


def find(tx: Transaction, name: RepositoryName) -> RepositoryRow | None:
    return tx.one(FIND_REPOSITORY, name.key, into=_row)


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[RepositoryRow]:
    return tx.all(LIST_REPOSITORIES, (*scope, after, count_max), into=_row)


def put(tx: Transaction, row: RepositoryRow) -> None:
    tx.run(PUT_REPOSITORY, (*row.name.key, msgspec.json.encode(row.settings).decode(), row.created_at))


def delete(tx: Transaction, name: RepositoryName) -> None:
    tx.run(DELETE_REPOSITORY, name.key)


def _row(account: str, region: str, name: str, settings: str, created_at: float) -> RepositoryRow:
    return RepositoryRow(RepositoryName(Scope(account, region), name), _decoder.decode(settings), created_at)
