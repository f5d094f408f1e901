"""At most two readers of a shard."""

import pytest
from msgspec.structs import replace
from tests.unit.services.dynamodb.engine.test_iterators import ITERATOR

from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import readers as readers_module
from lambent.services.dynamodb.engine.readers import Readers


class Watch:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def readers(watch):
    return Readers(watch)


def of(reader, *, steps=1, shard_id=ITERATOR.shard_id):
    return replace(ITERATOR, reader=reader, steps=steps, shard_id=shard_id)


def test_the_third_who_reads_on_is_refused(readers):
    readers.admit(of("a"))
    readers.admit(of("b"))
    with pytest.raises(stream_errors.TooManyReaders):
        readers.admit(of("c"))
    readers.admit(of("a", steps=2))


def test_fresh_iterators_are_nobodys_who_reads_on(readers):
    for number in range(10):
        readers.admit(of(str(number), steps=0))


def test_who_has_not_read_for_a_second_has_stopped(readers, watch):
    readers.admit(of("a"))
    readers.admit(of("b"))
    watch.now_s += readers_module.READS_FOR_S
    readers.admit(of("c"))


def test_each_shard_has_its_own_readers(readers):
    for shard_id in ("one", "two", "three"):
        readers.admit(of("a", shard_id=shard_id))
        readers.admit(of("b", shard_id=shard_id))


def test_shards_that_nobody_reads_any_more_are_forgotten(readers, watch, monkeypatch):
    monkeypatch.setattr(readers_module, "SHARDS_MAX", 3)
    for number in range(9):
        readers.admit(of("a", shard_id=str(number)))
        watch.now_s += 2
    assert len(readers._seen_at) <= 3


def test_nobody_is_remembered_after_a_reset(readers):
    readers.admit(of("a"))
    readers.admit(of("b"))
    readers.forget()
    readers.admit(of("c"))
