"""One item put, changed, deleted: its condition, its entries in indexes and what follows it, in one transaction."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import changes, indexing, keys, places, values
from lambent.services.dynamodb.engine.changes import Change
from lambent.services.dynamodb.engine.places import Found, Fresh, Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.expressions import Condition, Update, Updated
from lambent.services.dynamodb.tables import items, tables
from lambent.store.database import Transaction


class Written(Struct, frozen=True):
    """What came of a write. ``updated`` is what the update says of itself."""

    table: Table
    old: Found | None = None
    new: Fresh | None = None
    updated: Updated | None = None


class Put(Struct, frozen=True):
    """An item to be stored. ``wants_old``: the answer tells something of the item that was there."""

    place: Place
    new: Fresh
    condition: Condition | None = None
    wants_old: bool = False


class Deletion(Struct, frozen=True):
    place: Place
    condition: Condition | None = None
    wants_old: bool = False


class Alteration(Struct, frozen=True):
    """An item to be changed, or made of its ``key`` where there is none. Without ``update`` only made."""

    place: Place
    key: Item
    update: Update | None
    condition: Condition | None = None


class ConditionFailed(errors.ConditionalCheckFailed):
    """Carries the item to where it is known whether the answer may tell it."""

    def __init__(self, old: Found | None) -> None:
        super().__init__()
        self.old = old


def put(tx: Transaction, table: Table, request: Put, now: Instant) -> Written:
    """Raises ConditionFailed, ValidationFailed (of index keys), ResourceNotFound (the table is gone)."""
    new = request.new
    # The way of most: one statement, which neither reads nor decodes what was there.
    is_plain = request.condition is None and not request.wants_old and not table.indexes and not changes.is_followed(table)
    if is_plain and items.put_if_current(tx, table, *request.place, new.size, new.stored):
        return Written(table, None, new)
    table = current(tx, table)
    old = find(tx, table, request.place)
    check(request.condition, old)
    replace(tx, table, request.place, old, new, now)
    return Written(table, old, new)


def delete(tx: Transaction, table: Table, request: Deletion, now: Instant) -> Written:
    """Raises ConditionFailed, ResourceNotFound (the table is gone)."""
    table = current(tx, table)
    if request.condition is None and not request.wants_old and not table.indexes and not changes.is_followed(table):
        items.delete(tx, table, *request.place)
        return Written(table)
    old = find(tx, table, request.place)
    check(request.condition, old)
    if old is not None:
        replace(tx, table, request.place, old, None, now)
    return Written(table, old)


def alter(tx: Transaction, table: Table, request: Alteration, now: Instant) -> Written:
    """Raises ConditionFailed, ValidationFailed, ResourceNotFound (the table is gone)."""
    table = current(tx, table)
    old = find(tx, table, request.place)
    check(request.condition, old)
    before = old.item if old is not None else request.key
    updated = request.update.apply(before) if request.update is not None else None
    new = places.fresh(updated.item if updated is not None else before)
    if new.size > values.ITEM_BYTES_MAX:
        raise errors.UpdatedItemTooLarge
    try:
        replace(tx, table, request.place, old, new, now)
    except errors.EmptyIndexKey as failure:
        raise errors.EmptyUpdatedIndexKey(kind=failure.facts["kind"]) from failure
    return Written(table, old, new, updated)


def current(tx: Transaction, table: Table) -> Table:
    """The table as it is in this transaction. Raises ResourceNotFound."""
    found = tables.current(tx, table)
    if found is None:
        raise errors.ResourceNotFound
    return found


def find(tx: Transaction, table: Table, place: Place) -> Found | None:
    stored = items.get(tx, table, *place)
    return Found(stored) if stored is not None else None


def check(condition: Condition | None, old: Found | None) -> None:
    """Raises ConditionFailed."""
    if condition is not None and not condition.holds(old.item if old is not None else None):
        raise ConditionFailed(old)


def replace(
    tx: Transaction,
    table: Table,
    place: Place,
    old: Found | None,
    new: Fresh | None,
    now: Instant,
    *,
    is_by_ttl: bool = False,
) -> None:
    """Writes what an item has become, with all that follows from it. Raises ValidationFailed of index keys, before it does."""
    if table.indexes:
        indexing.move(tx, table, place, old.item if old is not None else None, new.item if new is not None else None)
    if new is not None:
        items.put(tx, table, *place, new.size, new.stored)
    elif old is not None:
        items.delete(tx, table, *place)
    if changes.is_followed(table) and not _are_same(old, new):
        item = new.item if new is not None else old.item if old is not None else {}
        key = {name: item[name] for name in table.keys.names}
        change = Change(
            key,
            *place,
            old=old.stored if old is not None else None,
            new=new.stored if new is not None else None,
            old_bytes=old.size if old is not None else 0,
            new_bytes=new.size if new is not None else 0,
            is_by_ttl=is_by_ttl,
        )
        changes.note(tx, table, change, now)


def _are_same(old: Found | None, new: Fresh | None) -> bool:
    if old is None or new is None:
        return old is None and new is None
    return old.stored == new.stored or values.are_equal({"M": old.item}, {"M": new.item})


def put_of(table: Table, item: Item, condition: Condition | None = None, *, wants_old: bool = False) -> Put:
    """A put of an item as a request gives it. Raises ValidationFailed."""
    checked, size = values.weighed(item)
    return put_of_weighed(table, checked, size, condition, wants_old=wants_old)


def put_of_weighed(table: Table, item: Item, size: int, condition: Condition | None, *, wants_old: bool) -> Put:
    """A put of what ``values.weighed`` has told. Raises ValidationFailed."""
    values.check_size(size)
    new = Fresh(item, size, values.encoded(item))
    return Put(places.key_place(table.keys, item), new, condition, wants_old)


def place_of(table: Table, key: Item) -> tuple[Place, Item]:
    """Where the item of a key stands, and the key as it is kept. Raises ValidationFailed where it is no key of the table."""
    quick = places.key_place(table.keys, key) if places.is_plain_key(table.keys, key) else None
    if quick is not None:
        return quick, key
    checked = values.checked_item(key)
    return place_of_checked(table, checked), checked


def place_of_checked(table: Table, key: Item) -> Place:
    """Where the item of a key of ``values.checked_key`` stands. Raises ValidationFailed where it is no key of the table."""
    if places.is_plain_key(table.keys, key):
        return places.key_place(table.keys, key)
    keys.check_key(table.keys, key)
    return places.place(table.keys, key)
