"""A transaction on an empty database, and functions and layers to put into it."""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_.engine import functions, layers, settings
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.engine.settings import Code
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.services.lambda_.tables.layers import LayerVersionRow
from lambent.store.connection import SqliteTransaction
from lambent.store.schema import schema_of

SCOPE = Scope("111111111111", "us-east-1")
ROLE = "arn:aws:iam::111111111111:role/r"


@pytest.fixture
def tx() -> Iterator[SqliteTransaction]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    sql = re.sub(r"^-- version \d+$", "", schema_of("lambent.services.lambda_").sql, flags=re.MULTILINE)
    connection.executescript(sql)
    yield SqliteTransaction(connection)
    connection.close()


class Made:
    """Puts functions and layers into a transaction, ready for use."""

    def __init__(self, tx: SqliteTransaction) -> None:
        self._tx = tx

    def function(
        self, name: str = "f", *, is_ready: bool = True, sha256: str = "a" * 64, folder: str = "", **parameters: Any
    ) -> FunctionName:
        function = FunctionName(SCOPE, name)
        given = {"Role": ROLE, "Runtime": "python3.12", "Handler": "app.handler"} | parameters
        wanted = settings.created(name, given, Code(sha256, 10, 20), (), folder=folder)
        written = functions.create(self._tx, function, wanted, tags={}, is_published=False, now=1.0)
        if is_ready:
            functions.prepared(self._tx, written.latest)
        return function

    def version(self, function: FunctionName, description: str | None = None) -> VersionRow:
        """A new version: something of $LATEST is changed for it."""
        from lambent.services.lambda_.engine import versions

        self.change(function)
        return versions.publish_latest(self._tx, functions.latest_of(self._tx, function), description=description, now=2.0)

    def change(self, function: FunctionName, *, is_ready: bool = True, **parameters: Any) -> functions.Written:
        before = functions.latest_of(self._tx, function).settings
        given = parameters or {"Timeout": before.timeout_s + 1}
        written = functions.update(
            self._tx,
            function,
            lambda each: settings.changed(each, given, None),
            revision_id=None,
            is_published=False,
            is_dry_run=False,
            now=3.0,
        )
        if is_ready:
            functions.prepared(self._tx, written.latest)
        return written

    def layer(self, name: str = "l", *, scope: Scope = SCOPE, unzipped_bytes: int = 200, **told: Any) -> LayerVersionRow:
        row = LayerVersionRow(
            scope=scope,
            name=name,
            version=0,
            description="",
            license="",
            runtimes=told.get("runtimes"),
            architectures=told.get("architectures"),
            code=Code("b" * 64, 100, unzipped_bytes),
            created_at=0.0,
        )
        return layers.publish(self._tx, row, now=1.0)


@pytest.fixture
def made(tx: SqliteTransaction) -> Made:
    return Made(tx)
