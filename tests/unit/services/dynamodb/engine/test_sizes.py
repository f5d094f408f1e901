"""Sizes of tables."""

from tests.unit.services.dynamodb.world import NOW, index, make

from lambent.services.dynamodb.engine import items, sizes


def test_a_table_and_each_index_are_counted(tx):
    table = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind"),))
    for given in ({"id": {"S": "a"}}, {"id": {"S": "b"}, "kind": {"S": "x"}}):
        items.put(tx, table, items.put_of(table, given), NOW)
    assert sizes.of_table(tx, table) == {"": (2, 11), "by_kind": (1, 8)}
