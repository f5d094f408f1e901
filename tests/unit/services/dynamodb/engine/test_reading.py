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


def test_no_more_rows_are_read_than_a_page_holds(tx, table):
    walk = walks.segment(table, None, 0, 1)
    read = []

    class Watched:
        def rows(self, tx, count_max):
            for row in walk.rows(tx, count_max):
                read.append(row)
                yield row

    assert reading.page(tx, table, Watched(), View(), None).count == len(read) == 6


def test_a_page_of_an_index_ends_also_when_much_was_fetched_for_it(tx, table, monkeypatch):
    monkeypatch.setattr(reading, "FETCHED_BYTES_MAX", 500_000)
    by_kind = table.indexes[0]
    walk = walks.segment(table, by_kind, 0, 1)
    page = reading.page(tx, table, walk, View(by_kind), None)
    assert page.count == 3
    rest = reading.page(tx, table, walk.after(walks.row_of(table, by_kind, page.last)), View(by_kind), 7)
    assert rest.count == 3


def test_a_page_of_three_hundred_rows_ends_with_them_or_with_a_limit(tx):
    table = make(tx, "small", key="id:S nr:N")
    for number in range(300):
        items.put(tx, table, items.put_of(table, {"id": {"S": "a"}, "nr": {"N": str(number)}}), NOW)
    walk = walks.segment(table, None, 0, 1)
    page = reading.page(tx, table, walk, View(), None)
    assert (page.count, page.last) == (300, None)
    assert reading.page(tx, table, walk, View(), 300).last is not None


def test_a_quick_page_is_whole_or_none(tx, table):
    walk = walks.segment(table, None, 0, 1)
    assert reading.quick_page(tx, table, walk, View(), None) is None  # ten items of 200 KB
    assert reading.quick_page(tx, table, walk, View(), 1) == reading.page(tx, table, walk, View(), 1)
    small = make(tx, "small", key="id:S")
    for number in range(reading.QUICK_ROWS_MAX):
        items.put(tx, small, items.put_of(small, {"id": {"S": str(number)}}), NOW)
    walk = walks.segment(small, None, 0, 1)
    assert reading.quick_page(tx, small, walk, View(), None) is None
    assert reading.quick_page(tx, small, walk, View(), reading.QUICK_ROWS_MAX).last is not None
    items.delete(tx, small, items.Deletion(items.place_of(small, {"id": {"S": "0"}})[0]), NOW)
    assert reading.quick_page(tx, small, walk, View(), None).last is None
