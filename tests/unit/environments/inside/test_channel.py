"""Where a process' next event comes from."""

import array
import os
import socket

import pytest

from lambent.environments.event_queue import EventQueue
from lambent.environments.inside import frames

pytestmark = pytest.mark.skipif(not EventQueue.IS_POSSIBLE, reason="this system has no local sockets that keep messages apart")


class Platform:
    """Its ends of a process' socket and queue."""

    def __init__(self, inside) -> None:
        self.socket, theirs = socket.socketpair()
        self.channel = inside("channel").Channel(theirs)
        self.queue = EventQueue()

    def hand_over_queue(self, memory_kb: int = 1000, *, after: bytes = b"") -> None:
        frame = frames.pack(frames.QUEUE, frames.MEMORY.pack(memory_kb))
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [self.queue.reader.fileno()]))
        self.socket.sendmsg([frame + after], [rights])

    def close(self) -> None:
        self.socket.close()
        self.queue.close()
        self.channel.connection.close()


@pytest.fixture
def platform(inside):
    platform = Platform(inside)
    yield platform
    platform.close()


def event(name: bytes, kind: int = frames.INVOKE) -> bytes:
    return frames.pack(kind, name)


def test_without_a_queue_events_come_over_the_socket(platform):
    platform.socket.sendall(event(b"one") + event(b"two"))
    assert [platform.channel.read_event(0) for _ in range(2)] == [(frames.INVOKE, b"one"), (frames.INVOKE, b"two")]


def test_what_comes_with_the_queue_is_the_first_event_and_then_those_that_lie_there(platform):
    platform.hand_over_queue(after=event(b"one"))
    assert platform.channel.read_event(0) == (frames.INVOKE, b"one")
    for name in (b"two", b"three"):
        platform.queue.put(event(name, frames.QUEUED))
    assert [platform.channel.read_event(0) for _ in range(2)] == [(frames.QUEUED, b"two"), (frames.QUEUED, b"three")]
    platform.socket.sendall(event(b"four"))
    assert platform.channel.read_event(0) == (frames.INVOKE, b"four")


def test_who_has_used_more_than_its_memory_takes_nothing_from_the_queue(platform):
    platform.hand_over_queue(1000, after=event(b"one"))
    platform.channel.read_event(0)
    platform.queue.put(event(b"two", frames.QUEUED))
    platform.socket.sendall(event(b"three"))
    assert platform.channel.read_event(1001) == (frames.INVOKE, b"three")
    assert platform.queue.take_back() == [event(b"two", frames.QUEUED)]


def test_the_queue_is_not_inherited_by_programs(platform):
    platform.hand_over_queue(after=event(b"one"))
    platform.channel.read_event(0)
    assert not os.get_inheritable(platform.channel._queue.fileno())
