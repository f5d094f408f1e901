"""Keys: which attributes name an item, what they may be, and bytes that sort as their values do.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html says the limits.
"""

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import numbers, values
from lambent.services.dynamodb.engine.values import AttributeValue, Item

PARTITION_KEY_BYTES_MAX = 2048
SORT_KEY_BYTES_MAX = 1024
HASH_BYTES = 8


class KeyAttribute(Struct, frozen=True):
    """An attribute of a key. ``kind`` is "S", "N" or "B"."""

    name: str
    kind: str


class KeySchema(Struct, frozen=True):
    """The key of a table or of an index."""

    partition: KeyAttribute
    sort: KeyAttribute | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.partition.name,) if self.sort is None else (self.partition.name, self.sort.name)

    def __iter__(self) -> Iterator[KeyAttribute]:
        yield self.partition
        if self.sort is not None:
            yield self.sort


# ---- what a key may be -----------------------------------------------------------------------------------------------


def check_key(schema: KeySchema, key: Item) -> None:
    """Raises ValidationFailed where ``key``, of a request that names an item, is not exactly a key of the schema."""
    if len(key) != len(schema.names):
        raise errors.KeyDoesNotMatchSchema
    for attribute in schema:
        value = key.get(attribute.name)
        if value is None or values.kind_of(value) != attribute.kind:
            raise errors.KeyDoesNotMatchSchema
    _check_contents(schema, key)


def key_of(schema: KeySchema, item: Item) -> Item:
    """The key of an item that is put. Raises ValidationFailed where it has none, or one that may not be."""
    for attribute in schema:
        value = item.get(attribute.name)
        if value is None:
            raise errors.MissingKey(name=attribute.name)
        if (kind := values.kind_of(value)) != attribute.kind:
            raise errors.KeyTypeMismatch(name=attribute.name, expected=attribute.kind, actual=kind)
    _check_contents(schema, item)
    return {name: item[name] for name in schema.names}


def index_key_of(schema: KeySchema, index: str, item: Item) -> Item | None:
    """The key that an item has in an index; None where it is not in it, since it lacks one of the attributes.

    Raises ValidationFailed where an attribute is there that the index could not hold.
    """
    for attribute in schema:
        value = item.get(attribute.name)
        if value is None:
            continue
        if (kind := values.kind_of(value)) != attribute.kind:
            raise errors.IndexKeyTypeMismatch(name=attribute.name, expected=attribute.kind, actual=kind, index=index)
        if not value[kind]:
            raise errors.EmptyIndexKey(kind=_KINDS[kind], index=index, name=attribute.name)
    _check_sizes(schema, item)
    if not all(name in item for name in schema.names):
        return None
    return {name: item[name] for name in schema.names}


_KINDS = {"S": "string", "B": "binary", "N": "number"}


def _check_contents(schema: KeySchema, item: Item) -> None:
    for attribute in schema:
        if not item[attribute.name][attribute.kind]:
            raise errors.EmptyKey(kind=_KINDS[attribute.kind], name=attribute.name)
    _check_sizes(schema, item)


def _check_sizes(schema: KeySchema, item: Item) -> None:
    value = item.get(schema.partition.name)
    if value is not None and values.size(value) > PARTITION_KEY_BYTES_MAX:
        raise errors.PartitionKeyTooLong(bytes_max=PARTITION_KEY_BYTES_MAX)
    value = item.get(schema.sort.name) if schema.sort is not None else None
    if value is not None and values.size(value) > SORT_KEY_BYTES_MAX:
        raise errors.SortKeyTooLong(bytes_max=SORT_KEY_BYTES_MAX)


# ---- bytes that sort as the values do --------------------------------------------------------------------------------


def key_bytes(value: AttributeValue) -> bytes:
    """Bytes of a checked value of a key, which sort among those of their type as the values do."""
    ((kind, content),) = value.items()
    if kind == "S":
        encoded: bytes = content.encode()
        return encoded
    if kind == "N":
        return numbers.key_bytes(content)
    assert kind == "B"
    return bytes(content)


def partition_bytes(value: AttributeValue) -> bytes:
    """Where a partition stands among all: a hash, so that they lie evenly in no order that a user could know, then the key."""
    encoded = key_bytes(value)
    return hashlib.blake2b(encoded, digest_size=HASH_BYTES).digest() + encoded


def just_after(encoded: bytes) -> bytes:
    """The next larger bytes that there are."""
    return encoded + b"\0"


def after_prefix(prefix: bytes) -> bytes | None:
    """The least bytes larger than all that begin with ``prefix``; None where there are none."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None
