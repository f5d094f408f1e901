"""A small component of its own, and a database that holds it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lambent.store.schema import Schema
from lambent.store.sqlite import SqliteDatabase

NOTES = Schema(
    "notes",
    """
-- version 1
CREATE TABLE notes (account TEXT NOT NULL, region TEXT NOT NULL, id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- version 2
CREATE TABLE tags (account TEXT NOT NULL, region TEXT NOT NULL, note INTEGER NOT NULL REFERENCES notes (id)
    DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE constants (name TEXT NOT NULL);
""",
)


@pytest.fixture
def schemas() -> list[Schema]:
    return [NOTES]


@pytest.fixture
async def database(tmp_path: Path, schemas: list[Schema]) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase.open(tmp_path / "state.db", schemas)
    yield opened
    await opened.close()
