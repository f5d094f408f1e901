"""Shard iterators: what a client brings back."""

import pytest

from lambent.core import page_tokens
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import iterators
from lambent.services.dynamodb.engine.iterators import Iterator
from lambent.services.dynamodb.engine.stream_names import StreamName

NOW = 1_767_225_600.0
STREAM = StreamName("111122223333", "eu-west-1", "songs", "2026-01-01T00:00:00.000")
ITERATOR = Iterator(STREAM, "shardId-00000001767225600000-a6e0a2bd", 42, NOW, "reader")


def test_an_iterator_comes_back_as_it_was():
    assert iterators.parse(iterators.text_of(ITERATOR), NOW) == ITERATOR


def test_it_begins_with_the_arn_of_its_stream():
    assert iterators.text_of(ITERATOR).startswith(STREAM.arn + "|1|")
    assert iterators.stream_arn_of(iterators.text_of(ITERATOR)) == STREAM.arn


def test_it_is_good_for_fifteen_minutes():
    text = iterators.text_of(ITERATOR)
    assert iterators.parse(text, NOW + iterators.VALID_S)
    with pytest.raises(stream_errors.ExpiredIterator):
        iterators.parse(text, NOW + iterators.VALID_S + 1)


def test_the_next_one_is_of_the_same_reader_and_good_for_as_long():
    following = ITERATOR.next(43, NOW + 600)
    assert (following.position, following.reader, following.steps) == (43, "reader", 1)
    assert iterators.parse(iterators.text_of(following), NOW + 1_200) == following


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "x|1|y",
        f"{STREAM.arn}|2|{page_tokens.token_of(['s', 0, 0, '', 0])}",
        f"{STREAM.arn}|1|{page_tokens.token_of(['s', 0, 0, ''])}",
        f"{STREAM.arn}|1|{page_tokens.token_of(['s', -1, int(NOW * 1000), '', 0])}",
        f"arn:aws:s3:::bucket|1|{page_tokens.token_of(['s', 0, int(NOW * 1000), '', 0])}",
    ],
)
def test_what_is_no_iterator_is_refused(text):
    with pytest.raises(stream_errors.InvalidShardIterator):
        iterators.parse(text, NOW)
