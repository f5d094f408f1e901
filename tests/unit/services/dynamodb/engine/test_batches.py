"""Batches in one transaction."""

from tests.unit.services.dynamodb.world import NOW, make

from lambent.services.dynamodb.engine import batches, items
from lambent.services.dynamodb.engine.batches import Lot
from lambent.services.dynamodb.engine.items import Deletion


def put(table, id_, **more):
    return items.put_of(table, {"id": {"S": id_}, **more})


def place(table, id_):
    return items.place_of(table, {"id": {"S": id_}})[0]


def test_a_lot_puts_any_number_of_items_and_deletes_others(tx):
    table = make(tx)
    for count in (1, 5, 7, 25):
        batches.write(tx, [Lot(table, [put(table, str(number)) for number in range(count)])], NOW)
        found, is_full = batches.read(tx, [(table, [place(table, str(number)) for number in range(count)])])
        assert (len([one for one in found[0] if one is not None]), is_full) == (count, False)
    batches.write(tx, [Lot(table, [Deletion(place(table, "0"))])], NOW)
    assert batches.read(tx, [(table, [place(table, "0")])]) == ([[None]], False)


def test_an_answer_that_is_full_says_so(tx, monkeypatch):
    monkeypatch.setattr(batches, "ANSWER_BYTES_MAX", 10)
    table = make(tx)
    batches.write(tx, [Lot(table, [put(table, str(number)) for number in range(5)])], NOW)
    found, is_full = batches.read(tx, [(table, [place(table, str(number)) for number in range(5)])])
    assert (len(found[0]), is_full) == (3, True)
