"""Event source mappings: what follows what, and how."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.event_sources.settings import Settings, decode, encode
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.store.database import Transaction

DELETING = "Deleting"
"""The state of a mapping whose row goes when nobody follows it any more."""
CHANGED_TOPIC = "lambda.event-source-mappings"
"""Signalled when a mapping is to be taken up by the followers."""


class MappingRow(Struct, frozen=True):
    """``is_settling``: the followers have not taken up the last change yet, which ``revision`` numbers.

    ``last_result`` is what came of the last batch of a stream; empty before.
    """

    scope: Scope
    id: str
    source_arn: str
    function: FunctionName
    settings: Settings
    is_enabled: bool
    state: str
    is_settling: bool
    revision: int
    modified_at: Instant
    tags: Mapping[str, str]
    last_result: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.scope.account, self.scope.region, self.id

    @property
    def is_ending(self) -> bool:
        return self.state == DELETING

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:event-source-mapping:{self.id}"


_COLUMNS = """account, region, id, source_arn, function, qualifier, settings, is_enabled, state, is_settling, revision,
modified_at, tags, last_result"""
PUT_MAPPING = f"""
INSERT INTO lambda_event_source_mappings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, id) DO UPDATE SET function = excluded.function, qualifier = excluded.qualifier,
    settings = excluded.settings, is_enabled = excluded.is_enabled, state = excluded.state, is_settling = excluded.is_settling,
    revision = excluded.revision, modified_at = excluded.modified_at, tags = excluded.tags
"""  # noqa: S608 - column names only
FIND_MAPPING = f"""
SELECT {_COLUMNS} FROM lambda_event_source_mappings WHERE account = ? AND region = ? AND id = ?
"""  # noqa: S608
FIND_MAPPING_OF = f"""
SELECT {_COLUMNS} FROM lambda_event_source_mappings
WHERE account = ? AND region = ? AND function = ? AND qualifier = ? AND source_arn = ? LIMIT 1
"""  # noqa: S608
LIST_MAPPINGS = f"""
SELECT {_COLUMNS} FROM lambda_event_source_mappings WHERE account = ? AND region = ? AND id >= ? ORDER BY id LIMIT ?
"""  # noqa: S608
LIST_MAPPINGS_OF_FUNCTION = f"""
SELECT {_COLUMNS} FROM lambda_event_source_mappings
WHERE account = ? AND region = ? AND function = ? AND qualifier = ? AND id >= ? ORDER BY id LIMIT ?
"""  # noqa: S608
LIST_MAPPINGS_OF_SOURCE = f"""
SELECT {_COLUMNS} FROM lambda_event_source_mappings
WHERE account = ? AND region = ? AND source_arn = ? AND id >= ? ORDER BY id LIMIT ?
"""  # noqa: S608
LIST_TO_TAKE_UP = f"SELECT {_COLUMNS} FROM lambda_event_source_mappings WHERE is_settling = 1 ORDER BY id"  # noqa: S608
LIST_ENABLED = f"SELECT {_COLUMNS} FROM lambda_event_source_mappings WHERE is_enabled = 1 ORDER BY id"  # noqa: S608
SET_LAST_RESULT = "UPDATE lambda_event_source_mappings SET last_result = ? WHERE account = ? AND region = ? AND id = ?"
DELETE_MAPPING = "DELETE FROM lambda_event_source_mappings WHERE account = ? AND region = ? AND id = ?"


def put_mapping(tx: Transaction, row: MappingRow) -> None:
    """Inserts the mapping or replaces it, and has the followers look where it is settling."""
    key = (row.scope.account, row.scope.region, row.id)
    what = (row.source_arn, row.function.name, row.function.qualifier or "", encode(row.settings), int(row.is_enabled))
    tx.run(
        PUT_MAPPING,
        (*key, *what, row.state, int(row.is_settling), row.revision, row.modified_at, json.dumps(row.tags), row.last_result),
    )
    if row.is_settling:
        tx.signal(CHANGED_TOPIC)


def find_mapping(tx: Transaction, scope: Scope, mapping_id: str) -> MappingRow | None:
    return tx.one(FIND_MAPPING, (scope.account, scope.region, mapping_id), into=_mapping)


def find_mapping_of(tx: Transaction, function: FunctionName, source_arn: str) -> MappingRow | None:
    """The mapping of exactly this function, version or alias to the source."""
    return tx.one(FIND_MAPPING_OF, (*_function_key(function), source_arn), into=_mapping)


def list_mappings(tx: Transaction, scope: Scope, *, start: str, count_max: int) -> list[MappingRow]:
    """By id, from the id ``start`` on."""
    return tx.all(LIST_MAPPINGS, (scope.account, scope.region, start, count_max), into=_mapping)


def list_mappings_of_function(tx: Transaction, function: FunctionName, *, start: str, count_max: int) -> list[MappingRow]:
    """Those of exactly this function, version or alias."""
    return tx.all(LIST_MAPPINGS_OF_FUNCTION, (*_function_key(function), start, count_max), into=_mapping)


def list_mappings_of_source(tx: Transaction, scope: Scope, source_arn: str, *, start: str, count_max: int) -> list[MappingRow]:
    return tx.all(LIST_MAPPINGS_OF_SOURCE, (scope.account, scope.region, source_arn, start, count_max), into=_mapping)


def list_to_take_up(tx: Transaction) -> list[MappingRow]:
    """The mappings of all accounts whose last change the followers have not taken up."""
    return tx.all(LIST_TO_TAKE_UP, into=_mapping)


def list_enabled(tx: Transaction) -> list[MappingRow]:
    """The mappings of all accounts that are followed."""
    return tx.all(LIST_ENABLED, into=_mapping)


def set_last_result(tx: Transaction, row: MappingRow, result: str) -> None:
    tx.run(SET_LAST_RESULT, (result, row.scope.account, row.scope.region, row.id))


def delete_mapping(tx: Transaction, row: MappingRow) -> None:
    tx.run(DELETE_MAPPING, (row.scope.account, row.scope.region, row.id))


def _function_key(function: FunctionName) -> tuple[str, str, str, str]:
    return function.scope.account, function.scope.region, function.name, function.qualifier or ""


def _mapping(
    account: str, region: str, mapping_id: str, source_arn: str, name: str, qualifier: str, *rest: object
) -> MappingRow:
    settings, is_enabled, state, is_settling, revision, modified_at, tags, last_result = rest
    scope = Scope(account, region)
    return MappingRow(
        scope=scope,
        id=mapping_id,
        source_arn=source_arn,
        function=FunctionName(scope, name, qualifier or None),
        settings=decode(str(settings)),
        is_enabled=bool(is_enabled),
        state=str(state),
        is_settling=bool(is_settling),
        revision=int(str(revision)),
        modified_at=float(str(modified_at)),
        tags=json.loads(str(tags)),
        last_result=str(last_result),
    )
