"""A transaction on a database in memory that holds the tables of one service, and an outbox that only remembers."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

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


class Lane:
    """An outbox that keeps what it was given."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.retries: list[Any] = []
        self.handlers: dict[str, Any] = {}

    def on_end(self, name: str, handler: Any) -> None:
        self.handlers[name] = handler

    def add_all(self, tx: Any, calls: Any, *, retries: Any, on_end: str) -> None:
        self.calls += calls
        self.retries += [retries] * len(calls)

    def add(self, tx: Any, *call: Any, **options: Any) -> None:
        self.calls.append((*call, options))
