"""Pages: limits, filters, projections."""

import pytest
from tests.unit.services.dynamodb.world import NOW, index, make

from lambent.services.dynamodb.engine import items, reading, values, walks
from lambent.services.dynamodb.engine.reading import View
from lambent.services.dynamodb.expressions import Expressions


@pytest.fixture
def table(tx):
    table = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind", projection="KEYS_ONLY"),))
    for number in range(10):
        item = {"id": {"S": str(number)}, "kind": {"S": "x"}, "text": {"S": "y" * 200_000}}
        items.put(tx, table, items.put_of(table, item), NOW)
    return table


def test_a_page_ends_with_the_row_that_fills_a_megabyte(tx, table):
    page = reading.page(tx, table, walks.segment(table, None, 0, 1), View(), None)
    assert (page.count, page.bytes > reading.PAGE_BYTES_MAX, page.last is not None) == (6, True, True)


def test_an_index_counts_what_it_holds(tx, table):
    by_kind = table.indexes[0]
    page = reading.page(tx, table, walks.segment(table, by_kind, 0, 1), View(by_kind), None)
    assert (page.count, page.last, page.bytes) == (10, None, 80)
    assert "text" not in values.decoded(page.items[0])


def test_a_filter_holds_back_and_a_limit_counts_before_it(tx, table):
    wanted = Expressions(values={":id": {"S": "none"}}).filter("id = :id")
    page = reading.page(tx, table, walks.segment(table, None, 0, 1), View(filter=wanted), 3)
    assert (page.items, page.count, page.scanned, page.last is not None) == ([], 0, 3, True)


def test_rows_are_asked_for_in_ever_fitting_numbers(tx):
    table = make(tx, "small", key="id:S nr:N")
    for number in range(300):
        items.put(tx, table, items.put_of(table, {"id": {"S": "a"}, "nr": {"N": str(number)}}), NOW)
    page = reading.page(tx, table, walks.segment(table, None, 0, 1), View(), None)
    assert (page.count, page.last) == (300, None)
    assert reading.page(tx, table, walks.segment(table, None, 0, 1), View(), 300).last is not None
