"""Entries of indexes follow their items."""

import pytest
from tests.unit.services.dynamodb.world import NOW, index, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import indexing, items
from lambent.services.dynamodb.tables import entries


def item(id_, **texts):
    return {"id": {"S": id_}, **{name: {"S": text} for name, text in texts.items()}}


@pytest.fixture
def table(tx):
    return make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind", projection="KEYS_ONLY"),))


def test_an_entry_comes_moves_and_goes_with_its_key(tx, table):
    counts = []
    for given in (item("a"), item("a", kind="x"), item("a", kind="y"), item("a")):
        items.put(tx, table, items.put_of(table, given), NOW)
        counts.append(entries.sizes(tx, table.id, 0)[0])
    assert counts == [0, 1, 1, 0]


def test_what_an_index_cannot_hold_is_refused_before_anything_is_written(tx, table):
    with pytest.raises(errors.IndexKeyTypeMismatch):
        items.put(tx, table, items.put_of(table, {"id": {"S": "a"}, "kind": {"N": "1"}}), NOW)
    assert items.find(tx, table, items.place_of(table, item("a"))[0]) is None
    assert indexing.kept_entry(table.indexes[0], {"id": {"S": "a"}, "kind": {"N": "1"}}) is None


def test_an_index_shows_its_keys_those_of_the_table_and_what_it_includes(table):
    assert indexing.projected(table.indexes[0], table, item("a", kind="x", more="y")) == item("a", kind="x")
