"""Where items stand, and what they look like when they come and go."""

from dataclasses import dataclass
from typing import NamedTuple

from lambent.services.dynamodb.engine import keys, values
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.tables.items import Stored


class Place(NamedTuple):
    """The bytes by which an item, or its entry in an index, is found."""

    partition: bytes
    sort: bytes


def place(schema: KeySchema, item: Item) -> Place:
    """Of an item that has the key."""
    sort = schema.sort
    return Place(
        keys.partition_bytes(item[schema.partition.name]), keys.key_bytes(item[sort.name]) if sort is not None else b""
    )


@dataclass(frozen=True, slots=True)
class Fresh:
    """An item that is about to be stored, checked and normalised."""

    item: Item
    size: int
    stored: bytes


def fresh(item: Item) -> Fresh:
    return Fresh(item, values.item_size(item), values.encoded(item))


class Found:
    """An item that is stored: decoded when somebody looks into it, and once."""

    __slots__ = ("_item", "size", "stored")

    def __init__(self, stored: Stored) -> None:
        self.size, self.stored = stored
        self._item: Item | None = None

    @property
    def item(self) -> Item:
        if self._item is None:
            self._item = values.decoded(self.stored)
        return self._item
