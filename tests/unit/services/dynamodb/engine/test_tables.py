"""The life of tables."""

import pytest
from tests.unit.services.dynamodb.world import NAMED, NOW, SCOPE, NoTimers, index, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import items, tables
from lambent.services.dynamodb.tables import entries
from lambent.services.dynamodb.tables import items as rows


def test_a_table_is_found_until_it_is_deleted(tx):
    table = make(tx)
    assert tables.find(tx, NAMED).id == table.id
    tables.delete(tx, NAMED, NoTimers(), NOW)
    with pytest.raises(errors.ResourceNotFound):
        tables.find(tx, NAMED)
    with pytest.raises(errors.TableNotFound):
        tables.require(tx, NAMED)


def test_names_come_in_pages(tx):
    for name in ("ccc", "aaa", "bbb"):
        make(tx, name)
    assert tables.page(tx, SCOPE, "", 2) == (["aaa", "bbb"], True)
    assert tables.page(tx, SCOPE, "bbb", 2) == (["ccc"], False)


@pytest.mark.parametrize(("bound", "value"), [("SWEPT_ROWS_MAX", 3), ("SWEPT_BYTES_MAX", 10)])
def test_what_a_deleted_table_leaves_goes_some_in_each_transaction(tx, monkeypatch, bound, value):
    monkeypatch.setattr(tables, bound, value)
    table, timers = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind"),)), NoTimers()
    for number in range(5):
        put = items.put_of(table, {"id": {"S": str(number)}, "kind": {"S": "x"}})
        items.put(tx, table, put, NOW)
    tables.delete(tx, NAMED, timers, NOW)
    assert timers.wanted == [(tables.SWEEP, str(table.id), None)]
    while tables.sweep(tx, table.id):
        pass
    assert rows.sizes(tx, table.id) == (0, 0)
    assert entries.sizes(tx, table.id, 0) == (0, 0)
