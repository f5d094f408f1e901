"""Keeps the entries of indexes: what changes in them when an item does."""

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import keys, places
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.tables import entries
from lambent.services.dynamodb.tables.entries import Entry
from lambent.store.database import Transaction


def entry(index: Index, item: Item | None) -> Entry | None:
    """Where an item stands in an index; None where it has not all its keys.

    Raises ValidationFailed for an attribute that the index could not hold.
    """
    if item is None or keys.index_key_of(index.keys, index.name, item) is None:
        return None
    return Entry(*places.place(index.keys, item))


def kept_entry(index: Index, item: Item | None) -> Entry | None:
    """As ``entry`` of an item that was there before the index was: what the index cannot hold is not in it."""
    try:
        return entry(index, item)
    except errors.ValidationFailed:
        return None


def move(tx: Transaction, table: Table, place: Place, old: Item | None, new: Item | None) -> None:
    """Makes the entries of an item those of what it has become. Raises ValidationFailed before anything has changed."""
    wanted = [entry(index, new) for index in table.indexes]
    for index, entry_ in zip(table.indexes, wanted, strict=True):
        before = kept_entry(index, old)
        if before == entry_:
            continue
        if before is not None:
            entries.remove(tx, table, index, before, *place)
        if entry_ is not None:
            entries.add(tx, table, index, entry_, *place)


def projected(index: Index, table: Table, item: Item) -> Item:
    """What an index shows of an item."""
    if index.projection == "ALL":
        return item
    names = {*table.keys.names, *index.keys.names, *index.included}
    return {name: value for name, value in item.items() if name in names}
