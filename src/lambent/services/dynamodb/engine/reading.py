"""Pages of items: up to a limit and to 1 MB before the filter, filtered and projected."""

from dataclasses import dataclass

from lambent.services.dynamodb.engine import indexing, values
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import ITEM, SIZE, Row, Walk, key_names
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
    rows, read_bytes, has_ended = _read(tx, table, walk, view, limit)
    last = _key(table, view.index, rows[-1]) if rows and not has_ended else None
    if view.is_of_whole_items:
        return Page([row[ITEM] for row in rows] if view.wants_items else [], len(rows), len(rows), read_bytes, last)
    found = [seen for row in rows if (seen := _seen(table, view, row)) is not None]
    return Page(found if view.wants_items else [], len(found), len(rows), read_bytes, last)


def _read(tx: Transaction, table: Table, walk: Walk, view: View, limit: int | None) -> tuple[list[Row], int, bool]:
    """The rows of a page, the bytes they count, and whether they are all that there were."""
    rows: list[Row] = []
    left, total = limit if limit is not None else 1 << 62, 0
    wanted = ROWS_FIRST_MAX
    while True:
        wanted = min(left, wanted)
        some = walk.rows(tx, wanted)
        sizes = [_bytes(table, view, row) for row in some] if view.is_narrow else [row[SIZE] for row in some]
        total += sum(sizes)
        if total >= PAGE_BYTES_MAX:
            while sizes and total - sizes[-1] >= PAGE_BYTES_MAX:
                total -= sizes.pop()
            return rows + some[: len(sizes)], total, False
        rows += some
        left -= len(some)
        if len(some) < wanted or not left:
            return rows, total, len(some) < wanted
        walk = walk.after(some[-1])
        # About as many as there is room for: rows may be large, and all that are asked for are held.
        wanted = min(ROWS_MAX, (PAGE_BYTES_MAX - total) * len(rows) // (total + 1) + 1)


def _bytes(table: Table, view: View, row: Row) -> int:
    """What reading a row of an index counts: what it holds."""
    assert view.index is not None
    return values.item_size(indexing.projected(view.index, table, values.decoded(row[ITEM])))


def _seen(table: Table, view: View, row: Row) -> bytes | None:
    """What a reader sees of a row; None where the filter keeps it back."""
    item = values.decoded(row[ITEM])
    if view.is_narrow:
        assert view.index is not None
        item = indexing.projected(view.index, table, item)
    if view.filter is not None and not view.filter.holds(item):
        return None
    if not view.wants_items:
        return b""
    if view.projection is None:
        return values.encoded(item) if view.is_narrow else row[ITEM]
    return values.encoded(view.projection.of(item))


def _key(table: Table, index: Index | None, row: Row) -> Item:
    item = values.decoded(row[ITEM])
    return {name: item[name] for name in key_names(table.keys, index)}
