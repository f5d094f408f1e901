"""Ways through tables and indexes."""

from tests.unit.services.dynamodb.world import NOW, index, make

from lambent.services.dynamodb.engine import items, keys, walks
from lambent.services.dynamodb.tables.items import Placed


def filled(tx):
    table = make(tx, key="id:S nr:N", attributes="id:S nr:N", indexes=(index("by_nr", "nr", "id"),))
    for number in range(6):
        put = items.put_of(table, {"id": {"S": "ab"[number % 2]}, "nr": {"N": str(number)}})
        items.put(tx, table, put, NOW)
    return table


def walked(tx, walk, step=2):
    """All rows, some at a time."""
    rows = []
    while some := list(walk.rows(tx, step)):
        rows += some
        walk = walk.after(some[-1])
    return rows


def test_a_walk_goes_on_behind_a_row_in_either_direction(tx):
    table = filled(tx)
    partition = keys.partition_bytes({"S": "a"})
    for is_forward in (True, False):
        walk = walks.in_partition(table, None, partition, b"", None, is_forward=is_forward)
        assert walked(tx, walk) == list(walk.rows(tx, 100))
        assert len(list(walk.rows(tx, 100))) == 3


def test_a_walk_through_an_index_ends_with_its_partition(tx):
    table = filled(tx)
    for is_forward in (True, False):
        walk = walks.in_partition(table, table.indexes[0], keys.partition_bytes({"N": "3"}), b"", None, is_forward=is_forward)
        assert len(walked(tx, walk)) == 1


def test_segments_are_parts_of_the_whole(tx):
    table = filled(tx)
    for index_ in (None, table.indexes[0]):
        whole = walked(tx, walks.segment(table, index_, 0, 1))
        parts = [row for number in range(7) for row in walked(tx, walks.segment(table, index_, number, 7))]
        assert (len(whole), parts) == (6, whole)


def test_a_key_says_where_its_row_would_be(tx):
    table = filled(tx)
    row = Placed(*walks.row_of(table, None, {"id": {"S": "a"}, "nr": {"N": "2"}}))
    walk = walks.in_partition(table, None, row.partition, b"", None, is_forward=True)
    assert len(list(walk.after(row).rows(tx, 100))) == 1
