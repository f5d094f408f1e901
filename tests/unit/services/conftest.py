"""A transaction on a database in memory that holds the tables of one service."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from lambent.store.connection import SqliteTransaction
from lambent.store.schema import schema_of


@pytest.fixture
def transaction_of() -> Iterator[Callable[[str], SqliteTransaction]]:
    """``transaction_of("s3")``: what the engine of that service gets as ``tx``."""
    connections = []

    def make(service: str) -> SqliteTransaction:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connections.append(connection)
        connection.executescript(schema_of(f"lambent.services.{service}").sql)
        return SqliteTransaction(connection)

    yield make
    for connection in connections:
        connection.close()
