"""The store's own statements."""

from lambent.store import tables


async def test_a_database_tells_the_newest_version_of_each_component(database):
    assert await database.read(tables.applied_versions) == {"store": 1, "notes": 2}


async def test_a_database_with_tables_is_not_empty(database):
    assert not await database.read(tables.is_empty)


async def test_a_component_without_an_account_column_is_not_reset(database):
    await database.write(tables.delete_account, None)
    assert await database.read(tables.applied_versions) == {"store": 1, "notes": 2}
