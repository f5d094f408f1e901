"""Remembers tables, so that a request for an item costs no look-up of its table. A commit that changes one forgets it."""

from typing import TypeAlias

from lambent.core.context import Scope
from lambent.services.dynamodb.engine import tables
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.tables.tables import CHANGED_PREFIX
from lambent.store.database import Database
from lambent.store.known import Named

Known: TypeAlias = Named[TableName, Table]

TABLES_MAX = 10_000


def known_tables(store: Database) -> Known:
    """``find`` raises ResourceNotFound."""
    return Named(
        store=store,
        count_max=TABLES_MAX,
        prefix=CHANGED_PREFIX,
        key=lambda account, region, name: TableName(Scope(account, region), name),
        account_of=lambda named: named.scope.account,
        look=tables.find,
    )
