"""What a copy of a template has open is its own."""

import fcntl
import os
import select
import socket
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="templates are Linux'")


def made_own(inside, *files):
    """Makes the descriptors of these files, and no others of this process, a copy's own."""
    descriptors = inside("descriptors")
    kept = set(range(4096)) - {file.fileno() for file in files}
    known = descriptors.Known(kept)
    descriptors.make_own(known, kept)
    return known


def test_connections_are_closed_in_a_copy_and_files_have_a_position_of_their_own(inside, tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    ours, theirs = socket.socketpair()
    with open(tmp_path / "file", "rb", buffering=0) as file, ours, theirs:
        file.read(1)
        with open(os.dup(file.fileno()), "rb", buffering=0) as shared:
            made_own(inside, file, ours)  # theirs is somebody else's
            assert (file.read(), shared.read()) == (b"bc", b"bc")
        assert ours.recv(1) == b""
        assert os.get_inheritable(ours.fileno()) is False


def test_what_leads_from_the_process_to_itself_does_so_in_a_copy_and_leads_nowhere_else(inside):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    beside = socket.socket(fileno=os.dup(ours.fileno()))  # as the template has it still
    ends = os.pipe()
    with (
        ours,
        theirs,
        beside,
        os.fdopen(ends[0], "rb", 0) as read,
        os.fdopen(ends[1], "wb", 0) as written,
        select.epoll() as poll,
    ):
        before = os.fstat(read.fileno()).st_ino
        poll.register(theirs.fileno(), select.EPOLLIN)
        known = made_own(inside, ours, theirs, read, written, poll)
        assert [(each, [what for what, *_ in watched]) for each, watched in known.polls] == [(poll.fileno(), [theirs.fileno()])]
        ours.send(b"x")
        written.write(b"y")
        assert poll.poll(1) == [(theirs.fileno(), select.EPOLLIN)]
        assert (theirs.recv(9), read.read(9)) == (b"x", b"y")
        assert os.fstat(read.fileno()).st_ino != before
        with pytest.raises(BlockingIOError):
            ours.recv(1)


def test_what_a_pipe_and_a_pair_hold_is_there_to_be_read_in_a_copy(inside):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ends = os.pipe()
    large = b"x" * 200_000  # more than a new pipe takes
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 1 << 18)
    os.write(ends[1], large)
    with ours, theirs, os.fdopen(ends[0], "rb", 0) as read, os.fdopen(ends[1], "wb", 0) as written:
        for message in (b"one", b"two"):
            ours.send(message)
        theirs.send(b"back")
        made_own(inside, ours, theirs, read, written)
        assert [theirs.recv(9), theirs.recv(9), ours.recv(9)] == [b"one", b"two", b"back"]
        assert (os.get_blocking(written.fileno()), read.read(len(large))) == (True, large)
        os.set_blocking(read.fileno(), False)
        assert read.read(1) is None


def test_a_default_timeout_of_inits_is_not_waited_for_and_leaves_no_mark_on_its_sockets(inside):
    pair, timed = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM), socket.socketpair()
    ours, theirs = pair
    stale, other = timed
    with ours, theirs, stale, other:
        for _ in range(5):
            theirs.send(b"x" * 1000)
        beside = os.dup(ours.fileno())  # as the template has it still
        socket.setdefaulttimeout(20)
        started_s = time.monotonic()
        try:
            made_own(inside, ours, theirs, stale)
        finally:
            socket.setdefaulttimeout(None)
        assert time.monotonic() - started_s < 10
        assert [os.get_blocking(each) for each in (ours.fileno(), theirs.fileno(), stale.fileno(), beside)] == [True] * 4
        os.close(beside)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python makes no eventfd")
def test_a_way_to_wake_oneself_is_a_copys_own_and_counts_on_from_where_it_was(inside):
    found = os.eventfd(3, os.EFD_NONBLOCK | os.EFD_SEMAPHORE)
    with open(found, "r+b", buffering=0) as event, open(os.dup(found), "r+b", buffering=0) as twin, select.epoll() as poll:
        beside = os.dup(event.fileno())  # as the template has it still
        poll.register(event.fileno(), select.EPOLLIN)
        made_own(inside, event, twin, poll)
        assert [os.eventfd_read(each) for each in (event.fileno(), twin.fileno(), event.fileno())] == [1, 1, 1]
        with pytest.raises(BlockingIOError):
            os.eventfd_read(twin.fileno())
        assert poll.poll(0) == []
        os.eventfd_write(event.fileno(), 1)
        assert poll.poll(1) == [(event.fileno(), select.EPOLLIN)]
        assert [os.eventfd_read(beside) for _ in range(3)] == [1, 1, 1]
        os.close(beside)


def test_what_cannot_be_opened_anew_stays_as_it_was(inside):
    with open("/proc/self/maps") as maps, open(os.open("/tmp", os.O_TMPFILE | os.O_WRONLY, 0o200), "wb", 0) as nameless:
        os.fchmod(nameless.fileno(), 0)
        before = os.fstat(nameless.fileno())
        inside("descriptors").os = Refusing()
        made_own(inside, maps, nameless)
        assert maps.readline()
        assert os.fstat(nameless.fileno()).st_ino == before.st_ino


class Refusing:
    """os for who is not root, who may open anything."""

    def __getattr__(self, name):
        return getattr(os, name)

    def open(self, *_):
        raise PermissionError


def test_a_poll_says_in_a_copy_what_a_librarys_own_says(inside):
    """Libraries have it say a token of theirs in the place of the descriptor, which is all that Python's select lets one do."""
    descriptors = inside("descriptors")
    read, written = os.pipe()
    with open(read, "rb", 0) as reader, open(written, "wb", 0) as writer, select.epoll() as poll:
        descriptors._watch(poll.fileno(), read, select.EPOLLIN, 1 << 30)
        made_own(inside, reader, writer, poll)
        writer.write(b"x")
        assert poll.poll(1) == [(1 << 30, select.EPOLLIN)]


def test_a_ring_is_named_among_what_no_copy_can_have_for_itself(inside, monkeypatch):
    descriptors = inside("descriptors")
    names = {"3": "anon_inode:[io_uring]", "4": "anon_inode:[eventpoll]", "5": "socket:[1]", "6": "anon_inode:[eventfd]"}
    monkeypatch.setattr(descriptors.os, "listdir", lambda _: list(names))
    monkeypatch.setattr(descriptors.os, "readlink", lambda path: names[path.rpartition("/")[2]])
    assert descriptors.unrenewable() == ["io_uring"]
