"""One SQLite connection, set up as Lambent needs it, and the transaction that runs on it."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TypeVar, overload

from lambent.store.database import Row, Value

R = TypeVar("R")

APPLICATION_ID = 0x4C414D42  # "LAMB", in the file's header: what tells our files from others'
STATEMENTS_CACHED_MAX = 1_024
ROWS_AT_ONCE = (64, 16, 4)
"""How many rows one statement of many is given, most first: each such number is a statement to keep prepared."""
BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 16_384
JOURNAL_BYTES_KEPT = 64 * 1024 * 1024

SYNCHRONOUS = {"power": "FULL", "os": "NORMAL"}
"""In WAL mode FULL syncs the log at every commit, NORMAL only before a checkpoint: DESIGN.md says what survives what."""


def connect(path: Path, *, durability: str) -> sqlite3.Connection:
    """A connection that begins no transactions of its own and leaves checkpoints to the store's own thread."""
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_CACHED_MAX,
    )
    for pragma in (
        f"synchronous = {SYNCHRONOUS[durability]}",
        f"fullfsync = {durability == 'power'}",  # macOS: through the drive's own cache; nothing elsewhere
        f"checkpoint_fullfsync = {durability == 'power'}",
        "wal_autocheckpoint = 0",
        f"journal_size_limit = {JOURNAL_BYTES_KEPT}",
        f"cache_size = -{CACHE_KIB}",
        "temp_store = MEMORY",
        "foreign_keys = ON",
    ):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection on which a statement that writes fails."""
    connection = connect(path, durability="os")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA schema_version")  # opens the files now, not with the first read
    return connection


class SqliteTransaction:
    """What functions get as ``tx``. One object serves one connection for its life; ``topics`` are the signals so far.

    All statements share one cursor: it spares an object a statement, and beginning the next statement always resets the one
    before, so that no half-read one can hold a snapshot open past its transaction, or a commit up. The store therefore begins
    and ends the transaction through ``execute``, too.
    """

    __slots__ = ("_execute_many", "close", "execute", "topics")

    def __init__(self, connection: sqlite3.Connection) -> None:
        cursor = connection.cursor()
        self.execute = cursor.execute
        self._execute_many = cursor.executemany
        self.close = connection.close
        self.topics: list[str] = []

    def run(self, statement: str, parameters: Sequence[Value] = ()) -> int:
        return self.execute(statement, parameters).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        # Each step of a statement lets go of the interpreter, and a busy event loop keeps it for a while: many rows go a step.
        rows = rows if isinstance(rows, list) else list(rows)
        if len(rows) == 1:
            self.execute(statement, rows[0])
            return
        at = 0
        if len(rows) >= ROWS_AT_ONCE[-1]:
            for count, text in _of_many_rows(statement):
                while len(rows) - at >= count:
                    self.execute(text, list(chain.from_iterable(rows[at : at + count])))
                    at += count
        if at < len(rows):
            self._execute_many(statement, rows[at:])

    @overload
    def one(self, statement: str, parameters: Sequence[Value] = ()) -> Row | None: ...
    @overload
    def one(self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R]) -> R | None: ...
    def one(self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R] | None = None) -> Row | R | None:
        row: Row | None = self.execute(statement, parameters).fetchone()
        if row is None or into is None:
            return row
        return into(*row)

    @overload
    def all(self, statement: str, parameters: Sequence[Value] = ()) -> list[Row]: ...
    @overload
    def all(self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R]) -> list[R]: ...
    def all(
        self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R] | None = None
    ) -> list[Row] | list[R]:
        rows: list[Row] = self.execute(statement, parameters).fetchall()
        if into is None:
            return rows
        return [into(*row) for row in rows]

    def each(self, statement: str, parameters: Sequence[Value] = ()) -> Iterable[Row]:
        return self.execute(statement, parameters)

    def signal(self, topic: str) -> None:
        self.topics.append(topic)


_ROW = re.compile(r"VALUES (\([^()]*\))")


@lru_cache(maxsize=STATEMENTS_CACHED_MAX)
def _of_many_rows(statement: str) -> Sequence[tuple[int, str]]:
    """A statement whose parameters are all those of one row of VALUES, for several rows; nothing for any other."""
    found = _ROW.findall(statement)
    if len(found) != 1 or re.search(r"\?\d", statement) or found[0].count("?") != statement.count("?"):
        return ()
    head, row, tail = _ROW.split(statement)
    return [(count, f"{head}VALUES {', '.join([row] * count)}{tail}") for count in ROWS_AT_ONCE]
