"""The store's own statements: the record of migrations, and the generic reset."""

from lambent.store.database import Transaction

HAS_MIGRATIONS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'lambent_migrations'"
COUNT_OBJECTS = "SELECT count(*) FROM sqlite_master"
SELECT_VERSIONS = "SELECT component, max(version) FROM lambent_migrations GROUP BY component"
INSERT_VERSION = "INSERT INTO lambent_migrations (component, version) VALUES (?, ?)"
SELECT_TABLES_WITH_ACCOUNT = """
    SELECT tables.name
    FROM sqlite_master AS tables
    JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND columns.name = 'account'
    ORDER BY tables.name
"""
DELETE_ALL = 'DELETE FROM "{table}"'
DELETE_OF_ACCOUNT = 'DELETE FROM "{table}" WHERE account = ?'


def applied_versions(tx: Transaction) -> dict[str, int]:
    """The newest version applied of each component; empty for a database that was never migrated."""
    if tx.one(HAS_MIGRATIONS) is None:
        return {}
    return dict(tx.all(SELECT_VERSIONS, into=_version))


def record_version(tx: Transaction, component: str, version: int) -> None:
    tx.run(INSERT_VERSION, (component, version))


def is_empty(tx: Transaction) -> bool:
    return tx.one(COUNT_OBJECTS) == (0,)


def delete_account(tx: Transaction, account: str | None) -> None:
    """Deletes the rows of ``account``, or all, of every table that has an ``account`` column."""
    for table in tx.all(SELECT_TABLES_WITH_ACCOUNT, into=_table):
        if account is None:
            tx.run(DELETE_ALL.format(table=table))
        else:
            tx.run(DELETE_OF_ACCOUNT.format(table=table), (account,))


def _version(component: str, version: int) -> tuple[str, int]:
    return component, version


def _table(name: str) -> str:
    assert '"' not in name
    return name
