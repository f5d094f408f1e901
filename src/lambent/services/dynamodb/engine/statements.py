"""What PartiQL statements do to items: the requests that writes are, and the pages that reads have."""

from collections.abc import Sequence

from msgspec import Struct

from lambent.services.dynamodb.engine import items, keys, reading, values, walks
from lambent.services.dynamodb.engine.items import Alteration, Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.reading import PAGE_BYTES_MAX, View
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.transactions import Check
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import Walk
from lambent.services.dynamodb.expressions import Update as Changes
from lambent.services.dynamodb.expressions import conditions
from lambent.services.dynamodb.expressions.nodes import And, Call, Not, Or, Path
from lambent.services.dynamodb.expressions.nodes import Condition as Node
from lambent.services.dynamodb.partiql import Delete, Exists, Insert, Select, Update, errors, plans
from lambent.services.dynamodb.partiql.plans import Reading
from lambent.store.database import Transaction

Request = Put | Deletion | Alteration | Check

# ---- writing ---------------------------------------------------------------------------------------------------------


def request_of(table: Table, statement: Insert | Update | Delete | Exists) -> Request:
    """What a statement asks of its table. Raises ValidationFailed."""
    if isinstance(statement, Insert):
        return items.put_of(table, statement.item, conditions.compiled(_is_gone(table)), wants_old=True)
    if isinstance(statement, Update):
        update = Changes(statement.actions)
        update.check_keys(table.keys)
        found = plans.key_of(statement.where, table.keys)
        place, key = items.place_of(table, found.key)
        # UPDATE never makes an item.
        is_there = Not(_is_gone(table))
        condition = And((is_there, found.condition)) if found.condition is not None else is_there
        return Alteration(place, key, update, conditions.compiled(condition))
    if isinstance(statement, Delete):
        found = plans.key_of(statement.where, table.keys)
        place, _ = items.place_of(table, found.key)
        if found.condition is None:
            return Deletion(place, wants_old=True)
        # DELETE of an item that is not there does nothing, whatever else it asks.
        return Deletion(place, conditions.compiled(Or((_is_gone(table), found.condition))), wants_old=True)
    found = plans.key_of(statement.select.where, table.keys)
    if found.condition is None:
        raise errors.ExistsWithoutCondition
    return Check(items.place_of(table, found.key)[0], conditions.compiled(found.condition))


def _is_gone(table: Table) -> Node:
    return Call("attribute_not_exists", (Path((table.keys.partition.name,)),))


def returned(returning: str | None, written: Written) -> bytes | None:
    """The item, as JSON, that RETURNING tells; None where it tells none."""
    if returning == "ALL OLD":
        return written.old.stored if written.old is not None else None
    if returning == "ALL NEW":
        return written.new.stored if written.new is not None else None
    if returning is None or written.updated is None:
        return None
    part = written.updated.updated_old if returning == "MODIFIED OLD" else written.updated.updated_new
    return values.encoded(part) if part else None


# ---- reading ---------------------------------------------------------------------------------------------------------


class Position(Struct, frozen=True):
    """Where a page begins: in which of the ranges that a SELECT reads, and behind which key of it."""

    range: int = 0
    key: Item | None = None


class Part(Struct, frozen=True):
    """A page of what a SELECT reads. ``items`` are JSON; ``next`` is None at the end; ``size`` is what was read, in bytes."""

    items: list[bytes]
    size: int
    next: Position | None


def place_of(select: Select, table: Table, operation: str) -> Place:
    """The one item that a SELECT within a batch or a transaction names. Raises errors.ReadWithoutKey, IndexInTransaction."""
    if select.index is not None and operation == "ExecuteTransaction":
        raise errors.IndexInTransaction
    try:
        found = plans.key_of(select.where, table.keys)
    except errors.IncompleteKey:
        raise errors.ReadWithoutKey(operation=operation) from None
    if found.condition is not None or select.index is not None:
        raise errors.ReadWithoutKey(operation=operation)
    return items.place_of(table, found.key)[0]


def ways(table: Table, index: Index | None, read: Reading, start: Position) -> list[Walk]:
    """The ways through a table or an index that are left from a position on."""
    if read.ranges is None:
        found: list[Walk] = [walks.segment(table, index, 0, 1)]
    else:
        found = [
            walks.in_partition(table, index, keys.partition_bytes(one.partition), one.low, one.high, is_forward=read.is_forward)
            for one in read.ranges[start.range :]
        ]
    if start.key is not None and found:
        found[0] = found[0].after(walks.row_of(table, index, start.key))
    return found


def page(tx: Transaction, table: Table, found: Sequence[Walk], view: View, limit: int | None, start: Position) -> Part:
    """The next page along those ways, one after another."""
    rows: list[bytes] = []
    size = 0
    for number, walk in enumerate(found, start.range):
        one = reading.page(tx, table, walk, view, limit)
        rows += one.items
        size += one.bytes
        limit = limit - one.scanned if limit is not None else None
        if one.last is not None:
            return Part(rows, size, Position(number, one.last))
        is_full = limit == 0 or size >= PAGE_BYTES_MAX
        if is_full and number + 1 < start.range + len(found):
            return Part(rows, size, Position(number + 1))
    return Part(rows, size, None)
