"""Pages of items: up to a limit and to 1 MB before the filter, filtered and projected."""

from msgspec import Struct

from lambent.services.dynamodb.engine import indexing, values
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import ITEM, SIZE, Row, Walk, key_names
from lambent.services.dynamodb.expressions import Condition, Projection
from lambent.store.database import Transaction

PAGE_BYTES_MAX = 1024 * 1024
FETCHED_BYTES_MAX = 16 * 1024 * 1024
"""An index that holds little of its items is read with the whole of them, so its page may end for that as well."""

ROWS_MAX = 1 << 62
QUICK_ROWS_MAX = 128
QUICK_BYTES_MAX = 256 * 1024
"""A page of so much takes a millisecond at most."""


class View(Struct, frozen=True):
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


class Page(Struct, frozen=True):
    """``items`` are JSON; ``last`` is the key behind which the next page begins; ``bytes`` were read."""

    items: list[bytes]
    count: int
    scanned: int
    bytes: int
    last: Item | None


def page(tx: Transaction, table: Table, walk: Walk, view: View, limit: int | None) -> Page:
    """The next page of a walk."""
    return _read(tx, table, walk, view, ROWS_MAX if limit is None else limit, FETCHED_BYTES_MAX)


def quick_page(tx: Transaction, table: Table, walk: Walk, view: View, limit: int | None) -> Page | None:
    """As ``page``, where it is small; None where it takes longer than others should wait for it."""
    rows_max = QUICK_ROWS_MAX if limit is None else min(limit, QUICK_ROWS_MAX)
    found = _read(tx, table, walk, view, rows_max, QUICK_BYTES_MAX)
    return found if found.last is None or found.scanned == limit else None


def _read(tx: Transaction, table: Table, walk: Walk, view: View, rows_max: int, fetched_max: int) -> Page:
    """``fetched_max``: bytes of whole items. Rows are read one by one, as each may be as large as the largest item."""
    items: list[bytes] = []
    count = scanned = read_bytes = fetched_bytes = 0
    row: Row = ()
    is_whole = view.is_of_whole_items
    for row in walk.rows(tx, rows_max):
        scanned += 1
        fetched_bytes += row[SIZE]
        if is_whole:
            read_bytes += row[SIZE]
            seen = row[ITEM]
        else:
            size, seen = _seen(table, view, row)
            read_bytes += size
        if seen is not None:
            count += 1
            items.append(seen)
        if read_bytes >= PAGE_BYTES_MAX or fetched_bytes >= fetched_max:
            break
    else:
        row = row if scanned == rows_max else ()
    last = _key(table, view.index, row) if row else None
    return Page(items if view.wants_items else [], count, scanned, read_bytes, last)


def _seen(table: Table, view: View, row: Row) -> tuple[int, bytes | None]:
    """The bytes that reading a row counts, and what a reader sees of it: None where the filter keeps it back."""
    item, size = values.decoded(row[ITEM]), row[SIZE]
    if view.is_narrow:
        assert view.index is not None
        item = indexing.projected(view.index, table, item)
        size = values.item_size(item)
    if view.filter is not None and not view.filter.holds(item):
        return size, None
    if not view.wants_items:
        return size, b""
    if view.projection is None:
        return size, values.encoded(item) if view.is_narrow else row[ITEM]
    return size, values.encoded(view.projection.of(item))


def _key(table: Table, index: Index | None, row: Row) -> Item:
    item = values.decoded(row[ITEM])
    return {name: item[name] for name in key_names(table.keys, index)}
