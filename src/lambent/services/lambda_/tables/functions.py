"""Functions and their versions."""

import json
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import LATEST_NUMBER, FunctionName, version_label
from lambent.services.lambda_.engine.settings import Settings, decode, encode
from lambent.store.database import Transaction

ROWS_MAX = 2**31
"""No limit."""


class FunctionRow(Struct, frozen=True):
    """What all versions of a function share."""

    scope: Scope
    name: str
    tags: Mapping[str, str]
    reserved_concurrency: int | None
    recursive_loop: str

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.name)


class Before(Struct, frozen=True):
    """What $LATEST was, in what decides how events are run, before an update that is not done."""

    settings: Settings
    environment_id: str
    runtime_version_arn: str


class VersionRow(Struct, frozen=True):
    """One version; ``version`` 0 is $LATEST.

    ``environment_id`` changes with every change of code or configuration; ``source_description`` is $LATEST's description
    when the version was published, which PublishVersion may have replaced in ``settings``. ``before`` is there while an
    update is in progress, and after one that has failed: what the last good update, or the creation, has made of the function.
    """

    scope: Scope
    name: str
    version: int
    settings: Settings
    source_description: str
    environment_id: str
    revision_id: str
    state: str
    update_status: str
    is_preparing: bool
    modified_at: Instant
    update_runtime_on: str
    runtime_version_arn: str
    failure: str = ""  # why it, or its update, has failed
    failure_code: str = ""  # the same as one of AWS' reason codes
    before: Before | None = None

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.name)

    @property
    def label(self) -> str:
        return version_label(self.version)

    @property
    def is_snap_start(self) -> bool:
        """Whether it is initialised when it is published, and its environments begin as copies. Here Python's are."""
        applies = self.settings.snap_start == "PublishedVersions" and self.settings.runtime.startswith("python")
        return applies and self.version != LATEST_NUMBER

    @property
    def before_update(self) -> "VersionRow | None":
        """It without the update that is in progress, or has failed."""
        before = self.before
        if before is None:
            return None
        return replace(
            self,
            settings=before.settings,
            environment_id=before.environment_id,
            runtime_version_arn=before.runtime_version_arn,
            before=None,
        )

    @property
    def served(self) -> "VersionRow":
        """What runs events: until an update is successful, and where it has failed, that is what was there before it.

        Of a folder the code is what stands there, with which the settings of before need not go together: its events wait
        until those that it has now are ready.
        """
        if self.is_preparing and self.settings.folder:
            return self
        return self.before_update or self

    @property
    def environment_key(self) -> str:
        return f"{self.scope.account}/{self.scope.region}/{self.name}:{self.label}@{self.environment_id}"


INSERT_FUNCTION = """
INSERT INTO lambda_functions (account, region, name, tags, reserved_concurrency, recursive_loop) VALUES (?, ?, ?, ?, ?, ?)
"""
FIND_FUNCTION = """
SELECT account, region, name, tags, reserved_concurrency, recursive_loop FROM lambda_functions
WHERE account = ? AND region = ? AND name = ?
"""
SET_TAGS = "UPDATE lambda_functions SET tags = ? WHERE account = ? AND region = ? AND name = ?"
SET_RESERVED = "UPDATE lambda_functions SET reserved_concurrency = ? WHERE account = ? AND region = ? AND name = ?"
SET_RECURSIVE_LOOP = "UPDATE lambda_functions SET recursive_loop = ? WHERE account = ? AND region = ? AND name = ?"
DELETE_FUNCTION = "DELETE FROM lambda_functions WHERE account = ? AND region = ? AND name = ?"
COUNT_FUNCTIONS = "SELECT count(*) FROM lambda_functions WHERE account = ? AND region = ?"
SUM_RESERVED = (
    "SELECT coalesce(sum(reserved_concurrency), 0) FROM lambda_functions WHERE account = ? AND region = ? AND name <> ?"
)

SUM_CODE_BYTES = """
SELECT coalesce(sum(code_bytes), 0) FROM lambda_versions WHERE account = ? AND region = ?
"""

_VERSION_COLUMNS = """account, region, function, version, settings, source_description, environment_id, revision_id, state,
update_status, is_preparing, modified_at, update_runtime_on, runtime_version_arn, failure, failure_code, before_update"""
PUT_VERSION = f"""
INSERT INTO lambda_versions ({_VERSION_COLUMNS}, code_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, function, version) DO UPDATE SET settings = excluded.settings,
    source_description = excluded.source_description, environment_id = excluded.environment_id,
    revision_id = excluded.revision_id, state = excluded.state, update_status = excluded.update_status,
    is_preparing = excluded.is_preparing, modified_at = excluded.modified_at,
    update_runtime_on = excluded.update_runtime_on, runtime_version_arn = excluded.runtime_version_arn,
    failure = excluded.failure, failure_code = excluded.failure_code, before_update = excluded.before_update,
    code_bytes = excluded.code_bytes
"""  # noqa: S608 - column names only
FIND_VERSION = f"""
SELECT {_VERSION_COLUMNS} FROM lambda_versions WHERE account = ? AND region = ? AND function = ? AND version = ?
"""  # noqa: S608
FIND_NEWEST_VERSION = f"""
SELECT {_VERSION_COLUMNS} FROM lambda_versions WHERE account = ? AND region = ? AND function = ? AND version > 0
ORDER BY version DESC LIMIT 1
"""  # noqa: S608
LIST_VERSIONS = f"""
SELECT {_VERSION_COLUMNS} FROM lambda_versions WHERE account = ? AND region = ? AND function = ? AND version >= ?
ORDER BY version LIMIT ?
"""  # noqa: S608
LIST_LATEST = f"""
SELECT {_VERSION_COLUMNS} FROM lambda_versions WHERE account = ? AND region = ? AND version = 0 AND function >= ?
ORDER BY function LIMIT ?
"""  # noqa: S608
LIST_ALL = f"""
SELECT {_VERSION_COLUMNS} FROM lambda_versions
WHERE account = ? AND region = ? AND (function > ? OR (function = ? AND version >= ?))
ORDER BY function, version LIMIT ?
"""  # noqa: S608
LIST_PREPARING = f"SELECT {_VERSION_COLUMNS} FROM lambda_versions WHERE is_preparing = 1 ORDER BY modified_at"  # noqa: S608
DELETE_VERSION = "DELETE FROM lambda_versions WHERE account = ? AND region = ? AND function = ? AND version = ?"
DELETE_VERSIONS = "DELETE FROM lambda_versions WHERE account = ? AND region = ? AND function = ?"
NEXT_NUMBER = """
INSERT INTO lambda_version_numbers (account, region, kind, name, last) VALUES (?, ?, ?, ?, 1)
ON CONFLICT (account, region, kind, name) DO UPDATE SET last = lambda_version_numbers.last + 1
RETURNING last
"""


def signal_changed(tx: Transaction, function: FunctionName) -> None:
    """Says after the commit that what was remembered of the function is out of date."""
    tx.signal(changed_topic(function.scope, function.name))


def changed_topic(scope: Scope, name: str) -> str:
    """``name`` "*": something that all functions of the scope share."""
    return f"lambda.changed/{scope.account}/{scope.region}/{name}"


def insert_function(tx: Transaction, row: FunctionRow) -> None:
    key = (row.scope.account, row.scope.region, row.name)
    tx.run(INSERT_FUNCTION, (*key, json.dumps(row.tags), row.reserved_concurrency, row.recursive_loop))


def find_function(tx: Transaction, function: FunctionName) -> FunctionRow | None:
    return tx.one(FIND_FUNCTION, _key(function), into=_function)


def set_tags(tx: Transaction, function: FunctionName, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(tags), *_key(function)))


def set_reserved(tx: Transaction, function: FunctionName, reserved: int | None) -> None:
    tx.run(SET_RESERVED, (reserved, *_key(function)))


def set_recursive_loop(tx: Transaction, function: FunctionName, recursive_loop: str) -> None:
    tx.run(SET_RECURSIVE_LOOP, (recursive_loop, *_key(function)))


def delete_function(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_VERSIONS, _key(function))
    tx.run(DELETE_FUNCTION, _key(function))


def count_functions(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_FUNCTIONS, (scope.account, scope.region), into=int) or 0


def sum_reserved(tx: Transaction, scope: Scope, *, but: str = "") -> int:
    """The concurrency reserved by all functions of the scope but one."""
    return tx.one(SUM_RESERVED, (scope.account, scope.region, but), into=int) or 0


def sum_code_bytes(tx: Transaction, scope: Scope) -> int:
    """The zipped code of all versions."""
    return tx.one(SUM_CODE_BYTES, (scope.account, scope.region), into=int) or 0


def next_number(tx: Transaction, scope: Scope, kind: str, name: str) -> int:
    """The next version number of a "function" or "layer"; none is ever given twice."""
    return tx.one(NEXT_NUMBER, (scope.account, scope.region, kind, name), into=int) or 0


def put_version(tx: Transaction, row: VersionRow) -> None:
    """Inserts the version or replaces it."""
    values = (row.scope.account, row.scope.region, row.name, row.version, encode(row.settings), row.source_description)
    state = (row.environment_id, row.revision_id, row.state, row.update_status, int(row.is_preparing), row.modified_at)
    runtime = (row.update_runtime_on, row.runtime_version_arn, row.failure, row.failure_code)
    before = msgspec.json.encode(row.before).decode() if row.before is not None else ""
    tx.run(PUT_VERSION, (*values, *state, *runtime, before, row.settings.code.zipped_bytes))
    signal_changed(tx, row.function)


def find_version(tx: Transaction, function: FunctionName, version: int) -> VersionRow | None:
    return tx.one(FIND_VERSION, (*_key(function), version), into=_version)


def find_newest_version(tx: Transaction, function: FunctionName) -> VersionRow | None:
    """The published version with the highest number."""
    return tx.one(FIND_NEWEST_VERSION, _key(function), into=_version)


def list_versions(tx: Transaction, function: FunctionName, *, start: int = 0, count_max: int = ROWS_MAX) -> list[VersionRow]:
    """$LATEST first, from the version ``start`` on."""
    return tx.all(LIST_VERSIONS, (*_key(function), start, count_max), into=_version)


def list_latest(tx: Transaction, scope: Scope, *, start: str, count_max: int) -> list[VersionRow]:
    """$LATEST of each function, by name, from the name ``start`` on."""
    return tx.all(LIST_LATEST, (scope.account, scope.region, start, count_max), into=_version)


def list_all(tx: Transaction, scope: Scope, *, start: tuple[str, int], count_max: int) -> list[VersionRow]:
    """Every version of every function, from the (name, version) ``start`` on."""
    name, version = start
    return tx.all(LIST_ALL, (scope.account, scope.region, name, name, version, count_max), into=_version)


def list_preparing(tx: Transaction) -> list[VersionRow]:
    """The versions whose environments are still to be made ready, of all accounts, oldest first."""
    return tx.all(LIST_PREPARING, into=_version)


def delete_versions(tx: Transaction, function: FunctionName, versions: Iterable[int]) -> None:
    tx.run_many(DELETE_VERSION, [(*_key(function), version) for version in versions])


_before_decoder = msgspec.json.Decoder(Before)


def _key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _function(account: str, region: str, name: str, tags: str, reserved: int | None, recursive_loop: str) -> FunctionRow:
    return FunctionRow(Scope(account, region), name, json.loads(tags), reserved, recursive_loop)


def _version(account: str, region: str, name: str, version: int, settings: str, *rest: object) -> VersionRow:
    source_description, environment_id, revision_id, state, update_status, is_preparing, modified_at, *last = rest
    update_on, arn, failure, failure_code, before = map(str, last)
    return VersionRow(
        scope=Scope(account, region),
        name=name,
        version=version,
        settings=decode(settings),
        source_description=str(source_description),
        environment_id=str(environment_id),
        revision_id=str(revision_id),
        state=str(state),
        update_status=str(update_status),
        is_preparing=bool(is_preparing),
        modified_at=float(str(modified_at)),
        update_runtime_on=update_on,
        runtime_version_arn=arn,
        failure=failure,
        failure_code=failure_code,
        before=_before_decoder.decode(before) if before else None,
    )
