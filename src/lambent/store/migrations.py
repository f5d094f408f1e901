"""Opens a database file or refuses it: checks that it is ours, whole and not newer, and applies what its components lack."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from lambent.core.errors import Defect, StartupError
from lambent.store import tables
from lambent.store.connection import APPLICATION_ID, SqliteTransaction
from lambent.store.database import Transaction
from lambent.store.schema import Schema, schema_of

T = TypeVar("T")

HEADER = b"SQLite format 3\0"
CHECKED_BYTES_MAX = 64 * 1024 * 1024  # a larger file is checked where it is read: a full check would cost seconds of start-up
_SECTION = re.compile(r"^-- version (\d+)[^\n]*$", re.MULTILINE)


def refuse_foreign_file(path: Path) -> None:
    """Raises StartupError for a file that SQLite never wrote. Reads it only."""
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        with path.open("rb") as file:
            header = file.read(len(HEADER))
    except OSError as error:
        raise _unreadable(path, error) from error
    if header != HEADER:
        raise StartupError(
            f"{path} is not a database (its header is wrong or damaged). Nothing was changed. "
            "Restore it from a backup, or move the data directory away to start afresh."
        )


def refuse_unusable(path: Path, schemas: Sequence[Schema]) -> None:
    """Raises StartupError for a database that is damaged, another application's, or newer than this Lambent.

    Reads only: a connection that may write would fold the log of a refused database into its file when it closes.
    """
    refuse_foreign_file(path)
    if not path.exists() or path.stat().st_size == 0:
        return
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(checked(path, lambda: sqlite3.connect(uri, uri=True, isolation_level=None))) as connection:
        checked(path, lambda: _check(path, connection, schemas))


def checked(path: Path, step: Callable[[], T]) -> T:
    """Runs a step of opening ``path``; what SQLite finds wrong with it becomes a StartupError that says what to do."""
    try:
        return step()
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error


def migrate(tx: Transaction, schemas: Sequence[Schema]) -> None:
    """Applies each component's missing sections in order. The caller's transaction makes it all or nothing."""
    applied = tables.applied_versions(tx)
    for schema in (schema_of("lambent.store"), *schemas):
        for version, sql in sections(schema):
            if version <= applied.get(schema.component, 0):
                continue
            for statement in statements(sql):
                tx.run(statement)
            tables.record_version(tx, schema.component, version)


def sections(schema: Schema) -> list[tuple[int, str]]:
    """The numbered sections of a schema; they must count 1, 2, 3 …"""
    parts = _SECTION.split(schema.sql)
    found = [(int(number), sql) for number, sql in zip(parts[1::2], parts[2::2], strict=True)]
    numbers = [number for number, _ in found]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise Defect(f"schema.sql of {schema.component}: sections must be '-- version 1', '-- version 2' …, not {numbers}")
    return found


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one: a trigger's inner semicolons do not end it."""
    pending = ""
    for piece in re.split(r"(?<=;)", sql):
        pending += piece
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if re.sub(r"--[^\n]*", "", pending).strip():
        raise Defect(f"schema.sql ends inside a statement: {pending.strip()[:80]!r}")


def _check(path: Path, connection: sqlite3.Connection, schemas: Sequence[Schema]) -> None:
    tx = SqliteTransaction(connection)
    application_id = tx.one("PRAGMA application_id", into=int)
    if application_id != APPLICATION_ID and not (application_id == 0 and tables.is_empty(tx)):
        raise StartupError(
            f"{path} belongs to another application (its application id is {application_id:#x}). "
            "Nothing was changed. Choose another data directory with --data."
        )
    if path.stat().st_size <= CHECKED_BYTES_MAX:
        verdict = tx.one("PRAGMA quick_check(1)", into=str)
        if verdict != "ok":
            raise _damaged(path, str(verdict))
    _refuse_newer(path, tables.applied_versions(tx), schemas)


def _refuse_newer(path: Path, applied: dict[str, int], schemas: Sequence[Schema]) -> None:
    for schema in schemas:
        known = len(sections(schema))
        if applied.get(schema.component, 0) > known:
            raise StartupError(
                f"{path} was written by a newer Lambent ({schema.component} is at version {applied[schema.component]}, "
                f"this one knows {known}). Nothing was changed. Upgrade Lambent, or choose another data directory with --data."
            )


def _unusable(path: Path, error: sqlite3.DatabaseError) -> StartupError:
    if error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, str(error))
    return _unreadable(path, error)


def _unreadable(path: Path, error: Exception) -> StartupError:
    return StartupError(f"{path} cannot be opened ({error}). Nothing was changed. Check its permissions and the disk.")


def _damaged(path: Path, reason: str) -> StartupError:
    return StartupError(
        f"{path} is damaged ({reason}). Nothing was changed. Restore the data directory from a backup, "
        "or move it away to start afresh."
    )
