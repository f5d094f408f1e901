"""Work on all items of a table, some at a time."""

import pytest
from tests.unit.services.dynamodb.world import NOW, index, make

from lambent.services.dynamodb.engine import copying, items
from lambent.services.dynamodb.tables import entries
from lambent.services.dynamodb.tables import items as rows
from lambent.services.dynamodb.tables import tables as table_rows


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(copying, "COPIED_MAX", 3)


def filled(tx, count=7):
    table = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind"),))
    for number in range(count):
        kind = {"kind": {"S": "x"}} if number % 2 else {}
        items.put(tx, table, items.put_of(table, {"id": {"S": str(number)}, **kind}), NOW)
    return table


def test_a_copy_has_all_items_and_their_entries(tx, few):
    table, into = filled(tx), make(tx, "copy", attributes="id:S kind:S", indexes=(index("by_kind", "kind"),))
    at, steps = copying.START, 0
    while at is not None:
        at, steps = copying.copy(tx, table.id, into, at), steps + 1
    assert (rows.sizes(tx, into.id), steps) == (rows.sizes(tx, table.id), 3)
    assert entries.sizes(tx, into.id, 0) == entries.sizes(tx, table.id, 0)


def test_large_items_are_copied_fewer_at_a_time(tx, monkeypatch):
    monkeypatch.setattr(copying, "COPIED_BYTES_MAX", 1)
    table, into = filled(tx, 2), make(tx, "copy")
    at = copying.copy(tx, table.id, into, copying.START)
    assert (at is not None, rows.sizes(tx, into.id)[0]) == (True, 1)
    at = copying.copy(tx, table.id, into, at)
    assert (rows.sizes(tx, into.id)[0], copying.copy(tx, table.id, into, at)) == (2, None)


def test_what_keeps_a_backup_has_no_indexes_and_an_id_of_its_own(tx):
    table = filled(tx)
    kept = copying.without_indexes(table, table_rows.reserve_id(tx, table.scope))
    copying.copy(tx, table.id, kept, copying.START)
    assert (kept.indexes, kept.id != table.id, rows.sizes(tx, kept.id)[0]) == ((), True, 7)
    assert make(tx, "next").id > kept.id


def test_filling_an_index_twice_adds_nothing(tx):
    table = filled(tx)
    before = entries.sizes(tx, table.id, 0)
    assert copying.fill_index(tx, table, table.indexes[0], copying.START) is None
    assert entries.sizes(tx, table.id, 0) == before
