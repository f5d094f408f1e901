"""What follows the items of a table: its stream, its expiries. Told of every item that is written, in the same transaction."""

from dataclasses import dataclass
from typing import Any

from lambent.core.clock import Instant
from lambent.services.dynamodb.engine.table import Table
from lambent.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Change:
    """One item that became another. ``old`` and ``new`` are as they are stored, None where there was, or is, no item."""

    keys: dict[str, Any]
    partition: bytes
    sort: bytes
    old: bytes | None
    new: bytes | None
    is_by_ttl: bool = False


def is_followed(table: Table) -> bool:
    """Whether changes of this table's items are told at all: only then is the old item read for it."""
    return table.definition.stream is not None and table.definition.stream.is_enabled


def note(tx: Transaction, table: Table, change: Change, now: Instant) -> None:
    """Called for each item that a followed table's operation has changed: never where the old item equals the new one."""
