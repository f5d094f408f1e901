"""The deletion of items that have expired, which AWS does within days and Lambent within a minute.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
"""

from collections.abc import Callable

from lambent.core.clock import NEVER, Instant
from lambent.services.dynamodb.engine import items, keys
from lambent.services.dynamodb.engine.expiries import expires_at
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.engine.walks import LAST
from lambent.services.dynamodb.tables import expiries, tables
from lambent.services.dynamodb.tables import items as item_rows
from lambent.services.dynamodb.tables.expiries import LEAVING, SCANNING, WATCHING, ExpiringTable, Expiry
from lambent.store.database import Transaction

DELAY_S = 30.0
"""So long after it has expired an item is deleted; until then it is found as before, as with AWS."""

PAST_S_MAX = 5 * 365 * 86_400
"""What expired longer ago than five years stays, so that a mistake of units deletes nothing."""

ITEMS_SEEN_AT_ONCE = 1_000
ITEMS_DELETED_AT_ONCE = 100
EXPIRIES_DROPPED_AT_ONCE = 5_000
BYTES_AT_ONCE = 4 * 1024 * 1024  # of items, which may be large

_MARGIN_S = 1e-6  # a moment that is due may be told a hair too early

NowOf = Callable[[str], Instant]
"""Tells an account's time."""


def dues(tx: Transaction) -> list[tuple[str, Instant]]:
    """When there is something to do next, table by table: its account, and the moment."""
    return [(table.account, _due_of(tx, table)) for table in expiries.expiring_tables(tx)]


def delete_some(tx: Transaction, now_of: NowOf) -> bool:
    """Deletes what has expired, and looks through tables, a little at a time. False when nothing is left to do now."""
    due = [table for table in expiries.expiring_tables(tx) if _due_of(tx, table) <= now_of(table.account)]
    for table in due:
        _STEPS[table.state](tx, table, now_of(table.account), len(due))
    return bool(due)


def _due_of(tx: Transaction, table: ExpiringTable) -> Instant:
    if table.state != WATCHING:
        return 0.0
    first = expiries.first_of(tx, table.table_id)
    return NEVER if first is None else first + DELAY_S


# Each step takes its share of what one transaction may do.


def _scan(tx: Transaction, expiring: ExpiringTable, now: Instant, sharers: int) -> None:  # noqa: ARG001 (the common form)
    table = tables.find_by_id(tx, expiring.table_id)
    if table is None:
        expiries.set_state(tx, expiring.table_id, LEAVING)
        return
    attribute, count_max = table.definition.ttl_attribute, _share(ITEMS_SEEN_AT_ONCE, sharers)
    seen = (expiring.seen_partition, expiring.seen_sort)
    bytes_max = _share(BYTES_AT_ONCE, sharers)
    found, has_more = item_rows.scan(tx, table.id, *seen, LAST, count_max=count_max, bytes_max=bytes_max)
    for placed in found:
        second = expires_at(placed.item, attribute)
        if second is not None:
            expiries.insert(tx, *table.scope, table.id, Expiry(second, placed.partition, placed.sort))
    if has_more:
        expiries.set_seen(tx, table.id, found[-1].partition, keys.just_after(found[-1].sort))
    else:
        expiries.set_state(tx, table.id, WATCHING)


def _delete(tx: Transaction, expiring: ExpiringTable, now: Instant, sharers: int) -> None:
    table = tables.find_by_id(tx, expiring.table_id)
    if table is None:
        expiries.set_state(tx, expiring.table_id, LEAVING)
        return
    count_max = _share(ITEMS_DELETED_AT_ONCE, sharers)
    bytes_left = _share(BYTES_AT_ONCE, sharers)
    for expiry in expiries.expired(tx, table.id, now - DELAY_S + _MARGIN_S, count_max):
        if bytes_left <= 0:
            return
        expiries.delete(tx, table.id, expiry)
        bytes_left -= _delete_item(tx, table, Place(expiry.partition, expiry.sort), now)


def _delete_item(tx: Transaction, table: Table, place: Place, now: Instant) -> int:
    """Deletes an item that has expired. Returns how many bytes were read for it."""
    found = items.find(tx, table, place)
    second = expires_at(found.stored, table.definition.ttl_attribute) if found is not None else None
    if second is not None and now - PAST_S_MAX <= second <= now:
        items.replace(tx, table, place, found, None, now, is_by_ttl=True)
    return found.size if found is not None else 0


def _leave(tx: Transaction, expiring: ExpiringTable, now: Instant, sharers: int) -> None:  # noqa: ARG001 (the common form)
    count_max = _share(EXPIRIES_DROPPED_AT_ONCE, sharers)
    if expiries.delete_some(tx, expiring.table_id, count_max) < count_max:
        expiries.delete_table(tx, expiring.table_id)


def _share(at_once: int, sharers: int) -> int:
    return max(1, at_once // sharers)


_STEPS = {SCANNING: _scan, WATCHING: _delete, LEAVING: _leave}
