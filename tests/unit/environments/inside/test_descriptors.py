"""What a copy of a template has open is its own."""

import errno
import fcntl
import os
import select
import socket
import sys
import tempfile
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="templates are Linux'")


def made_own(inside, *files, lost=()):
    """Makes the descriptors of these files, and no others of this process, a copy's own; ``lost`` is what that says."""
    descriptors = inside("descriptors")
    kept = set(range(4096)) - {file.fileno() for file in files}
    known = descriptors.Known(kept)
    assert descriptors.make_own(known, kept) == list(lost)
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
        for message in (b"one", b"", b"two"):
            ours.send(message)
        theirs.send(b"back")
        made_own(inside, ours, theirs, read, written)
        assert [*(theirs.recv(9) for _ in range(3)), ours.recv(9)] == [b"one", b"", b"two", b"back"]
        assert (os.get_blocking(written.fileno()), read.read(len(large))) == (True, large)
        os.set_blocking(read.fileno(), False)
        assert read.read(1) is None


def test_a_pipe_is_as_large_in_a_copy_and_ends_where_its_writer_has_been_closed(inside):
    (read, written), (ended, writer), (somebodys, beyond) = os.pipe(), os.pipe(), os.pipe()
    fcntl.fcntl(written, fcntl.F_SETPIPE_SZ, 1 << 18)
    for each in (writer, beyond):
        os.write(each, b"left")
    os.close(writer)
    files = [os.fdopen(each, "rb", 0) for each in (read, written, ended, somebodys)]
    beside = os.dup(ended)  # as the template has it still
    try:
        made_own(inside, *files)
        assert fcntl.fcntl(read, fcntl.F_GETPIPE_SZ) == 1 << 18
        assert [os.read(ended, 9), os.read(ended, 9), os.read(beside, 9)] == [b"left", b"", b""]
        assert os.read(somebodys, 9) == b"left"  # of which the other end is another's: it is what it was
    finally:
        for each in files:
            each.close()
        for each in (beside, beyond):
            os.close(each)


def test_what_a_pipe_and_a_pair_have_no_room_for_is_told(inside):
    descriptors = inside("descriptors")
    lost = []
    size = 4096
    new = [
        *descriptors._pipe("", size, b"x" * (size + 1), lost),
        *descriptors._pair(socket.SOCK_STREAM, [[b"x" * (1 << 20)], []], [size, size], lost),
    ]
    assert lost == ["lacks some of what a pipe held", "lacks some of what a pair of sockets held"]
    for each in new:
        os.close(each)


def test_a_named_pipe_is_the_copys_own_of_that_name_however_it_was_opened(inside):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = f"{folder}/pipe"
        os.mkfifo(path)
        with open(os.open(path, os.O_RDWR), "r+b", 0) as both, open(os.open(path, os.O_RDONLY), "rb", 0) as read:
            beside = os.dup(both.fileno())  # as the template has it still
            both.write(b"held ")
            os.link(path, f"{path} of the template")
            os.unlink(path)
            os.mkfifo(f"{path} (deleted)")  # for that is its name now: as it stands in the copy's own /tmp
            made_own(inside, both, read)
            both.write(b"own")
            assert read.read(99) == b"held own"
            assert {os.fstat(each.fileno()).st_ino for each in (both, read)} == {os.stat(f"{path} (deleted)").st_ino}
            os.set_blocking(beside, False)
            with pytest.raises(BlockingIOError):
                os.read(beside, 1)
            os.close(beside)


def test_holes_of_a_nameless_file_are_holes_in_a_copy(inside):
    with tempfile.TemporaryFile(dir="/tmp", buffering=0) as file:
        file.write(b"abc")
        file.truncate(1 << 26)
        before = os.fstat(file.fileno())
        made_own(inside, file)
        state = os.fstat(file.fileno())
        assert (state.st_ino != before.st_ino, state.st_size) == (True, 1 << 26)
        assert state.st_blocks <= before.st_blocks
        assert (file.tell(), os.pread(file.fileno(), 4, 0)) == (3, b"abc\0")


def test_a_nameless_file_without_room_is_told_and_leaves_nothing_behind(inside, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(inside("left_files"), "copy_data", fail)
    with tempfile.TemporaryFile(dir="/tmp", buffering=0) as file:
        name = os.readlink(f"/proc/self/fd/{file.fileno()}")
        open_ones = os.listdir("/proc/self/fd")
        lost = [f"shares with others what INIT has opened as {name}: No space left on device"]
        made_own(inside, file, lost=lost)
        assert os.listdir("/proc/self/fd") == open_ones


def test_a_poll_that_watches_another_is_woken_by_the_copys_own(inside):
    read, written = os.pipe()
    with open(read, "rb", 0) as reader, open(written, "wb", 0) as writer, select.epoll() as outer, select.epoll() as inner:
        assert outer.fileno() < inner.fileno()
        beside = os.dup(inner.fileno())  # as the template has it still
        inner.register(read, select.EPOLLIN)
        outer.register(inner.fileno(), select.EPOLLIN)
        made_own(inside, reader, writer, outer, inner)
        writer.write(b"x")
        assert outer.poll(0) == [(inner.fileno(), select.EPOLLIN)]
        os.close(beside)


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
        names = [os.readlink(f"/proc/self/fd/{each.fileno()}") for each in (maps, nameless)]
        lost = [f"shares with others what INIT has opened as {name}: None" for name in names]
        made_own(inside, maps, nameless, lost=lost)
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
