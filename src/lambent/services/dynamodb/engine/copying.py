"""Work on all items of a table, some in each transaction: entries of a new index, copies for a backup and from one."""

from collections.abc import Sequence

from msgspec.structs import replace

from lambent.services.dynamodb.engine import indexing, keys, values
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.walks import LAST
from lambent.services.dynamodb.tables import entries, items
from lambent.services.dynamodb.tables.items import Placed
from lambent.store.database import Transaction

COPIED_MAX = 500
COPIED_BYTES_MAX = 4 * 1024 * 1024
"""Items in one transaction: few enough that no other write waits long."""

START = Place(b"", b"")


def fill_index(tx: Transaction, table: Table, index: Index, start: Place) -> Place | None:
    """Adds the entries of the next items to an index. Returns where to go on, None where all are in it."""
    found, has_more = _next(tx, table.id, start)
    _add_entries(tx, table, index, found)
    return _after(found[-1]) if has_more else None


def copy(tx: Transaction, source_id: int, into: Table, start: Place) -> Place | None:
    """Copies the next items, with their entries in the indexes of ``into``. Returns where to go on, None where all are."""
    found, has_more = _next(tx, source_id, start)
    items.put_all(tx, into, found)
    for index in into.indexes:
        _add_entries(tx, into, index, found)
    return _after(found[-1]) if has_more else None


def without_indexes(table: Table, id_: int) -> Table:
    """What keeps the items of a backup: a table that nobody can name."""
    return replace(table, id=id_, indexes=())


def _next(tx: Transaction, table_id: int, start: Place) -> tuple[list[Placed], bool]:
    return items.scan(tx, table_id, *start, LAST, count_max=COPIED_MAX, bytes_max=COPIED_BYTES_MAX)


def _after(last: Placed) -> Place:
    return Place(last.partition, keys.just_after(last.sort))


def _add_entries(tx: Transaction, table: Table, index: Index, found: Sequence[Placed]) -> None:
    rows = []
    for row in found:
        entry = indexing.kept_entry(index, values.decoded(row.item))
        if entry is not None:
            rows.append((entry, row.partition, row.sort))
    entries.add_all(tx, table, index, rows)
