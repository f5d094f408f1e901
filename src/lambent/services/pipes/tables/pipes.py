"""Pipes: what each is set to, and how it stands."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.pipes.engine.identifiers import PipeName
from lambent.store.database import Transaction

CHANGED_TOPIC = "pipes.changed"
"""Signalled when a pipe is to be taken up by the followers."""
RUNNING, STOPPED, DELETED = "RUNNING", "STOPPED", "DELETED"


class PipeRow(Struct, frozen=True):
    """``settings`` are the request's members, a timestamp as seconds. ``is_settling``: the last change was not taken up yet."""

    name: PipeName
    id: str
    settings: Mapping[str, Any]
    desired_state: str
    current_state: str
    is_settling: bool
    revision: int
    created_at: Instant
    modified_at: Instant
    tags: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name.scope.account, self.name.scope.region, self.id

    @property
    def is_enabled(self) -> bool:
        return self.desired_state == RUNNING

    @property
    def is_ending(self) -> bool:
        return self.desired_state == DELETED


_COLUMNS = """account, region, name, id, settings, desired_state, current_state, is_settling, revision, created_at, modified_at,
tags"""
PUT_PIPE = f"""
INSERT INTO pipes_pipes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, name) DO UPDATE SET settings = excluded.settings, desired_state = excluded.desired_state,
    current_state = excluded.current_state, is_settling = excluded.is_settling, revision = excluded.revision,
    modified_at = excluded.modified_at, tags = excluded.tags
"""  # noqa: S608 - column names only
FIND_PIPE = f"SELECT {_COLUMNS} FROM pipes_pipes WHERE account = ? AND region = ? AND name = ?"  # noqa: S608
LIST_PIPES = f"""
SELECT {_COLUMNS} FROM pipes_pipes WHERE account = ? AND region = ? AND name > ? ORDER BY name
"""  # noqa: S608
LIST_TO_TAKE_UP = f"SELECT {_COLUMNS} FROM pipes_pipes WHERE is_settling = 1 ORDER BY id"  # noqa: S608
LIST_ENABLED = f"SELECT {_COLUMNS} FROM pipes_pipes WHERE desired_state = ? ORDER BY id"  # noqa: S608
DELETE_PIPE = "DELETE FROM pipes_pipes WHERE account = ? AND region = ? AND name = ?"


def put(tx: Transaction, row: PipeRow) -> None:
    """Inserts the pipe or replaces it, and has the followers look where it is settling."""
    states = (row.desired_state, row.current_state, int(row.is_settling), row.revision, row.created_at, row.modified_at)
    tx.run(PUT_PIPE, (*_key(row.name), row.id, json.dumps(row.settings), *states, json.dumps(row.tags)))
    if row.is_settling:
        tx.signal(CHANGED_TOPIC)


def find(tx: Transaction, name: PipeName) -> PipeRow | None:
    return tx.one(FIND_PIPE, _key(name), into=_pipe)


def list_after(tx: Transaction, scope: Scope, after: str) -> Sequence[PipeRow]:
    """By name, those behind ``after``."""
    return tx.all(LIST_PIPES, (scope.account, scope.region, after), into=_pipe)


def list_to_take_up(tx: Transaction) -> list[PipeRow]:
    """The pipes of all accounts whose last change the followers have not taken up."""
    return tx.all(LIST_TO_TAKE_UP, into=_pipe)


def list_enabled(tx: Transaction) -> list[PipeRow]:
    """The pipes of all accounts that are to run."""
    return tx.all(LIST_ENABLED, (RUNNING,), into=_pipe)


def delete(tx: Transaction, name: PipeName) -> None:
    tx.run(DELETE_PIPE, _key(name))


def _key(name: PipeName) -> tuple[str, str, str]:
    return name.scope.account, name.scope.region, name.name


def _pipe(account: str, region: str, name: str, pipe_id: str, settings: str, *rest: object) -> PipeRow:
    desired, current, is_settling, revision, created_at, modified_at, tags = rest
    return PipeRow(
        PipeName(Scope(account, region), name),
        pipe_id,
        json.loads(settings),
        str(desired),
        str(current),
        bool(is_settling),
        int(str(revision)),
        float(str(created_at)),
        float(str(modified_at)),
        json.loads(str(tags)),
    )
