"""What PartiQL statements do to items: the requests that writes are, and the pages that reads have."""

from collections.abc import Sequence
from dataclasses import dataclass

from lambent.services.dynamodb.engine import items, keys, reading, values, walks
from lambent.services.dynamodb.engine.items import Alteration, Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.reading import PAGE_BYTES_MAX, View
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.transactions import Check
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import Walk
from lambent.services.dynamodb.expressions import Condition
from lambent.services.dynamodb.expressions import Update as Changes
from lambent.services.dynamodb.partiql import Delete, Exists, Insert, Select, Update, errors, plans
from lambent.services.dynamodb.partiql.plans import Reading
from lambent.store.database import Transaction

Request = Put | Deletion | Alteration | Check

_IS_NEW = Condition(lambda item: not item, frozenset())
"""Holds where there is no item: one that is there has a key at least."""


# ---- writing ---------------------------------------------------------------------------------------------------------


def request_of(table: Table, statement: Insert | Update | Delete | Exists) -> Request:
    """What a statement asks of its table. Raises ValidationFailed."""
    if isinstance(statement, Insert):
        return items.put_of(table, statement.item, _IS_NEW, wants_old=True)
    if isinstance(statement, Update):
        update = Changes(statement.actions)
        update.check_keys(table.keys)
        found = plans.key_of(statement.where, table.keys)
        place, key = items.place_of(table, found.key)
        return Alteration(place, key, update, _where_it_is(found.condition))
    if isinstance(statement, Delete):
        found = plans.key_of(statement.where, table.keys)
        place, _ = items.place_of(table, found.key)
        return Deletion(place, _where_it_is_or_gone(found.condition), wants_old=True)
    found = plans.key_of(statement.select.where, table.keys)
    if found.condition is None:
        raise errors.ExistsWithoutCondition
    return Check(items.place_of(table, found.key)[0], found.condition)


def _where_it_is(condition: Condition | None) -> Condition:
    """UPDATE never makes an item."""
    if condition is None:
        return Condition(bool, frozenset())
    return Condition(lambda item: bool(item) and condition.holds_of(item), condition.names)


def _where_it_is_or_gone(condition: Condition | None) -> Condition | None:
    """DELETE of an item that is not there does nothing, whatever else it asks."""
    if condition is None:
        return None
    return Condition(lambda item: not item or condition.holds_of(item), condition.names)


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


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: in which of the ranges that a SELECT reads, and behind which key of it."""

    range: int = 0
    key: Item | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A page of what a SELECT reads. ``items`` are JSON; ``next`` is None at the end; ``size`` is what was read, in bytes."""

    items: list[bytes]
    size: int
    next: Position | None


def place_of(select: Select, table: Table, operation: str) -> Place:
    """The one item that a SELECT within a batch or a transaction names. Raises errors.ReadWithoutKey."""
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
