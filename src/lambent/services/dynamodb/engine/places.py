"""Where items stand, and what they look like when they come and go."""

import hashlib
from typing import NamedTuple

from msgspec import Struct

from lambent.services.dynamodb.engine import keys, numbers, values
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
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


def key_place(schema: KeySchema, item: Item) -> Place:
    """Of an item whose key is still to be checked. Raises ValidationFailed where it has none, or one that may not be."""
    partition = _quick(schema.partition, item)
    sort = b"" if schema.sort is None else _quick(schema.sort, item)
    if not partition or sort is None:
        keys.key_of(schema, item)
        return place(schema, item)
    return Place(hashlib.blake2b(partition, digest_size=keys.HASH_BYTES).digest() + partition, sort)


def is_plain_key(schema: KeySchema, key: Item) -> bool:
    """Whether a key is all that it must be, and needs nothing done to it: most are."""
    sort = schema.sort
    if len(key) != (1 if sort is None else 2):
        return False
    return _is_plain(schema.partition, key) and (sort is None or _is_plain(sort, key))


def _is_plain(attribute: KeyAttribute, key: Item) -> bool:
    value = key.get(attribute.name)
    if value is None or len(value) != 1:
        return False
    content = value.get(attribute.kind)
    if not content or attribute.kind == "B" or not content.isascii() or len(content) > keys.SORT_KEY_BYTES_MAX:
        return False
    return attribute.kind == "S" or (content.isdigit() and content[0] != "0" and len(content) <= numbers.DIGITS_MAX)


def _quick(attribute: KeyAttribute, item: Item) -> bytes | None:
    """The bytes of most keys there are; None where there is more to look at."""
    value = item.get(attribute.name)
    content = value.get(attribute.kind) if value is not None else None
    if not content:
        return None
    if attribute.kind == "N":
        return numbers.key_bytes(content)
    if attribute.kind == "S" and content.isascii() and len(content) <= keys.SORT_KEY_BYTES_MAX:
        encoded: bytes = content.encode()
        return encoded
    return None


class Fresh(Struct, frozen=True):
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
