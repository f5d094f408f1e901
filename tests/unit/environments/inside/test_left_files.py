"""What INIT has left in /tmp is the same in a copy, whatever it is, and nothing there keeps a copy from being made."""

import os
import socket
import stat

import pytest

HOLE_BYTES = 1 << 40


def copied(inside, tmp_path):
    """What is lost when ``tmp_path / "from"`` is copied, and the folder that is made."""
    left_files = inside("left_files")
    (tmp_path / "to").mkdir()
    source = str(tmp_path / "from")
    return left_files.copy(source, str(tmp_path / "to"), left_files.open_up(source)), tmp_path / "to"


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
    lost, made = copied(inside, tmp_path)
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
    assert lost == ["/tmp/b: Permission denied"]
    assert sorted(os.listdir(made)) == ["a", "c"]
