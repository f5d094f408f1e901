"""Batches end where their number or the bytes of their event do."""

import json

from lambent.durable.followers import batches
from lambent.durable.followers.batches import Entry, Gathered


def entries(*texts: bytes) -> list[Entry]:
    return [Entry(str(number), f"h{number}", text) for number, text in enumerate(texts)]


def texts(batch) -> list[bytes]:
    return [entry.text for entry in batch]


def test_a_batch_takes_as_many_as_it_may_in_order():
    gathered = Gathered()
    gathered.add(entries(b"1", b"2", b"3"))
    assert gathered.missing(5) == 2
    assert gathered.missing(2) == 0
    assert (texts(gathered.take(2)), texts(gathered.take(2)), texts(gathered.take(2))) == ([b"1", b"2"], [b"3"], [])


def test_a_batch_ends_before_its_event_becomes_too_long():
    long_enough = len(batches.event([b"aaaa", b"bbbb"]))
    gathered = Gathered(bytes_max=long_enough)
    gathered.add(entries(b"aaaa", b"bbbb"))
    assert gathered.missing(10) == 8
    gathered.add(entries(b"c"))
    assert gathered.missing(10) == 0
    assert texts(gathered.take(10)) == [b"aaaa", b"bbbb"]
    assert gathered.missing(10) == 9


def test_a_record_that_is_too_long_goes_alone():
    gathered = Gathered(bytes_max=20)
    gathered.add(entries(b"a" * 50, b"b"))
    assert texts(gathered.take(10)) == [b"a" * 50]
    assert texts(gathered.take(10)) == [b"b"]


def test_what_is_cleared_leaves_nothing():
    gathered = Gathered()
    gathered.add(entries(b"1"))
    assert texts(gathered.clear()) == [b"1"]
    assert (len(gathered), gathered.missing(10)) == (0, 10)


def test_an_event_is_json():
    assert json.loads(batches.event([b'{"a":1}', b"2"])) == {"Records": [{"a": 1}, 2]}


def test_an_event_says_what_it_is_told_besides_its_records():
    assert batches.event([b"x", b"xx"]) == b'{"Records":[x,xx]}'
    assert batches.event([], b'"a":1') == b'{"Records":[],"a":1}'
