"""A queue whose messages have one reader each."""

import os
from collections.abc import Iterator

import pytest

from lambent.environments.event_queue import EventQueue
from lambent.environments.inside import frames

pytestmark = pytest.mark.skipif(not EventQueue.IS_POSSIBLE, reason="this system has no local sockets that keep messages apart")


@pytest.fixture
def queue() -> Iterator[EventQueue]:
    queue = EventQueue()
    yield queue
    queue.close()


def test_what_was_not_taken_can_be_taken_back_once(queue: EventQueue) -> None:
    for each in (b"first", b"second", b"third"):
        assert queue.put(each)
    assert queue.reader.recv(100) == b"first"
    assert queue.take_back() == [b"second", b"third"]
    assert queue.take_back() == []


def test_the_first_that_was_not_taken_can_be_looked_at_and_stays(queue: EventQueue) -> None:
    assert queue.next() == b""
    queue.put(b"first")
    queue.put(b"second")
    assert queue.next() == queue.next() == b"first"
    assert queue.take_back() == [b"first", b"second"]


def test_whether_the_reader_blocks_makes_no_difference(queue: EventQueue) -> None:
    os.set_blocking(queue.reader.fileno(), True)
    assert queue.next() == b""
    assert queue.take_back() == []


def test_a_full_queue_takes_no_half_messages(queue: EventQueue) -> None:
    frame = b"x" * frames.QUEUED_BYTES_MAX
    count = 0
    while queue.put(frame):
        count += 1
    assert queue.take_back() == [frame] * count
    assert queue.put(b"again")


def test_nothing_is_put_into_a_closed_queue_and_nothing_comes_back(queue: EventQueue) -> None:
    queue.close()
    assert not queue.put(b"event")
    assert queue.take_back() == []
