"""The rules of log streams."""

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.logs import errors
from lambent.services.logs.engine import groups, statistics
from lambent.services.logs.tables import batches, streams
from lambent.services.logs.tables import groups as group_rows
from lambent.services.logs.tables.groups import Group
from lambent.services.logs.tables.streams import Stream
from lambent.store.database import Transaction

LAST_MS = 2**62


class Order(Struct, frozen=True):
    """How streams are listed. ``after`` is the last one of the page before: its name, or its last event and its name."""

    by_time: bool
    is_descending: bool
    prefix: str = ""
    after: tuple[int, str] | None = None


class Page(Struct, frozen=True):
    """Streams of a group in order, and whether there are more behind them."""

    group: Group
    streams: list[Stream]
    is_truncated: bool


def require(tx: Transaction, group: Group, name: str) -> Stream:
    stream = streams.find(tx, group.id, name)
    if stream is None:
        raise errors.NoSuchStream()
    return stream


def create(tx: Transaction, scope: Scope, group_name: str, name: str, *, now_ms: int) -> None:
    group = groups.require(tx, scope, group_name)
    if streams.find(tx, group.id, name) is not None:
        raise errors.StreamAlreadyExists()
    streams.insert(tx, scope.account, scope.region, group.id, name, created_ms=now_ms)


def delete(tx: Transaction, scope: Scope, group_name: str, name: str) -> None:
    group = groups.require(tx, scope, group_name)
    stream = require(tx, group, name)
    counted = batches.bytes_of_stream(tx, stream, until_id=batches.counted_until(tx))
    group_rows.add_stored_bytes(tx, group.id, -counted)
    batches.delete_of_stream(tx, stream)
    streams.delete(tx, stream)


def page(tx: Transaction, scope: Scope, group_name: str, order: Order, count_max: int) -> Page:
    """Runs in a writing transaction: it counts what came in since somebody last asked."""
    statistics.catch_up(tx)
    group = groups.require(tx, scope, group_name)
    found = (_by_time if order.by_time else _by_name)(tx, group, order, count_max + 1)
    return Page(group, found[:count_max], len(found) > count_max)


def _by_name(tx: Transaction, group: Group, order: Order, count_max: int) -> list[Stream]:
    after = None if order.after is None else order.after[1]
    if order.is_descending:
        before = after or order.prefix + streams.LAST_CHARACTER
        found = streams.page_by_name_descending(tx, group, before=before, count_max=count_max)
    else:
        found = streams.page_by_name(tx, group, after=after or "", first=order.prefix, count_max=count_max)
    return [stream for stream in found if stream.name.startswith(order.prefix)]


def _by_time(tx: Transaction, group: Group, order: Order, count_max: int) -> list[Stream]:
    if order.is_descending:
        return streams.page_by_time_descending(tx, group, before=order.after or (LAST_MS, ""), count_max=count_max)
    return streams.page_by_time(tx, group, after=order.after or (-1, ""), count_max=count_max)
