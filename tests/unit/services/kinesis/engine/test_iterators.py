"""Iterators and tokens say what was put into them for five minutes, and nothing else passes for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.clock import LATEST
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import iterators
from lambent.services.kinesis.engine.iterators import Iterator, Token

NOW = 1_767_225_600.0
ITERATOR = Iterator(int(NOW * 1000), "111122223333", "us-east-1", "s", 7, 3, 12)
TOKEN = Token(int(NOW * 1000), "111122223333", "us-east-1", "s", 3, "AT_TIMESTAMP", 5.5)


def test_an_iterator_is_read_as_it_was_written():
    assert iterators.read_iterator(iterators.text_of(ITERATOR), NOW + 300) == ITERATOR
    assert ITERATOR.key == ("111122223333", "us-east-1", "s")


def test_a_token_is_read_as_it_was_written():
    assert iterators.read_token(iterators.text_of(TOKEN), NOW + 300) == TOKEN


def test_an_old_iterator_is_told_its_age():
    with pytest.raises(errors.ExpiredIterator) as caught:
        iterators.read_iterator(iterators.text_of(ITERATOR), NOW + 301)
    assert caught.value.message == (
        "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while right now it is Thu Jan 01"
        " 00:05:01 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds."
    )
    with pytest.raises(errors.ExpiredToken):
        iterators.read_token(iterators.text_of(TOKEN), NOW + 301)


@given(st.one_of(st.text(), st.binary().map(lambda body: base64.b64encode(iterators._MARK + body).decode())))
def test_anything_else_is_neither(text):
    with pytest.raises(errors.InvalidIterator):
        iterators.read_iterator(text, NOW)
    with pytest.raises(errors.BadToken):
        iterators.read_token(text, NOW)


@pytest.mark.parametrize(
    "changes", [{"record": -1}, {"record": 2**63}, {"shard_number": -1}, {"created_ms": 2**60}, {"created_ms": -1}]
)
def test_what_no_shard_could_have_is_no_iterator(changes):
    assert iterators.iterator_in(iterators.text_of(ITERATOR._replace(**changes))) is None


@pytest.mark.parametrize("created_ms", [0, iterators.CREATED_MS_MAX])
def test_the_age_of_any_iterator_can_be_told(created_ms):
    with pytest.raises(errors.ExpiredIterator):
        iterators.read_iterator(iterators.text_of(ITERATOR._replace(created_ms=created_ms)), LATEST + 1)


def test_one_is_not_taken_for_the_other():
    assert iterators.iterator_in(iterators.text_of(TOKEN)) is None
    assert iterators.token_in(iterators.text_of(ITERATOR)) is None
