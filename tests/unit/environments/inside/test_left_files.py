"""What INIT has left in /tmp is the same in a copy, whatever it is, and nothing there keeps a copy from being made."""

import errno
import os
import socket
import stat

import pytest

HOLE_BYTES = 1 << 40


def copied(inside, tmp_path):
    """What is lost when ``tmp_path / "from"`` is copied, and the folder that is made."""
    left_files = inside("left_files")
    (tmp_path / "to").mkdir()
    source, target = str(tmp_path / "from"), str(tmp_path / "to")
    lost, closed = left_files.copy(source, target, left_files.open_up(source))
    left_files.close_up(target, closed)
    return lost, tmp_path / "to"


@pytest.fixture
def left(tmp_path):
    folder = tmp_path / "from"
    folder.mkdir()
    return folder


def test_files_folders_and_links_are_copied_with_their_modes_and_times(inside, left, tmp_path):
    (left / "folder" / "empty").mkdir(parents=True)
    (left / "folder" / "file").write_bytes(b"abc")
    (left / "folder" / "file").chmod(0o4750)
    (left / "dangling").symlink_to("nowhere")
    (left / "link").symlink_to("folder")
    for path in (left / "folder" / "file", left / "folder"):
        os.utime(path, ns=(1_000_000_001, 2_000_000_002))
    (left / "folder").chmod(0o500)
    lost, made = copied(inside, tmp_path)
    assert lost == []
    assert sorted(str(path.relative_to(made)) for path in made.rglob("*")) == [
        "dangling", "folder", "folder/empty", "folder/file", "link",
    ]  # fmt: skip
    assert (made / "folder" / "file").read_bytes() == b"abc"
    assert [os.readlink(made / name) for name in ("dangling", "link")] == ["nowhere", "folder"]
    for name, mode in (("folder/file", 0o4750), ("folder", 0o500)):
        state = (made / name).stat()
        assert (stat.S_IMODE(state.st_mode), state.st_mtime_ns) == (mode, 2_000_000_002)


def test_what_its_owner_may_not_read_is_readable_in_the_template_and_closed_in_the_copy(inside, left, tmp_path):
    (left / "closed").mkdir()
    (left / "closed" / "file").write_bytes(b"abc")
    (left / "closed" / "file").chmod(0)
    (left / "closed").chmod(0)
    left.chmod(0)
    lost, made = copied(inside, tmp_path)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (left, made)] == [0o500, 0]
    made.chmod(0o700)
    assert [stat.S_IMODE((left / name).stat().st_mode) for name in ("closed", "closed/file")] == [0o500, 0o400]
    assert [stat.S_IMODE((made / name).stat().st_mode) for name in ("closed", "closed/file")] == [0, 0]
    assert lost == []
    for name in ("closed", "closed/file"):
        (made / name).chmod(0o700)
    assert (made / "closed" / "file").read_bytes() == b"abc"


def test_two_names_of_one_file_are_two_names_of_its_copy(inside, left, tmp_path):
    (left / "a").write_bytes(b"abc")
    os.link(left / "a", left / "b")
    _, made = copied(inside, tmp_path)
    (made / "b").write_bytes(b"abcdef")
    assert (made / "a").read_bytes() == b"abcdef"
    assert (left / "a").read_bytes() == b"abc"


def test_pipes_and_sockets_are_there_and_nobody_waits_for_them(inside, left, tmp_path):
    os.mkfifo(left / "pipe", 0o640)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(left / "socket"))
    (left / "z").write_bytes(b"after them")
    lost, made = copied(inside, tmp_path)
    assert lost == []
    assert stat.S_ISFIFO((made / "pipe").stat().st_mode)
    assert stat.S_ISSOCK((made / "socket").stat().st_mode)
    assert (stat.S_IMODE((made / "pipe").stat().st_mode), (made / "z").read_bytes()) == (0o640, b"after them")


def test_a_file_with_holes_takes_no_more_room_than_it_did(inside, left, tmp_path):
    with (left / "map").open("wb") as file:
        file.write(b"head")
        try:
            file.truncate(HOLE_BYTES)
        except OSError:
            pytest.skip("the file system takes no such file")
        file.seek(HOLE_BYTES // 2)
        file.write(b"middle")
    lost, made = copied(inside, tmp_path)
    state = (made / "map").stat()
    assert (lost, state.st_size) == ([], HOLE_BYTES)
    assert state.st_blocks <= (left / "map").stat().st_blocks
    with (made / "map").open("rb") as file:
        assert file.read(5) == b"head\0"
        file.seek(HOLE_BYTES // 2 - 1)
        assert file.read(7) == b"\0middle"


def test_a_file_that_is_cut_off_while_it_is_copied_ends_there(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    (left / "file").write_bytes(b"abcdef")
    send = os.sendfile

    def cut(target, source, at, count):
        os.truncate(left / "file", 3)
        return send(target, source, at, count)

    monkeypatch.setattr(left_files.os, "sendfile", cut)
    lost, made = copied(inside, tmp_path)
    assert (lost, (made / "file").read_bytes()) == ([], b"abc")


def test_what_cannot_be_copied_is_told_and_the_rest_is_there(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    for name in ("a", "b", "c"):
        (left / name).write_bytes(name.encode())
    copy_one = left_files._copy_one

    def fail(source, target, state):
        if source.endswith("/b"):
            raise PermissionError(13, "Permission denied")
        copy_one(source, target, state)

    monkeypatch.setattr(left_files, "_copy_one", fail)
    lost, made = copied(inside, tmp_path)
    assert lost == ["lacks /tmp/b: Permission denied"]
    assert sorted(os.listdir(made)) == ["a", "c"]


def test_a_name_that_cannot_be_looked_at_hides_none_of_those_behind_it(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    for name in ("a", "b", "c"):
        (left / name).write_bytes(name.encode())
        (left / name).chmod(0)
    look = os.lstat

    def fail(path):
        if path.endswith("/b"):
            raise OSError(errno.ENAMETOOLONG, "File name too long")
        return look(path)

    monkeypatch.setattr(left_files.os, "lstat", fail)
    lost, made = copied(inside, tmp_path)
    assert (lost, sorted(os.listdir(made))) == (["lacks /tmp/b: File name too long"], ["a", "c"])
    assert stat.S_IMODE((left / "c").stat().st_mode) == 0o400


def test_no_half_of_a_file_is_left_where_the_other_finds_no_room(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    (left / "file").write_bytes(b"abcdef")
    send = os.sendfile

    def fail(target, source, at, _):
        if at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return send(target, source, at, 3)

    monkeypatch.setattr(left_files.os, "sendfile", fail)
    lost, made = copied(inside, tmp_path)
    assert (lost, os.listdir(made)) == (["lacks /tmp/file: No space left on device"], [])


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.EINVAL, ([], b"abcdef")), (errno.EIO, (["lacks /tmp/file: Input/output error"], None))],
    ids=["knows no holes", "fails"],
)
def test_only_a_hole_is_taken_for_one(inside, left, tmp_path, monkeypatch, number, expected):
    left_files = inside("left_files")
    (left / "file").write_bytes(b"abcdef")
    seek = os.lseek

    def fail(descriptor, at, whence):
        if whence == os.SEEK_DATA:
            raise OSError(number, os.strerror(number))
        return seek(descriptor, at, whence)

    monkeypatch.setattr(left_files.os, "lseek", fail)
    lost, made = copied(inside, tmp_path)
    assert (lost, (made / "file").read_bytes() if (made / "file").exists() else None) == expected


def test_a_file_whose_times_cannot_be_set_is_there_with_its_mode_and_is_told_as_such(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    (left / "file").write_bytes(b"abc")
    (left / "file").chmod(0o640)

    def fail(path, **_):
        if path.endswith("/file"):
            raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(left_files.os, "utime", fail)
    lost, made = copied(inside, tmp_path)
    assert lost == ["has /tmp/file without its attributes, times or mode: Operation not permitted"]
    assert stat.S_IMODE((made / "file").stat().st_mode) == 0o640


def test_the_umask_of_init_takes_nothing_from_who_copies(inside, left, tmp_path, monkeypatch):
    left_files = inside("left_files")
    (left / "folder").mkdir(0o755)
    made_with = []
    make = os.mkdir
    before = os.umask(0o777)
    monkeypatch.setattr(left_files.os, "mkdir", lambda *args: made_with.append((make(*args), os.stat(args[0]).st_mode & 0o777)))
    try:
        left_files.copy(str(left), str(tmp_path), {})
        assert made_with == [(None, 0o700)]
        assert os.umask(0o777) == 0o777
    finally:
        os.umask(before)
