"""One item in one transaction."""

import pytest
from tests.unit.services.dynamodb.world import NAMED, NOW, NoTimers, index, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import items, tables, updating
from lambent.services.dynamodb.engine.items import Alteration, ConditionFailed, Deletion
from lambent.services.dynamodb.expressions import Expressions
from lambent.services.dynamodb.tables import entries

ITEM = {"id": {"S": "a"}, "n": {"N": "1"}}
MISSING = Expressions().condition("attribute_not_exists(id)")


def found(tx, table):
    one = items.find(tx, table, items.place_of(table, {"id": {"S": "a"}})[0])
    return one.item if one is not None else None


def test_an_item_is_put_altered_and_deleted(tx):
    table = make(tx)
    items.put(tx, table, items.put_of(table, ITEM), NOW)
    place, key = items.place_of(table, {"id": {"S": "a"}})
    update = Expressions(values={":one": {"N": "1"}}).update("ADD n :one")
    written = items.alter(tx, table, Alteration(place, key, update), NOW)
    assert (written.old.item["n"], written.new.item["n"]) == ({"N": "1"}, {"N": "2"})
    assert found(tx, table)["n"] == {"N": "2"}
    items.delete(tx, table, Deletion(place), NOW)
    assert found(tx, table) is None


def test_a_condition_that_fails_tells_the_item_it_failed_on(tx):
    table = make(tx)
    items.put(tx, table, items.put_of(table, ITEM, MISSING), NOW)
    with pytest.raises(ConditionFailed) as caught:
        items.put(tx, table, items.put_of(table, {"id": {"S": "a"}}, MISSING), NOW)
    assert caught.value.old.item == ITEM


def test_who_remembers_a_table_as_it_was_writes_to_it_as_it_is(tx):
    remembered = make(tx)
    create = {"GlobalSecondaryIndexUpdates": [{"Create": index("by_n", "n")}]}
    attributes = {"AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}]}
    changed = updating.update(tx, NAMED, create | attributes, NoTimers(), NOW)
    items.put(tx, remembered, items.put_of(remembered, ITEM), NOW)
    assert entries.sizes(tx, changed.id, 0) == (1, 6)


def test_a_table_that_is_gone_takes_nothing(tx):
    remembered = make(tx)
    tables.delete(tx, NAMED, NoTimers(), NOW)
    make(tx)
    with pytest.raises(errors.ResourceNotFound):
        items.put(tx, remembered, items.put_of(remembered, ITEM), NOW)
