"""The life of tables: made, found, listed, deleted. Their items go behind them, some in each transaction."""

from collections.abc import Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.durable.timers import Timers
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import changes, definitions, settings
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Definition, Table
from lambent.services.dynamodb.tables import backups, entries, items, tables
from lambent.store.database import Transaction

TABLES_MAX = 2_500
SWEEP = "dynamodb.sweep"
SWEPT_ROWS_MAX = 2_000
SWEPT_BYTES_MAX = 4 * 1024 * 1024
"""Items or entries deleted in one transaction: few enough that no other write waits long."""

Given = Mapping[str, Any]


def create(tx: Transaction, named: TableName, given: Given, now: Instant) -> Table:
    """Raises ValidationFailed, ResourceInUse, LimitExceeded."""
    definition = definitions.defined(given, now)
    stream = given.get("StreamSpecification")
    if stream is not None:
        settings.check_first_stream(stream)
        if stream["StreamEnabled"]:
            definition = settings.with_stream(definition, stream, named.name, changes.free_moment(tx, named, now))
    definition = settings.with_encryption(definition, given.get("SSESpecification"), named.scope)
    if given.get("ResourcePolicy"):
        definition = settings.with_policy(definition, given["ResourcePolicy"])
    return add(tx, named, definition, settings.tags_of(given.get("Tags") or ()), now)


def add(tx: Transaction, named: TableName, definition: Definition, tags: Mapping[str, str], now: Instant) -> Table:
    """A new table. Raises ResourceInUse where there is one of this name, LimitExceeded where there are too many."""
    if tables.find(tx, named) is not None:
        raise errors.ResourceInUse(name=named.name)
    if tables.count(tx, named.scope) >= TABLES_MAX:
        raise errors.LimitExceeded(reason=f"Subscriber limit exceeded: Only {TABLES_MAX} tables can exist")
    table = tables.insert(tx, named, definition, uuid=ids.uuid4(), tags=tags, now=now)
    if definition.stream is not None:
        changes.stream_began(tx, table, now)
    return table


def find(tx: Transaction, named: TableName) -> Table:
    """As operations on items find their table. Raises ResourceNotFound, also while it is restored."""
    table = tables.find(tx, named)
    if table is None or table.is_being_restored:
        raise errors.ResourceNotFound
    return table


def require(tx: Transaction, named: TableName) -> Table:
    """As operations on tables find them. Raises TableNotFound."""
    table = tables.find(tx, named)
    if table is None:
        raise errors.TableNotFound(name=named.name)
    return table


def require_made(tx: Transaction, named: TableName) -> Table:
    """As operations find it that change it. Raises TableNotFound, TableInUse while it is restored."""
    table = require(tx, named)
    if table.is_being_restored:
        raise errors.TableInUse(what="created", name=named.name)
    return table


def page(tx: Transaction, scope: Scope, after: str, count_max: int) -> tuple[list[str], bool]:
    """The next names, and whether there are more."""
    names = tables.names_after(tx, scope, after, count_max + 1)
    return names[:count_max], len(names) > count_max


def delete(tx: Transaction, named: TableName, timers: Timers, now: Instant) -> Table:
    """What it leaves behind goes by and by.

    Raises TableNotFound, TableInUse while it is restored or backed up, ValidationFailed where it is protected.
    """
    table = require_made(tx, named)
    if backups.is_any_unfinished(tx, named):
        raise errors.TableInUse(what="backed up", name=named.name)
    if table.definition.is_protected:
        raise errors.ValidationFailed(
            reason="Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
    if table.definition.stream is not None and table.definition.stream.is_enabled:
        changes.stream_ended(tx, table, now)
    changes.table_deleted(tx, table, now)
    tables.delete(tx, table)
    forsake(tx, table.id, named.scope, timers, now)
    return table


def forsake(tx: Transaction, table_id: int, scope: Scope, timers: Timers, now: Instant) -> None:
    """Deletes the items and entries of a table that is gone: at once where they are few."""
    if sweep(tx, table_id):
        timers.set(tx, SWEEP, str(table_id), now, account=scope.account, region=scope.region)


def sweep(tx: Transaction, table_id: int) -> bool:
    """Deletes some of what a table has left behind. True while there may be more."""
    if items.delete_some(tx, table_id, count_max=SWEPT_ROWS_MAX, bytes_max=SWEPT_BYTES_MAX):
        return True
    return entries.delete_some_of_table(tx, table_id, SWEPT_ROWS_MAX) >= SWEPT_ROWS_MAX
