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


def stream_began(tx: Transaction, table: Table, now: Instant) -> None:
    """A stream was enabled: ``table.definition.stream`` is new."""


def stream_ended(tx: Transaction, table: Table, now: Instant) -> None:
    """The stream was disabled, or its table deleted: what is in it can still be read for a day."""


def expiry_changed(tx: Transaction, table: Table, now: Instant) -> None:
    """Time to live was enabled (``ttl_attribute``) or disabled ("")."""


def table_deleted(tx: Transaction, table: Table, now: Instant) -> None:
    """The table is going; its items are deleted behind it, and no change of theirs is told."""
