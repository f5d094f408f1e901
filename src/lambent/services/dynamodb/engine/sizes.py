"""How large a table and its indexes are: counted when somebody asks."""

from collections.abc import Mapping

from lambent.services.dynamodb.engine.descriptions import Sizes
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.tables import entries, items
from lambent.store.database import Transaction


def of_table(tx: Transaction, table: Table) -> Mapping[str, Sizes]:
    """By the names of the indexes, "" for the table itself. Reads every row of them."""
    counted = {"": Sizes(*items.sizes(tx, table.id))}
    for index in table.indexes:
        counted[index.name] = Sizes(*entries.sizes(tx, table.id, index.number))
    return counted
