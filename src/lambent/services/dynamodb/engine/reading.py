"""Pages of items: up to a limit and to 1 MB before the filter, filtered and projected."""

from dataclasses import dataclass

from lambent.services.dynamodb.engine import indexing, values
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import Row, Walk, key_names
from lambent.services.dynamodb.expressions import Condition, Projection
from lambent.store.database import Transaction

PAGE_BYTES_MAX = 1024 * 1024
ROWS_FIRST_MAX = 128
ROWS_MAX = 4_096


@dataclass(frozen=True, slots=True)
class View:
    """What of an item a reader sees. ``shows_all``: what an index does not hold is fetched from the table."""

    index: Index | None = None
    filter: Condition | None = None
    projection: Projection | None = None
    shows_all: bool = False
    wants_items: bool = True

    @property
    def is_of_whole_items(self) -> bool:
        return self.filter is None and self.projection is None and not self.is_narrow

    @property
    def is_narrow(self) -> bool:
        return self.index is not None and self.index.projection != "ALL" and not self.shows_all


@dataclass(frozen=True, slots=True)
class Page:
    """``items`` are JSON; ``last`` is the key behind which the next page begins; ``bytes`` were read."""

    items: list[bytes]
    count: int
    scanned: int
    bytes: int
    last: Item | None


def page(tx: Transaction, table: Table, walk: Walk, view: View, limit: int | None) -> Page:
    """The next page of a walk."""
    rows, has_ended = _read(tx, table, walk, view, limit)
    read_bytes = sum(_bytes(table, view, row) for row in rows) if view.is_narrow else sum(row.size for row in rows)
    last = _key(table, view.index, rows[-1]) if rows and not has_ended else None
    if view.is_of_whole_items:
        return Page([row.item for row in rows] if view.wants_items else [], len(rows), len(rows), read_bytes, last)
    found = [seen for row in rows if (seen := _seen(table, view, row)) is not None]
    return Page(found if view.wants_items else [], len(found), len(rows), read_bytes, last)


def _read(tx: Transaction, table: Table, walk: Walk, view: View, limit: int | None) -> tuple[list[Row], bool]:
    """The rows of a page, and whether they are all that there were."""
    rows: list[Row] = []
    left, total = limit if limit is not None else 1 << 62, 0
    wanted = ROWS_FIRST_MAX
    while True:
        wanted = min(left, wanted)
        some = walk.rows(tx, wanted)
        for at, row in enumerate(some, 1):
            total += _bytes(table, view, row)
            if total >= PAGE_BYTES_MAX:
                rows += some[:at]
                return rows, False
        rows += some
        left -= len(some)
        if len(some) < wanted:
            return rows, True
        if not left:
            return rows, False
        walk = walk.after(some[-1])
        # About as many as there is room for: rows may be large, and all that are asked for are held.
        wanted = min(ROWS_MAX, (PAGE_BYTES_MAX - total) * len(rows) // (total + 1) + 1)


def _bytes(table: Table, view: View, row: Row) -> int:
    """What reading a row counts: of an index, what it holds."""
    if not view.is_narrow:
        return row.size
    assert view.index is not None
    return values.item_size(indexing.projected(view.index, table, values.decoded(row.item)))


def _seen(table: Table, view: View, row: Row) -> bytes | None:
    """What a reader sees of a row; None where the filter keeps it back."""
    item = values.decoded(row.item)
    if view.is_narrow:
        assert view.index is not None
        item = indexing.projected(view.index, table, item)
    if view.filter is not None and not view.filter.holds(item):
        return None
    if not view.wants_items:
        return b""
    if view.projection is None:
        return values.encoded(item) if view.is_narrow else row.item
    return values.encoded(view.projection.of(item))


def _key(table: Table, index: Index | None, row: Row) -> Item:
    item = values.decoded(row.item)
    return {name: item[name] for name in key_names(table.keys, index)}
