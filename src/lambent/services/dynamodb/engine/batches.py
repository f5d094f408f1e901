"""Many items read or written in one transaction, each for itself."""

from collections.abc import Sequence
from typing import NamedTuple

from lambent.core.clock import Instant
from lambent.services.dynamodb.engine import changes, items
from lambent.services.dynamodb.engine.items import Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Found, Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.tables import items as rows
from lambent.store.database import Transaction

ANSWER_BYTES_MAX = 16 * 1024 * 1024


class Lot(NamedTuple):
    """What a batch is to do to one table, in order."""

    table: Table
    requests: Sequence[Put | Deletion]


def write(tx: Transaction, lots: Sequence[Lot], now: Instant) -> list[list[Written]]:
    """Lot by lot. Raises ValidationFailed (of index keys), ResourceNotFound (a table is gone): then nothing is written."""
    return [_write(tx, items.current(tx, lot.table), lot.requests, now) for lot in lots]


def _write(tx: Transaction, table: Table, requests: Sequence[Put | Deletion], now: Instant) -> list[Written]:
    if table.indexes or changes.is_followed(table) or any(request.wants_old for request in requests):
        return [_write_one(tx, table, request, now) for request in requests]
    puts = [request for request in requests if isinstance(request, Put)]
    rows.put_all(tx, table, [(*put.place, put.new.size, put.new.stored) for put in puts])
    for request in requests:
        if isinstance(request, Deletion):
            rows.delete(tx, table, *request.place)
    return [Written(table, None, put.new) for put in puts]


def _write_one(tx: Transaction, table: Table, request: Put | Deletion, now: Instant) -> Written:
    if isinstance(request, Put):
        return items.put(tx, table, request, now)
    return items.delete(tx, table, request, now)


def read(tx: Transaction, lots: Sequence[tuple[Table, Sequence[Place]]]) -> tuple[list[list[Found | None]], bool]:
    """Lot by lot, until the answer is full; and whether it has become so."""
    told, total = [], 0
    for table, places in lots:
        found: list[Found | None] = []
        told.append(found)
        for place in places:
            one = items.find(tx, table, place)
            total += one.size if one is not None else 0
            if total > ANSWER_BYTES_MAX:
                return told, True
            found.append(one)
    return told, False
