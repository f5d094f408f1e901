"""Remembers tables, so that a request for an item costs no look-up of its table. A commit that changes one forgets it."""

from lambent.core.context import Scope
from lambent.services.dynamodb.engine import tables
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.tables.tables import CHANGED_PREFIX
from lambent.store import known
from lambent.store.database import Database

TABLES_MAX = 10_000


class Known:
    """``tables`` is all that the hot path needs; ``find`` reads what is not known."""

    def __init__(self, store: Database) -> None:
        self._known: known.Known[TableName, Table] = known.Known(store=store, count_max=TABLES_MAX)
        self.tables = self._known.values
        store.on_signal(self._hear)

    async def find(self, named: TableName) -> Table:
        """Raises ResourceNotFound."""
        return await self._known.find(named, lambda tx: tables.find(tx, named))

    def forget_account(self, account: str | None) -> None:
        """Forgets the tables of an account, or all."""
        self._known.forget_those(lambda named: account in (None, named.scope.account))

    def _hear(self, signal: str) -> None:
        if signal.startswith(CHANGED_PREFIX):
            account, region, name = signal.removeprefix(CHANGED_PREFIX).split("/")
            self._known.forget(TableName(Scope(account, region), name))
